/*
 * lang/cel/estimate.h: what is known of each node while a cost is estimated. Private to the estimator.
 *
 * Semantics: cel-go checker/cost.go, version 0.26, as Kubernetes configures it.
 */
#ifndef LANG_CEL_ESTIMATE_H
#define LANG_CEL_ESTIMATE_H

#include "lang/cel/env.h"

/* A size that may not be known. */
struct size {
	bool known;
	struct cel_range range;
};

/* The sizes of a list's or map's keys and values. */
struct entry_size {
	bool known, is_list;
	struct cel_range key, value;
};

/* By node, in a hash table. */
struct node_facts {
	const struct cel_expr *node;
	struct str path;                /* where in the declared types it comes from; p == NULL: from nowhere */
	struct size size;
	struct entry_size entry;
};

struct estimate_local {
	struct str name, path;
	struct size size;
	struct entry_size entry;
	const struct estimate_local *outer;
};

struct estimator {
	struct arena *arena;
	struct cel_range presence;      /* the cost of has() */
	bool (*size_of)(void *data, struct str path, struct cel_range *out);
	void *data;
	const struct estimate_local *locals;
	struct node_facts *facts;       /* open addressing; node NULL is free */
	size_t fact_count, fact_capacity;
};

/* The facts of a node, made when there are none; valid until the next call. */
struct node_facts *estimate_facts(struct estimator *e, const struct cel_expr *node);
struct str estimate_path(struct estimator *e, const struct cel_expr *node);
void estimate_set_path(struct estimator *e, const struct cel_expr *node, struct str path);
struct str estimate_subpath(struct estimator *e, struct str path, struct str part);
struct size estimate_size(struct estimator *e, const struct cel_expr *node);
struct cel_range estimate_size_or_unknown(struct estimator *e, const struct cel_expr *node);
void estimate_set_size(struct estimator *e, const struct cel_expr *node, struct size size);
struct entry_size estimate_entry(struct estimator *e, const struct cel_expr *node);
void estimate_set_entry(struct estimator *e, const struct cel_expr *node, struct entry_size entry);
struct entry_size estimate_entry_union(struct entry_size a, struct entry_size b);
const struct estimate_local *estimate_local(const struct estimator *e, struct str name);
/* The size of a type whose path is known: the caller's callback, or the type's own bound. */
struct size estimate_declared_size(struct estimator *e, struct str path, const struct cel_type *type);

struct cel_range estimate_cost(struct estimator *e, const struct cel_expr *node);
struct cel_range estimate_call(struct estimator *e, const struct cel_expr *node);

static inline struct cel_range estimate_exactly(uint64_t n)
{
	return (struct cel_range){ n, n };
}

#endif
