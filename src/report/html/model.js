"use strict";

/* -- the data: what html.c wrote, made into objects that refer to each other -- */

const OUTCOMES = ["pass", "fail", "warn", "error", "skip"];
const OUTCOME_LABELS = { fail: "Failed", warn: "Warnings", error: "Errors", pass: "Passed", skip: "Skipped" };
const OUTCOME_ORDER = ["fail", "warn", "error", "pass", "skip"];
const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const NEEDS_A_PERSON = ["fail", "warn", "error"];

function readJSON(id) {
	return JSON.parse(document.getElementById(id).textContent);
}

const summary = readJSON("summary");
const policies = new Map();
const resources = [];
const results = [];

function newCounts() {
	return { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
}

function findings(counts) {
	return counts.fail + counts.warn + counts.error;
}

function policyOf(name) {
	let policy = policies.get(name);

	if (!policy) {
		policy = {
			name,
			kind: "",
			title: "",
			category: "",
			severity: "",
			description: "",
			counts: newCounts(),
			results: [],
		};
		policies.set(name, policy);
	}
	return policy;
}

function addResult(resource, row) {
	const policy = policyOf(row[1]);
	const more = row[11] || {};
	const result = {
		resource,
		policy,
		outcome: OUTCOMES[row[0]],
		rule: row[2],
		severity: row[3] || policy.severity,
		category: row[4] || policy.category,
		message: row[5] || "",
		fix: row[6] || "",
		line: row[7] || 0,
		from: row[8] || 0,
		to: row[9] || 0,
		path: row[10] || "",
		file: more.f || "",
		url: more.u || "",
		properties: more.p || [],
		missing: Boolean(more.m),
	};

	resource.results.push(result);
	policy.results.push(result);
	results.push(result);
	resource.counts[result.outcome]++;
	policy.counts[result.outcome]++;
}

function loadModel() {
	for (const p of summary.policies)
		Object.assign(policyOf(p.n), { kind: p.k, title: p.t, category: p.c, severity: p.s, description: p.d });
	for (const o of readJSON("results")) {
		const resource = {
			id: resources.length,
			apiVersion: o.a,
			kind: o.k,
			namespace: o.s,
			name: o.n,
			file: o.f,
			line: o.l,
			source: o.t || [],
			counts: newCounts(),
			results: [],
		};

		resources.push(resource);
		for (const row of o.r) addResult(resource, row);
	}
}

function fullName(resource) {
	if (!resource.kind && !resource.name) return resource.file || "(unknown)";
	return (resource.namespace ? resource.namespace + "/" : "") + (resource.name || "(no name)");
}

function place(result) {
	const file = result.file || result.resource.file;

	return result.line ? file + ":" + result.line : file;
}

/* "/spec/containers/0/image" as spec.containers[0].image */
function fieldName(path) {
	return path
		.split("/")
		.filter((step) => step !== "")
		.reduce((text, step) => (/^\d+$/.test(step) ? text + "[" + step + "]" : text ? text + "." + step : step), "");
}

/* Without what stands beside it anyway: Kyverno's formulas, the rule's name and the path. */
function readable(result) {
	const path = result.path.replace(/\/+$/, "");
	const text = result.message.trim();
	const tail = " rule " + result.rule + " failed at path ";
	const at = text.lastIndexOf(tail);
	const ended = at >= 0 && path && path.endsWith(text.slice(at + tail.length).replace(/\/+$/, ""));

	return (ended ? text.slice(0, at) : text).replace(/^validation failure: /, "").replace(/^validation error: /, "");
}

/* -- filters: kept in the page's address, so that a view can be shared -- */

function defaultFilter() {
	const outcomes = NEEDS_A_PERSON.filter((o) => summary.counts[OUTCOMES.indexOf(o)]);

	return {
		outcomes: new Set(outcomes.length ? outcomes : OUTCOMES),
		severities: new Set(),
		policy: "",
		namespace: null,
		text: "",
		group: "resource",
	};
}

function sameSet(a, b) {
	return a.size === b.size && [...a].every((x) => b.has(x));
}

function filterToQuery(filter) {
	const query = new URLSearchParams();
	const standard = defaultFilter();

	if (!sameSet(filter.outcomes, standard.outcomes)) query.set("outcome", [...filter.outcomes].join(",") || "none");
	if (filter.severities.size) query.set("severity", [...filter.severities].join(","));
	if (filter.policy) query.set("policy", filter.policy);
	if (filter.namespace !== null) query.set("namespace", filter.namespace);
	if (filter.text) query.set("q", filter.text);
	if (filter.group !== "resource") query.set("by", filter.group);
	return query.toString();
}

function filterFromQuery(text) {
	const query = new URLSearchParams(text);
	const filter = defaultFilter();

	if (query.has("outcome"))
		filter.outcomes = new Set(
			query
				.get("outcome")
				.split(",")
				.filter((o) => OUTCOMES.includes(o))
		);
	if (query.has("severity")) filter.severities = new Set(query.get("severity").split(",").filter(Boolean));
	filter.policy = query.get("policy") || "";
	filter.namespace = query.has("namespace") ? query.get("namespace") : null;
	filter.text = query.get("q") || "";
	filter.group = query.get("by") === "policy" ? "policy" : "resource";
	return filter;
}

function haystack(result) {
	if (result.haystack === undefined) {
		const r = result.resource;

		result.haystack = [
			r.kind,
			fullName(r),
			r.apiVersion,
			place(result),
			result.policy.name,
			result.policy.title,
			result.rule,
			result.category,
			result.message,
			fieldName(result.path),
		]
			.join("\n")
			.toLowerCase();
	}
	return result.haystack;
}

/* Without one of its criteria (`but`), for the counts beside that criterion's choices. */
function matcher(filter, but) {
	const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);

	return (result) =>
		(but === "outcome" || filter.outcomes.has(result.outcome)) &&
		(but === "severity" || !filter.severities.size || filter.severities.has(result.severity || "none")) &&
		(but === "policy" || !filter.policy || filter.policy === result.policy.name) &&
		(but === "namespace" || filter.namespace === null || filter.namespace === result.resource.namespace) &&
		words.every((word) => haystack(result).includes(word));
}

function countBy(filter, criterion, key) {
	const matches = matcher(filter, criterion);
	const counts = new Map();

	for (const result of results) if (matches(result)) counts.set(key(result), (counts.get(key(result)) || 0) + 1);
	return counts;
}

/* Groups of matching results: most findings first for policies, in the order of the input for resources. */
function groupResults(filter) {
	const matches = matcher(filter);
	const groups = new Map();

	for (const result of results) {
		const head = filter.group === "policy" ? result.policy : result.resource;

		if (!matches(result)) continue;
		if (!groups.has(head)) groups.set(head, { head, results: [] });
		groups.get(head).results.push(result);
	}
	for (const group of groups.values()) if (filter.group === "resource") group.results.sort(byUrgency);
	const list = [...groups.values()];
	return filter.group === "policy" ? list.sort((a, b) => b.results.length - a.results.length) : list;
}

const URGENCY = { error: 0, fail: 1, warn: 2, skip: 3, pass: 4 };

function byUrgency(a, b) {
	return URGENCY[a.outcome] - URGENCY[b.outcome] || a.line - b.line;
}
