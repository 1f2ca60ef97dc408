/* -- the pages -- */

/* "1 warning", "3 failed" */
function countText(outcome, n) {
	const label = OUTCOME_LABELS[outcome].toLowerCase();

	return number(n) + " " + (n === 1 ? label.replace(/s$/, "") : label);
}

const GROUPS_AT_ONCE = 25;
const ROWS_AT_ONCE = 8;

function resourceLink(resource) {
	return "#/resource/" + resource.id;
}

function policyLink(policy) {
	return "#/policy/" + encodeURIComponent(policy.name);
}

function listLink(change) {
	const query = filterToQuery(Object.assign(filterFromQuery(""), change));

	return "#/" + (query ? "?" + query : "");
}

/* Appends items in portions as the end of the list comes into view. */
function lazyList(items, make, portion) {
	const list = h("div", { class: "list" });
	const button = h("button", { class: "more", type: "button" });
	let shown = 0;

	function showMore() {
		list.append(...items.slice(shown, shown + portion).map(make));
		shown = Math.min(items.length, shown + portion);
		button.textContent = "Show more (" + number(items.length - shown) + " left)";
		button.hidden = shown >= items.length;
	}
	button.addEventListener("click", showMore);
	new IntersectionObserver(
		(entries) => {
			if (entries.some((entry) => entry.isIntersecting) && shown < items.length && shown < 400) showMore();
		},
		{ rootMargin: "600px" }
	).observe(button);
	showMore();
	list.showAll = () => {
		while (shown < items.length) showMore();
	};
	return [list, button];
}

/* -- one finding in a list -- */

function findingRow(result, group) {
	const about =
		group === "policy"
			? [h("span", { class: "kind" }, result.resource.kind), " ", fullName(result.resource)]
			: [result.policy.name, h("span", { class: "rule" }, result.rule ? "/" + result.rule : "")];
	const body = h("div", { class: "detail" });
	const node = h(
		"details",
		{ class: "finding " + result.outcome },
		h(
			"summary",
			{ "data-item": "" },
			outcomeBadge(result.outcome),
			h("span", { class: "about" }, about),
			severityBadge(result.severity) || h("span", { class: "gapfill" }),
			h("span", { class: "message" }, prose(readable(result).split("\n")[0])),
			h("span", { class: "place" }, result.line ? ":" + result.line : "")
		),
		body
	);

	/* The inside is made when it is first looked at. */
	node.addEventListener("toggle", () => {
		if (node.open && !body.hasChildNodes())
			append(body, [
				h("p", { class: "full" }, prose(readable(result))),
				excerpt(result),
				fixLine(result),
				properties(result),
				h(
					"p",
					{ class: "links" },
					h("a", { href: resourceLink(result.resource) }, "Resource"),
					h("a", { href: policyLink(result.policy) }, "Policy"),
					result.url
						? h("a", { href: result.url, rel: "noopener noreferrer", target: "_blank" }, "Documentation")
						: null,
					h("span", { class: "muted" }, place(result))
				),
			]);
	});
	return node;
}

function groupHead(group) {
	const head = group.head;

	if (filter.group === "policy")
		return [
			h("a", { class: "name", href: policyLink(head), "data-item": "" }, head.name || "(no policy)"),
			h("span", { class: "muted grow" }, head.title && head.title !== head.name ? head.title : head.category),
			severityBadge(head.severity),
		];
	return [
		head.kind ? h("span", { class: "kind" }, head.kind) : null,
		h("a", { class: "name", href: resourceLink(head), "data-item": "" }, fullName(head)),
		h("span", { class: "muted grow place" }, head.file + (head.line ? ":" + head.line : "")),
	];
}

function groupCard(group) {
	const rows = h("div", { class: "rows" });
	const rest = group.results.length - ROWS_AT_ONCE;

	append(
		rows,
		group.results.slice(0, ROWS_AT_ONCE).map((result) => findingRow(result, filter.group))
	);
	if (rest > 0) {
		const more = h("button", { class: "more inner", type: "button" }, plural(rest, "more", "more"));

		more.addEventListener("click", () => {
			const next = group.results.slice(rows.children.length - 1, rows.children.length - 1 + 100);

			more.before(...next.map((result) => findingRow(result, filter.group)));
			more.hidden = rows.children.length - 1 >= group.results.length;
			more.textContent = number(group.results.length - rows.children.length + 1) + " more";
		});
		rows.append(more);
	}
	return h(
		"article",
		{ class: "card" },
		h("header", {}, groupHead(group), countBadges(countsOf(group.results))),
		rows
	);
}

