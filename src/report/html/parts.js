/* -- building blocks: every text goes in as text, never as markup -- */

const SVG = "http://www.w3.org/2000/svg";

/* Characters that a terminal or a browser would obey or hide are shown by number. */
function visible(text) {
	return text.replace(
		/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
		(c) => (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "\\u{" + c.charCodeAt(0).toString(16) + "}")
	);
}

function append(node, children) {
	for (const child of children.flat(Infinity))
		if (child instanceof Node) node.append(child);
		else if (child !== null && child !== undefined && child !== false) node.append(visible(String(child)));
	return node;
}

function setAttributes(node, attributes) {
	for (const [name, value] of Object.entries(attributes))
		if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else if (value === true) node.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
	return node;
}

/* h("a", { href: "#/" }, "text", node, …) */
function h(tag, attributes, ...children) {
	return append(setAttributes(document.createElement(tag), attributes || {}), children);
}

function svg(tag, attributes, ...children) {
	return append(setAttributes(document.createElementNS(SVG, tag), attributes || {}), children);
}

const grouped = new Intl.NumberFormat("en");

function number(n) {
	return grouped.format(n);
}

function plural(n, one, many) {
	return number(n) + " " + (n === 1 ? one : many);
}

/* `code` in messages, as most policies write it. */
function prose(text) {
	return text
		.split(/(`[^`\n]+`)/)
		.map((part) =>
			part.length > 2 && part.startsWith("`") && part.endsWith("`") ? h("code", {}, part.slice(1, -1)) : part
		);
}

function outcomeBadge(outcome, text) {
	return h("span", { class: "badge " + outcome }, text || outcome);
}

function severityBadge(severity) {
	return severity
		? h("span", { class: "severity " + (SEVERITIES.includes(severity) ? severity : "info") }, severity)
		: null;
}

function countBadges(counts) {
	return OUTCOME_ORDER.filter((o) => counts[o]).map((o) =>
		h("span", { class: "count " + o, title: OUTCOME_LABELS[o] }, number(counts[o]))
	);
}

function countsOf(list) {
	const counts = newCounts();

	for (const result of list) counts[result.outcome]++;
	return counts;
}

/* A ring of the outcomes; the share that passed stands in it. */
function ring(counts) {
	const total = OUTCOMES.reduce((sum, o) => sum + counts[o], 0);
	const judged = total - counts.skip;
	const share = judged ? counts.pass / judged : 1;
	const radius = 52;
	const length = 2 * Math.PI * radius;
	const label = share === 1 ? "100" : String(Math.min(99, Math.floor(share * 100)));
	let offset = 0;
	const node = svg(
		"svg",
		{ viewBox: "0 0 128 128", class: "ring", role: "img", "aria-label": label + " % passed" },
		svg("circle", { cx: 64, cy: 64, r: radius, class: "track" })
	);

	for (const outcome of ["pass", "warn", "fail", "error", "skip"]) {
		const part = total ? (counts[outcome] / total) * length : 0;

		if (part > 0)
			node.append(
				svg("circle", {
					cx: 64,
					cy: 64,
					r: radius,
					class: "arc " + outcome,
					"stroke-dasharray": Math.max(part - 1.5, 0.8) + " " + length,
					"stroke-dashoffset": -offset,
				})
			);
		offset += part;
	}
	node.append(
		svg("text", { x: 64, y: 66, class: "share" }, label, svg("tspan", { class: "percent" }, "%")),
		svg("text", { x: 64, y: 84, class: "what" }, "passed")
	);
	return node;
}

function stackedBar(counts, names) {
	const total = names.reduce((sum, name) => sum + (counts[name] || 0), 0);

	return h(
		"div",
		{ class: "stack", "aria-hidden": "true" },
		names
			.filter((name) => counts[name])
			.map((name) => {
				const part = h("span", { class: "fill " + name });

				part.style.flexGrow = counts[name] / total;
				return part;
			})
	);
}

/* Horizontal bars: [{ label, n, href }] */
function barRow(row, most) {
	const bar = h("span", { class: "length" });

	bar.style.width = Math.max(1.5, (row.n / most) * 100) + "%";
	return h(
		"li",
		{},
		h(
			"a",
			{ href: row.href, title: row.label },
			h("span", { class: "label" }, row.label),
			h("span", { class: "n" }, number(row.n)),
			bar
		)
	);
}

function barList(title, rows) {
	const most = Math.max(1, ...rows.map((row) => row.n));
	const list = h(
		"ol",
		{ class: "bars" },
		rows.map((row) => barRow(row, most))
	);

	return h("section", { class: "panel" }, h("h2", {}, title), list);
}

/* -- sources -- */

/* Very light colouring: comments, keys, the rest. */
function paintLine(text) {
	const match = /^(\s*(?:- )*)([^\s#"'{}\[\],][^#"'{}\[\]]*?)(:)(\s.*|)$/.exec(text);
	const comment = /^(.*?)((?:^|\s)#.*)$/.exec(match ? match[4] : text);
	const rest = (plain) =>
		comment && !/["'].*#.*["']/.test(plain) ? [comment[1], h("span", { class: "comment" }, comment[2])] : [plain];

	return match ? [match[1], h("span", { class: "key" }, match[2]), match[3], rest(match[4])] : rest(text);
}

function markLine(text, marks) {
	const parts = [];
	let at = 0;

	for (const mark of marks) {
		const from = Math.max(at, Math.min(mark.from, text.length));
		const to = Math.max(from, Math.min(mark.to, text.length));

		if (from > at) parts.push(at ? text.slice(at, from) : paintLine(text.slice(0, from)));
		if (to > from) parts.push(h("mark", { class: mark.outcome }, text.slice(from, to)));
		at = to;
	}
	parts.push(
		at ? h("span", { class: /^\s+#/.test(text.slice(at)) ? "comment" : "" }, text.slice(at)) : paintLine(text)
	);
	return parts;
}

function sourceLine(n, text, here) {
	const marks = here.filter((r) => r.to > r.from).sort((a, b) => a.from - b.from);
	const worst = here.slice().sort(byUrgency)[0];

	return h(
		"div",
		{ class: "line" + (worst ? " hit " + worst.outcome : ""), id: here.length ? "L" + n : null },
		h("span", { class: "n", "data-n": n }),
		h("code", {}, markLine(text, marks))
	);
}

/* The lines `first` to `last` of a resource's source that are at hand. */
function sourceLines(resource, first, last, byLine, note) {
	const rows = [];
	let previous = 0;

	for (const [begin, text] of resource.source) {
		const lines = text.split("\n");

		for (let i = 0; i < lines.length; i++) {
			const n = begin + i;
			const here = byLine.get(n) || [];

			if (n < first || n > last) continue;
			if (previous && n > previous + 1) rows.push(h("div", { class: "gap" }, "⋯"));
			previous = n;
			rows.push(sourceLine(n, lines[i], here));
			if (note) rows.push(...here.map(note));
		}
	}
	return rows;
}

function excerpt(result) {
	if (result.file || !result.line) return null;
	const rows = sourceLines(
		result.resource,
		result.line - 2,
		result.line + 2,
		new Map([[result.line, [result]]]),
		null
	);

	return rows.length ? h("div", { class: "source small" }, rows) : null;
}

function properties(result) {
	const list = result.properties.filter(([, value]) => value);

	return list.length
		? h(
				"dl",
				{ class: "properties" },
				list.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])
			)
		: null;
}

function fixLine(result) {
	return result.fix ? h("p", { class: "fix" }, h("b", {}, "Fix "), prose(result.fix)) : null;
}
