/*
 * policy/kyverno/variable.h: finding `{{ … }}` in texts and replacing it at run time; private to the substitution.
 *
 * Semantics: Kyverno v1.19 pkg/engine/variables (vars.go, regex/), pkg/utils/jsonpointer.
 */
#ifndef POLICY_KYVERNO_VARIABLE_H
#define POLICY_KYVERNO_VARIABLE_H

#include "policy/kyverno/substitute.h"

/* One match of Kyverno's expression for variables, which takes the character in front along. */
struct variable {
	struct str whole;               /* with the character in front */
	struct str text; /* what Kyverno goes on with: `whole` without its first byte, or all of it at the start */
	bool initial;                   /* nothing in front: the match is at the start of the text */
	size_t start, end;              /* of "{{…}}" itself, in the text */
};

/* The first match at or after `from` (where the last one ended). */
bool variable_find(struct str text, size_t from, struct variable *out);
/* The expression inside; *shallow for "{{- … }}". */
struct str variable_expression(struct arena *arena, struct str text, bool *shallow);
/* "\{{" becomes "{{". */
struct str variable_unescape(struct arena *arena, struct str text);
/* May the text hold a variable or an escaped one? */
bool variable_possible(struct str text);

/* An expression of a template that was compiled with it. */
struct expression {
	struct str text;                /* between the braces, trimmed */
	const struct jmespath *program; /* NULL for "@", whose meaning depends on where it stands */
};

/* One rendering. */
struct rendering {
	const struct substitution *substitution;
	struct arena *arena;
	struct error **err;
	const struct expression *known;
	size_t known_count;
	size_t queries, bytes;          /* so far; capped */
};

/* One variable's value. `path` is where it stands. */
enum jmespath_status variable_query(struct rendering *rendering, const struct expression *expression, struct str path,
				    const struct value **out);
/* A string with all its variables replaced, again and again; a whole-string variable may stand for any value. */
enum jmespath_status variable_replace(struct rendering *rendering, const struct value *text, struct str path,
				      const struct value **out);
/* The same for all strings and keys in a value; `v` itself when there is nothing to replace. */
enum jmespath_status variable_replace_all(struct rendering *rendering, const struct value *v, struct str path,
					  int depth, const struct value **out);
/*
 * A key of an object: has to remain a string; null leaves it as it was. (Kyverno happens to replace variables in the
 * value of a renamed key once more, most of the time: its loop may come across the new key. We do it once.)
 */
enum jmespath_status variable_key(struct rendering *rendering, const struct value *key, const struct value *replaced,
				  const struct value **out);
/* "/a" and key "b/c" → "/a/b\/c" */
struct str variable_path(struct arena *arena, struct str path, struct str key);
struct str variable_path_index(struct arena *arena, struct str path, size_t index);
/* A copy of `v` that stands where `at` stands. */
const struct value *variable_moved(struct arena *arena, const struct value *v, const struct value *at);
/* How a value looks inside a text. */
struct str variable_text(struct arena *arena, const struct value *v);

/* pointer.c: what "@" stands for at a path. */
struct str pointer_expression(struct arena *arena, struct str path, bool has_target);

/* reference.c: the tree with its `$(…)` references replaced; NULL and *problem when one cannot be. */
const struct value *reference_replace_all(struct arena *arena, const struct value *tree, struct str path,
					  struct str *problem);

#endif
