/*
 * kube/selector.h: label selectors. Semantics: metav1.LabelSelectorAsSelector and labels.Selector.Matches.
 */
#ifndef KUBE_SELECTOR_H
#define KUBE_SELECTOR_H

#include "data/value.h"

/* A compiled selector; lives in the arena. An empty selector matches everything, a NULL one nothing. */
struct selector;

/* `selector` is {matchLabels, matchExpressions}. */
const struct selector *selector_compile(struct arena *arena, const struct value *selector, struct error **err);
/* `labels` is an object of strings or NULL for none. */
bool selector_matches(const struct selector *selector, const struct value *labels);

#endif
