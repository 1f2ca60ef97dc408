/*
 * policy/kyverno/substitute.h: variables `{{ … }}` and references `$(…)` in policy texts.
 *
 * Semantics: Kyverno v1.19.1 pkg/engine/variables/vars.go. A tree of the policy is compiled into a template once; parts
 * without variables are shared as they are, expressions are compiled (a JMESPath syntax error shows when the policy is
 * loaded, unless it contains nested variables). Templates live in the policy set's arena and are immutable; rendered
 * values live in the review's.
 */
#ifndef POLICY_KYVERNO_SUBSTITUTE_H
#define POLICY_KYVERNO_SUBSTITUTE_H

#include "lang/jmespath/jmespath.h"

struct template;

/*
 * `path` is where the tree stands, as Kyverno's traversal names it: `@`, relative references and messages need it.
 * Kyverno hands each tree over alone (a pattern, a key, a value, a message), so it is empty nearly everywhere.
 */
const struct template *template_compile(struct arena *arena, const struct value *tree, struct str path,
					const struct jmespath_library *library, struct error **err);
/* Has neither variables nor references: rendering gives the tree itself. */
bool template_is_static(const struct template *template);
/* The tree with its references replaced; what a static template renders to. */
const struct value *template_tree(const struct template *template);

/* What answers a variable: the JSON context of the engine (context.h). */
struct substitution {
	struct arena *arena;
	/*
	 * Evaluates a compiled expression in the current context. JMESPATH_MISSING and JMESPATH_FAILED with *err.
	 * Traced by the callee, which words errors as Kyverno's Context.Query does
	 * ("JMESPath query failed: Unknown key "x" in path").
	 */
	enum jmespath_status (*query)(void *user, const struct jmespath *program, const struct value **out,
				      struct error **err);
	/*
	 * For expressions that exist only after inner variables are substituted. NULL and *err worded as Context.Query
	 * does ("incorrect query x y: SyntaxError: …").
	 */
	const struct jmespath *(*compile)(void *user, struct str expression, struct error **err);
	void *user;
	bool is_delete;         /* request.object reads request.oldObject */
	bool has_target;        /* `@` is relative to target instead of request.object */
	/*
	 * An unknown variable is null. For callers that want it so: Kyverno v1.19 has a resolver of its own for
	 * preconditions (newPreconditionsVariableResolver), but that one passes the error on like the other.
	 */
	bool missing_is_null;
};

/* JMESPATH_OK and *out; else *err with Kyverno's wording (failed to resolve X at path Y: …). */
enum jmespath_status template_render(const struct template *template, const struct substitution *substitution,
				     const struct value **out, struct error **err);
/*
 * One string of the tree form, for messages; a message that does not resolve is an error as well, and so is one that
 * becomes something else than a string (worded as Kyverno shows it).
 */
enum jmespath_status template_render_str(const struct template *template, const struct substitution *substitution,
					 struct str *out, struct error **err);
/* The same as compiling and rendering for a tree that is known only now; expressions are compiled by the callback. */
enum jmespath_status template_substitute(const struct value *tree, struct str path,
					 const struct substitution *substitution, const struct value **out,
					 struct error **err);

/*
 * Each distinct first name that any expression in the template reads (see jmespath_roots); for deferred context
 * entries.
 * Expressions that come up only while rendering are not among them, but ask by `query` like all others.
 */
const struct str *template_roots(const struct template *template, size_t *count, bool *all);

#endif
