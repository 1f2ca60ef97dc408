/*
 * Levels and versions as texts, and the policy that a namespace's labels ask for.
 */
#include "policy/podsecurity/podsecurity.h"

#include <limits.h>

#define PREFIX "pod-security.kubernetes.io/"

static const char expected_level[] = "must be one of privileged, baseline, restricted";
static const char expected_version[] = "must be \"latest\" or \"v1.x\"";

bool ps_level_parse(struct str text, enum ps_level *out)
{
	for (int i = PS_PRIVILEGED; i <= PS_RESTRICTED; i++)
		if (str_equal(text, str_of(ps_level_names[i]))) {
			*out = (enum ps_level)i;
			return true;
		}
	return false;
}

bool ps_version_parse(struct str text, struct ps_version *out)
{
	struct str digits = str_skip(text, 3);
	int64_t minor;

	if (str_is(text, "latest")) {
		*out = PS_VERSION_LATEST;
		return true;
	}
	if (!str_starts_with(text, STR("v1.")) || digits.n == 0 || (digits.n > 1 && digits.p[0] == '0'))
		return false;
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
	if (!str_to_int64(digits, &minor))
		return false;
	*out = (struct ps_version){ .minor = minor > INT_MAX ? INT_MAX : (int)minor };
	return true;
}

struct str ps_version_text(struct arena *arena, struct ps_version version)
{
	return version.latest ? STR("latest") : str_format(arena, "v1.%d", version.minor);
}

bool ps_labels_present(const struct value *labels)
{
	static const struct str names[PS_LABELS] = {
		STR(PREFIX "enforce"), STR(PREFIX "enforce-version"), STR(PREFIX "audit"), STR(PREFIX "audit-version"),
		STR(PREFIX "warn"),    STR(PREFIX "warn-version"),
	};

	for (size_t i = 0; i < PS_LABELS; i++)
		if (value_get(labels, names[i]))
			return true;
	return false;
}

struct label_reader {
	const struct value *labels;
	struct ps_label_error *errors;
	size_t *error_count;
};

enum label_state { LABEL_ABSENT, LABEL_GOOD, LABEL_BROKEN };

static enum label_state broken(struct label_reader *reader, struct str label, const struct value *v,
			       const char *expected)
{
	reader->errors[(*reader->error_count)++] = (struct ps_label_error){ label, value_str(v), expected, v };
	return LABEL_BROKEN;
}

static enum label_state read_level(struct label_reader *reader, struct str label, enum ps_level when_broken,
				   struct ps_level_version *out)
{
	const struct value *v = value_get(reader->labels, label);

	if (!v)
		return LABEL_ABSENT;
	if (ps_level_parse(value_str(v), &out->level))
		return LABEL_GOOD;
	out->level = when_broken;
	return broken(reader, label, v, expected_level);
}

static enum label_state read_version(struct label_reader *reader, struct str label, struct ps_level_version *out)
{
	const struct value *v = value_get(reader->labels, label);

	if (!v)
		return LABEL_ABSENT;
	if (ps_version_parse(value_str(v), &out->version))
		return LABEL_GOOD;
	out->version = PS_VERSION_LATEST;
	return broken(reader, label, v, expected_version);
}

struct ps_policy ps_policy_of_labels(const struct value *labels, struct ps_policy defaults,
				     struct ps_label_error *errors, size_t *error_count)
{
	struct label_reader reader = { labels, errors, error_count };
	struct ps_policy policy = defaults;
	enum label_state enforce, warn, warn_version;

	*error_count = 0;
	enforce = read_level(&reader, STR(PREFIX "enforce"), PS_RESTRICTED, &policy.enforce);
	read_version(&reader, STR(PREFIX "enforce-version"), &policy.enforce);
	read_level(&reader, STR(PREFIX "audit"), PS_PRIVILEGED, &policy.audit);
	read_version(&reader, STR(PREFIX "audit-version"), &policy.audit);
	warn = read_level(&reader, STR(PREFIX "warn"), PS_PRIVILEGED, &policy.warn);
	warn_version = read_version(&reader, STR(PREFIX "warn-version"), &policy.warn);
	/* Who enforces a level and says nothing of warnings wants them at that level too, never at a lower one. */
	if (warn == LABEL_ABSENT && enforce == LABEL_GOOD && policy.enforce.level > policy.warn.level) {
		policy.warn.level = policy.enforce.level;
		if (warn_version == LABEL_ABSENT)
			policy.warn.version = policy.enforce.version;
	}
	return policy;
}
