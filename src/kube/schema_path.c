/*
 * Paths of values as JSON pointers and as Kubernetes writes them.
 */
#include "kube/schema_path.h"

#define STEPS_MAX 512

static void print(struct buf *out, const struct schema_step *step, bool pointer)
{
	const struct schema_step *steps[STEPS_MAX];
	size_t count = 0;

	for (; step && step->parent && count < STEPS_MAX; step = step->parent)
		steps[count++] = step;
	for (; count > 0; count--) {
		step = steps[count - 1];
		if (pointer && step->key.p) {
			buf_add_char(out, '/');
			for (size_t i = 0; i < step->key.n; i++) {
				char c = step->key.p[i];

				if (c == '~' || c == '/')
					buf_add(out, c == '~' ? STR("~0") : STR("~1"));
				else
					buf_add_char(out, c);
			}
		} else if (pointer) {
			buf_printf(out, "/%zu", step->index);
		} else if (!step->key.p) {
			buf_printf(out, "[%zu]", step->index);
		} else if (step->of_map) {
			buf_printf(out, "[" STR_FMT "]", STR_ARG(step->key));
		} else {
			buf_printf(out, "%s" STR_FMT, out->n ? "." : "", STR_ARG(step->key));
		}
	}
}

static struct str text_of(struct arena *arena, const struct schema_step *step, bool pointer)
{
	struct buf buf = { 0 };
	struct str text;

	print(&buf, step, pointer);
	text = str_dup(arena, buf_str(&buf));
	buf_free(&buf);
	return text;
}

struct str schema_step_pointer(struct arena *arena, const struct schema_step *step)
{
	return text_of(arena, step, true);
}

struct str schema_step_field(struct arena *arena, const struct schema_step *step)
{
	return text_of(arena, step, false);
}
