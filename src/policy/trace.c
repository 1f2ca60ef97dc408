#include "policy/trace.h"

void trace_step(struct trace *trace, enum trace_kind kind, bool holds, const struct value *at,
		const struct value *policy_at, const char *format, ...)
{
	va_list args;
	struct str text;

	va_start(args, format);
	text = str_vformat(trace->arena, format, args);
	va_end(args);
	*ARENA_PUSH(trace->arena, trace->entries, trace->count, trace->capacity) = (struct trace_entry){
		.kind = kind, .depth = trace->depth, .holds = holds, .text = text, .at = at, .policy_at = policy_at,
	};
}
