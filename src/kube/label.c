#include "kube/label.h"

#include "data/name.h"

static bool is_valid(enum name_rule rule, struct str name, struct buf *why)
{
	const char *faults[NAME_FAULTS_MAX];
	size_t count = name_faults(rule, name, faults);

	for (size_t i = 0; why && i < count; i++)
		buf_printf(why, "%s%s", why->n ? "; " : "", faults[i]);
	return count == 0;
}

bool label_key_is_valid(struct str key, struct buf *why)
{
	return is_valid(NAME_QUALIFIED, key, why);
}

bool label_value_is_valid(struct str value, struct buf *why)
{
	return is_valid(NAME_LABEL_VALUE, value, why);
}