/* -- the start page -- */

function totals() {
	return Object.fromEntries(OUTCOMES.map((o, i) => [o, summary.counts[i]]));
}

function verdict(counts) {
	const affected = resources.filter((r) => findings(r.counts)).length;

	if (!findings(counts))
		return [
			"All clear",
			plural(counts.pass, "check", "checks") +
				" passed on " +
				plural(summary.objects, "resource", "resources") +
				".",
		];
	return [
		plural(findings(counts), "finding", "findings"),
		"in " +
			number(affected) +
			" of " +
			plural(resources.length, "resource", "resources") +
			(summary.unreadable ? "; " + plural(summary.unreadable, "input", "inputs") + " could not be read" : "") +
			(summary.ignored ? "; " + number(summary.ignored) + " ignored" : "") +
			".",
	];
}

function tile(outcome, counts) {
	const only = filter.outcomes.size === 1 && filter.outcomes.has(outcome);

	return h(
		"button",
		{
			class: "tile " + outcome,
			type: "button",
			"aria-pressed": String(only),
			onclick: () => {
				setFilter({ outcomes: only ? defaultFilter().outcomes : new Set([outcome]) });
			},
		},
		h("b", {}, number(counts[outcome])),
		h("span", {}, OUTCOME_LABELS[outcome])
	);
}

function severityPanel() {
	const counts = {};

	for (const result of results)
		if (NEEDS_A_PERSON.includes(result.outcome)) {
			const severity = SEVERITIES.includes(result.severity) ? result.severity : "none";

			counts[severity] = (counts[severity] || 0) + 1;
		}
	const names = [...SEVERITIES, "none"].filter((s) => counts[s]);

	return h(
		"section",
		{ class: "panel" },
		h("h2", {}, "By severity"),
		stackedBar(counts, names),
		h(
			"ul",
			{ class: "legend" },
			names.map((s) =>
				h(
					"li",
					{},
					h(
						"a",
						{ href: listLink({ severities: new Set([s]) }) },
						h("span", { class: "dot " + s }),
						s === "none" ? "not given" : s,
						h("b", {}, number(counts[s]))
					)
				)
			)
		),
		names.length ? null : h("p", { class: "muted" }, "Nothing to rank.")
	);
}

/* By policy, or by rule when there is only one policy: the choice that tells something. */
function topPolicies() {
	const broken = [...policies.values()].filter((p) => findings(p.counts));
	const rules = new Map();

	if (broken.length !== 1)
		return barList(
			"By policy",
			broken
				.sort((a, b) => findings(b.counts) - findings(a.counts))
				.slice(0, 6)
				.map((p) => ({ label: p.name || "(none)", n: findings(p.counts), href: policyLink(p) }))
		);
	for (const r of broken[0].results)
		if (NEEDS_A_PERSON.includes(r.outcome)) rules.set(r.rule, (rules.get(r.rule) || 0) + 1);
	return barList(
		"By rule",
		[...rules]
			.sort((a, b) => b[1] - a[1])
			.slice(0, 6)
			.map(([rule, n]) => ({ label: rule || "(none)", n, href: listLink({ text: rule }) }))
	);
}

function topNamespaces() {
	const counts = new Map();

	for (const r of resources)
		if (findings(r.counts)) counts.set(r.namespace, (counts.get(r.namespace) || 0) + findings(r.counts));
	return [...counts]
		.sort((a, b) => b[1] - a[1])
		.slice(0, 6)
		.map(([namespace, n]) => ({ label: namespace || "(cluster)", n, href: listLink({ namespace }) }));
}

