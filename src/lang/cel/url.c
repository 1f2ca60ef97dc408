/* Kubernetes' URLs (apiserver/pkg/cel/library/urls.go). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "url", .signature = "(string) -> kubernetes.URL" },
	{ .name = "isURL", .signature = "(string) -> bool" },
	{ .name = "getScheme", .signature = "kubernetes.URL.() -> string" },
	{ .name = "getHost", .signature = "kubernetes.URL.() -> string" },
	{ .name = "getHostname", .signature = "kubernetes.URL.() -> string" },
	{ .name = "getPort", .signature = "kubernetes.URL.() -> string" },
	{ .name = "getEscapedPath", .signature = "kubernetes.URL.() -> string" },
	{ .name = "getQuery", .signature = "kubernetes.URL.() -> map(string, list(string))" },
	{ .name = NULL },
};

const struct cel_library cel_url_library = {
	.name = "kubernetes.urls",
	.functions = functions,
};
