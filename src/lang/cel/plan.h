/*
 * lang/cel/plan.h: a compiled program. Shared by the planner, the evaluator and cel_compile(). Private to the room.
 */
#ifndef LANG_CEL_PLAN_H
#define LANG_CEL_PLAN_H

#include "lang/cel/env.h"

struct cel_node;

struct cel_program {
	/* by cel_plan() */
	const struct cel_env *env;
	struct str source;
	const struct cel_expr *root;
	const struct cel_node *node;
	uint32_t local_count;           /* stack slots of its comprehensions */
	uint32_t slot_count;
	const uint64_t *reads;          /* a bit for each slot of run->variables */
	bool presence_is_free;          /* has() costs nothing: Kubernetes */
	/* by cel_compile() */
	const struct cel_type *type;
	bool (*size_of)(void *data, struct str path, struct cel_range *out);
	void *size_data;
};

#endif