function overview() {
	const counts = totals();
	const [title, text] = verdict(counts);

	return h(
		"section",
		{ class: "overview" },
		h(
			"div",
			{ class: "hero" },
			ring(counts),
			h(
				"div",
				{},
				h("h1", {}, title),
				h("p", { class: "lead" }, text),
				h(
					"div",
					{ class: "tiles" },
					OUTCOME_ORDER.map((o) => tile(o, counts))
				)
			)
		),
		findings(counts)
			? h(
					"div",
					{ class: "panels" },
					severityPanel(),
					topPolicies(),
					barList("By namespace", topNamespaces())
				)
			: null
	);
}

/* -- filters -- */

function chips(title, names, selected, counts, change) {
	return h(
		"fieldset",
		{ class: "chips" },
		h("legend", {}, title),
		names.map((name) =>
			h(
				"button",
				{
					type: "button",
					class: "chip " + name,
					"aria-pressed": String(selected.has(name)),
					onclick: () => {
						const next = new Set(selected);

						if (!next.delete(name)) next.add(name);
						change(next);
					},
				},
				h("span", { class: "dot " + name }),
				name === "none" ? "no severity" : name,
				h("b", {}, number(counts.get(name) || 0))
			)
		)
	);
}

function select(title, counts, value, all, label, change) {
	const names = [...counts.keys()].sort();
	const node = h(
		"select",
		{ onchange: () => change(node.value === "" ? null : node.value.slice(1)) },
		h("option", { value: "" }, all),
		names.map((name) =>
			h(
				"option",
				{ value: "=" + name, selected: name === value },
				label(name) + " (" + number(counts.get(name)) + ")"
			)
		)
	);

	if (value !== null && !counts.has(value))
		node.append(h("option", { value: "=" + value, selected: true }, label(value) + " (0)"));
	return h("label", { class: "select" }, h("span", {}, title), node);
}

function groupSwitch() {
	return h(
		"div",
		{ class: "switch", role: "group", "aria-label": "Group by" },
		[
			["resource", "By resource"],
			["policy", "By policy"],
		].map(([by, text]) =>
			h(
				"button",
				{
					type: "button",
					"aria-pressed": String(filter.group === by),
					onclick: () => setFilter({ group: by }),
				},
				text
			)
		)
	);
}

function filterBar(shown, groups) {
	const severities = countBy(filter, "severity", (r) => r.severity || "none");
	const known = [...SEVERITIES, "none"].filter((s) => severities.has(s) || filter.severities.has(s));

	return h(
		"section",
		{ class: "filters", "aria-label": "Filters" },
		h(
			"div",
			{ class: "row" },
			groupSwitch(),
			h(
				"p",
				{ class: "muted grow", role: "status" },
				plural(shown, "result", "results") +
					" in " +
					(filter.group === "policy"
						? plural(groups, "policy", "policies")
						: plural(groups, "resource", "resources"))
			),
			filterToQuery(Object.assign({}, filter, { group: "resource" }))
				? h("button", { type: "button", class: "quiet", onclick: clearFilter }, "Clear filters")
				: null
		),
		h(
			"div",
			{ class: "row" },
			chips(
				"Outcome",
				OUTCOME_ORDER,
				filter.outcomes,
				countBy(filter, "outcome", (r) => r.outcome),
				(outcomes) => setFilter({ outcomes })
			),
			chips("Severity", known, filter.severities, severities, (s) => setFilter({ severities: s }))
		),
		h(
			"div",
			{ class: "row" },
			select(
				"Policy",
				countBy(filter, "policy", (r) => r.policy.name),
				filter.policy || null,
				"All policies",
				(n) => n || "(none)",
				(policy) => setFilter({ policy: policy || "" })
			),
			select(
				"Namespace",
				countBy(filter, "namespace", (r) => r.resource.namespace),
				filter.namespace,
				"All namespaces",
				(n) => n || "(cluster)",
				(namespace) => setFilter({ namespace })
			)
		)
	);
}

function listView() {
	const groups = groupResults(filter);
	const shown = groups.reduce((sum, group) => sum + group.results.length, 0);
	const empty = h(
		"div",
		{ class: "empty" },
		h("p", {}, results.length ? "Nothing matches these filters." : "Nothing was judged."),
		results.length ? h("button", { type: "button", onclick: clearFilter }, "Clear filters") : null
	);

	return [
		overview(),
		filterBar(shown, groups.length),
		groups.length ? lazyList(groups, groupCard, GROUPS_AT_ONCE) : empty,
	];
}
