/* -- one resource -- */

function note(result) {
	return h(
		"div",
		{ class: "note " + result.outcome },
		h(
			"p",
			{ class: "title" },
			outcomeBadge(result.outcome),
			h(
				"a",
				{ href: policyLink(result.policy), "data-item": "" },
				result.policy.name,
				h("span", { class: "rule" }, result.rule ? "/" + result.rule : "")
			),
			severityBadge(result.severity)
		),
		h("p", {}, prose(readable(result))),
		result.path ? h("p", { class: "path" }, fieldName(result.path), result.missing ? " is missing" : null) : null,
		fixLine(result),
		properties(result),
		result.url
			? h(
					"p",
					{ class: "links" },
					h("a", { href: result.url, rel: "noopener noreferrer", target: "_blank" }, "Documentation")
				)
			: null
	);
}

function hasLine(resource, n) {
	return resource.source.some(([begin, text]) => n >= begin && n < begin + text.split("\n").length);
}

function annotatedSource(resource, list) {
	const byLine = new Map();

	for (const result of list) byLine.set(result.line, [...(byLine.get(result.line) || []), result]);
	return h("div", { class: "source" }, sourceLines(resource, 0, Infinity, byLine, note));
}

function crumbs(title) {
	return h(
		"nav",
		{ class: "crumbs" },
		h("a", { href: lastList }, "← All results"),
		h("span", { class: "muted" }, title)
	);
}

function resourceView(id) {
	const resource = resources[id];

	if (!resource)
		return [
			crumbs("Not found"),
			h("div", { class: "empty" }, h("p", {}, "There is no such resource in this report.")),
		];
	const open = resource.results.filter((r) => NEEDS_A_PERSON.includes(r.outcome)).sort(byUrgency);
	const placed = open.filter((r) => !r.file && hasLine(resource, r.line));
	const others = open.filter((r) => !placed.includes(r));
	const quiet = resource.results.filter((r) => !NEEDS_A_PERSON.includes(r.outcome)).sort(byUrgency);

	return [
		crumbs("Resource"),
		h(
			"header",
			{ class: "page-head" },
			h("h1", {}, h("span", { class: "kind" }, resource.kind), " ", fullName(resource)),
			h(
				"p",
				{ class: "muted" },
				[resource.apiVersion, resource.file + (resource.line ? ":" + resource.line : "")]
					.filter(Boolean)
					.join(" · ")
			),
			h(
				"p",
				{ class: "counts" },
				OUTCOME_ORDER.filter((o) => resource.counts[o]).map((o) =>
					outcomeBadge(o, countText(o, resource.counts[o]))
				)
			)
		),
		others.map(note),
		placed.length ? annotatedSource(resource, placed) : null,
		open.length ? null : h("div", { class: "empty" }, h("p", {}, "Nothing here needs attention.")),
		quiet.length
			? h(
					"section",
					{ class: "panel" },
					h("h2", {}, "Passed and skipped"),
					h(
						"ul",
						{ class: "quiet-list" },
						quiet.map((r) =>
							h(
								"li",
								{},
								outcomeBadge(r.outcome),
								h(
									"a",
									{ href: policyLink(r.policy) },
									r.policy.name,
									h("span", { class: "rule" }, r.rule ? "/" + r.rule : "")
								),
								r.message ? h("span", { class: "muted" }, readable(r)) : null,
								properties(r)
							)
						)
					)
				)
			: null,
	];
}

/* -- one policy -- */

function ruleTable(policy) {
	const rules = new Map();

	for (const result of policy.results) {
		if (!rules.has(result.rule)) rules.set(result.rule, newCounts());
		rules.get(result.rule)[result.outcome]++;
	}
	return h(
		"section",
		{ class: "panel" },
		h("h2", {}, "Rules"),
		h(
			"table",
			{},
			h(
				"tbody",
				{},
				[...rules].map(([rule, counts]) =>
					h(
						"tr",
						{},
						h("th", { scope: "row" }, rule || "(none)"),
						h("td", { class: "wide" }, stackedBar(counts, OUTCOME_ORDER)),
						h("td", { class: "numbers" }, countBadges(counts))
					)
				)
			)
		)
	);
}

function policyView(name) {
	const policy = policies.get(name);

	if (!policy)
		return [
			crumbs("Not found"),
			h("div", { class: "empty" }, h("p", {}, "There is no such policy in this report.")),
		];
	const open = policy.results.filter((r) => NEEDS_A_PERSON.includes(r.outcome)).sort(byUrgency);

	return [
		crumbs("Policy"),
		h(
			"header",
			{ class: "page-head" },
			h("h1", {}, policy.title || policy.name),
			h(
				"p",
				{ class: "muted" },
				[policy.kind, policy.title && policy.title !== policy.name ? policy.name : "", policy.category]
					.filter(Boolean)
					.join(" · "),
				" ",
				severityBadge(policy.severity)
			),
			policy.description ? h("p", { class: "lead" }, prose(policy.description.trim())) : null
		),
		policy.results.length ? ruleTable(policy) : null,
		open.length
			? h(
					"article",
					{ class: "card" },
					h("header", {}, h("span", { class: "name grow" }, "Resources"), countBadges(countsOf(open))),
					h(
						"div",
						{ class: "rows" },
						lazyList(open, (r) => findingRow(r, "policy"), 50)
					)
				)
			: h(
					"div",
					{ class: "empty" },
					h(
						"p",
						{},
						policy.results.length
							? "Every resource keeps to this policy."
							: "No resource was judged by this policy."
					)
				),
	];
}
