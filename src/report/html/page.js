/* -- routes, keys and the theme -- */

const view = document.getElementById("view");
const search = document.getElementById("search");
let filter = null;
let lastList = "#/";

function setFilter(change) {
	const query = filterToQuery(Object.assign({}, filter, change));

	location.hash = "#/" + (query ? "?" + query : "");
}

function clearFilter() {
	location.hash = listLink({ group: filter.group });
}

function showPage(nodes, title) {
	view.replaceChildren();
	append(view, [nodes]);
	document.title = title ? title + " · biro report" : "biro report";
}

/* The list is long: what was looked at stays where it was when only a filter changes. */
let shownRoute = null;

function route() {
	const [path, query] = location.hash.replace(/^#/, "").split("?");
	const [, kind, name] = path.split("/");
	const scroll = window.scrollY;

	if (kind === "resource") {
		filter = filter || filterFromQuery("");
		showPage(resourceView(Number(name)), resources[Number(name)] ? fullName(resources[Number(name)]) : "");
	} else if (kind === "policy") {
		filter = filter || filterFromQuery("");
		showPage(policyView(decodeURIComponent(name)), decodeURIComponent(name));
	} else {
		filter = filterFromQuery(query || "");
		lastList = location.hash || "#/";
		if (document.activeElement !== search) search.value = filter.text;
		showPage(listView(), "");
	}
	window.scrollTo(0, shownRoute === (kind || "list") && !kind ? scroll : 0);
	shownRoute = kind || "list";
}

let searchTimer = 0;

function onSearch() {
	clearTimeout(searchTimer);
	searchTimer = setTimeout(() => {
		const query = filterToQuery(Object.assign({}, filter, { text: search.value.trim() }));

		/* Typing makes one step of history, not one a letter. */
		history.replaceState(null, "", "#/" + (query ? "?" + query : ""));
		shownRoute = "list";
		route();
	}, 120);
}

/* -- theme -- */

const THEMES = ["auto", "light", "dark"];
const THEME_SIGNS = { auto: "◐", light: "☼", dark: "☾" };

function stored(value) {
	/* A page opened from a file may not be allowed to store anything. */
	try {
		if (value !== undefined) localStorage.setItem("biro-theme", value);
		return localStorage.getItem("biro-theme") || "auto";
	} catch (e) {
		return value || "auto";
	}
}

function setTheme(theme) {
	const button = document.getElementById("theme");

	document.documentElement.dataset.theme = THEMES.includes(theme) ? theme : "auto";
	button.textContent = THEME_SIGNS[document.documentElement.dataset.theme];
	button.title = "Theme: " + document.documentElement.dataset.theme + " (t)";
}

function nextTheme() {
	const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];

	stored(next);
	setTheme(next);
}

/* -- keys -- */

function moveFocus(step) {
	const items = [...view.querySelectorAll("[data-item]")];
	const at = items.indexOf(document.activeElement);
	const next =
		items[at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.max(0, Math.min(items.length - 1, at + step))];

	if (next) {
		next.focus();
		next.scrollIntoView({ block: "nearest" });
	}
}

const KEYS = {
	"/": () => search.focus(),
	j: () => moveFocus(1),
	k: () => moveFocus(-1),
	u: () => {
		location.hash = lastList;
	},
	r: () => setFilter({ group: "resource" }),
	p: () => setFilter({ group: "policy" }),
	x: clearFilter,
	t: nextTheme,
	"?": () => document.getElementById("help").showModal(),
};

function onKey(event) {
	const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);

	if (event.ctrlKey || event.metaKey || event.altKey) return;
	if (event.key === "Escape" && event.target === search) {
		search.blur();
		return;
	}
	if (typing || !KEYS[event.key]) return;
	event.preventDefault();
	KEYS[event.key]();
}

function about() {
	append(document.getElementById("about"), [
		[
			"biro " + summary.version,
			summary.started,
			plural(summary.objects, "resource", "resources") + " in " + plural(summary.files, "file", "files"),
			summary.seconds ? summary.seconds + " s" : "",
		]
			.filter(Boolean)
			.join(" · "),
	]);
}

/* On paper everything that the filters leave is open. */
function beforePrint() {
	for (const list of view.querySelectorAll(".list")) if (list.showAll && results.length < 5000) list.showAll();
	for (const details of view.querySelectorAll("details")) details.open = true;
}

setTheme(stored());
loadModel();
about();
search.addEventListener("input", onSearch);
document.getElementById("theme").addEventListener("click", nextTheme);
document.getElementById("keys").addEventListener("click", KEYS["?"]);
document.addEventListener("keydown", onKey);
window.addEventListener("beforeprint", beforePrint);
window.addEventListener("hashchange", route);
route();
