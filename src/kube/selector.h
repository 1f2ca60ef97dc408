/*
 * kube/selector.h: label selectors. Semantics: metav1.LabelSelectorAsSelector and labels.Selector.Matches.
 */
#ifndef KUBE_SELECTOR_H
#define KUBE_SELECTOR_H

#include "data/value.h"

/* A compiled selector; lives in the arena. An empty selector matches everything, a NULL one nothing. */
struct selector;

/*
 * `selector` is {matchLabels, matchExpressions}; NULL or null compiles as an empty one. NULL and *err (worded as
 * the API machinery does: "Foo" is not a valid label selector operator) when it is broken. Wildcards are not known
 * here.
 */
const struct selector *selector_compile(struct arena *arena, const struct value *selector, struct error **err);
/* `labels` is an object of strings or NULL for none; a null value counts as "". */
bool selector_matches(const struct selector *selector, const struct value *labels);

#endif
