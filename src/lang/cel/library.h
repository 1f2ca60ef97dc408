/*
 * lang/cel/library.h: what the files of Kubernetes' libraries and of cel-go's lists and sets share. Private to the
 * room.
 *
 * Costs: Kubernetes' apiserver/pkg/cel/library/cost.go, and what the libraries of cel-go themselves say.
 */
#ifndef LANG_CEL_LIBRARY_H
#define LANG_CEL_LIBRARY_H

#include <math.h>

#include "data/utf8.h"
#include "lang/cel/standard.h"

/* Heads of what tables refer to: not every function looks at everything it is given. */
#define CEL_UNUSED __attribute__((unused))
#define CEL_BODY(name) \
	struct cel_value name(struct cel_run *run CEL_UNUSED, const struct cel_value *arguments CEL_UNUSED, \
			      size_t count CEL_UNUSED)
#define CEL_COST(name) \
	uint64_t name(const struct cel_value *arguments CEL_UNUSED, size_t count CEL_UNUSED, \
		      const struct cel_value *result CEL_UNUSED)
#define CEL_ESTIMATE(name) \
	struct cel_call_estimate name(const struct cel_estimate_argument *arguments CEL_UNUSED, \
				      size_t count CEL_UNUSED)

#define CEL_STRING_FACTOR 0.1           /* reading a string, per character */
#define CEL_REGEX_FACTOR 0.25           /* a pattern, per character */
#define CEL_LIST_COST 10                /* a list is made */

static inline uint64_t cel_round_up(double cost)
{
	return (uint64_t)ceil(cost);
}

static inline struct cel_call_estimate cel_estimate_of(struct cel_range cost)
{
	return (struct cel_call_estimate){ .cost = cost };
}

static inline struct cel_range cel_range_of(uint64_t minimum, uint64_t maximum)
{
	return (struct cel_range){ minimum, maximum };
}

/* What lists can be ordered by. */
static inline bool cel_has_order(const struct cel_value *v)
{
	return v->kind >= CEL_BOOL && v->kind <= CEL_DURATION;
}

/* The first argument is a string that is read once, or twice. */
cel_function_cost cel_cost_read, cel_cost_read_twice;
/* Whatever the first argument is, it is walked through with all that it contains: indexOf of strings and of lists. */
cel_function_cost cel_cost_walk;
cel_function_estimate cel_estimate_read, cel_estimate_read_twice;

/* Fails with the message of *err, which it frees. */
struct cel_value cel_fail_error(struct cel_run *run, struct error *err);
/*
 * Before work that is out of proportion to its input: whether the budget allows for its cost, and the failure that
 * the evaluator would have afterwards.
 */
bool cel_can_afford(const struct cel_run *run, uint64_t cost);
struct cel_value cel_fail_cost(struct cel_run *run);

#endif
