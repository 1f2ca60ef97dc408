/*
 * policy/podsecurity/evaluate.h: running checks over a Pod that was read. Private to the room.
 */
#ifndef POLICY_PODSECURITY_EVALUATE_H
#define POLICY_PODSECURITY_EVALUATE_H

#include "policy/podsecurity/check.h"

/* As many as ps_checks has. */
#define PS_CHECKS 19

/*
 * Both append to `failures` (room for PS_CHECKS) what does not pass and return how many. The first follows
 * Kubernetes' registry of checks by level and version; the second Kyverno's loop (see podsecurity.h), of all controls or of
 * the one that `control` names.
 */
size_t ps_run(const struct ps_pod *pod, enum ps_level level, struct ps_version version, struct ps_failure *failures);
size_t ps_run_kyverno(const struct ps_pod *pod, enum ps_level level, struct ps_version version,
		      const struct str *control, struct ps_failure *failures);

#endif
