/* Kubernetes' named formats (apiserver/pkg/cel/library/format.go). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "validate", .signature = "kubernetes.NamedFormat.(string) -> optional_type(list(string))" },
	{ .name = "format.named", .signature = "(string) -> optional_type(kubernetes.NamedFormat)" },
	{ .name = "format.dns1123Label", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.dns1123Subdomain", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.dns1035Label", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.qualifiedName", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.dns1123LabelPrefix", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.dns1123SubdomainPrefix", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.dns1035LabelPrefix", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.labelValue", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.uri", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.uuid", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.byte", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.date", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = "format.datetime", .signature = "() -> kubernetes.NamedFormat" },
	{ .name = NULL },
};

const struct cel_library cel_format_library = {
	.name = "kubernetes.format",
	.functions = functions,
};
