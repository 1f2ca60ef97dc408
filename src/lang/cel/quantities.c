/* Kubernetes' quantities (apiserver/pkg/cel/library/quantity.go). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "quantity", .signature = "(string) -> kubernetes.Quantity" },
	{ .name = "isQuantity", .signature = "(string) -> bool" },
	{ .name = "sign", .signature = "(kubernetes.Quantity) -> int" },
	{ .name = "isGreaterThan", .signature = "kubernetes.Quantity.(kubernetes.Quantity) -> bool" },
	{ .name = "isLessThan", .signature = "kubernetes.Quantity.(kubernetes.Quantity) -> bool" },
	{ .name = "compareTo", .signature = "kubernetes.Quantity.(kubernetes.Quantity) -> int" },
	{ .name = "asApproximateFloat", .signature = "kubernetes.Quantity.() -> double" },
	{ .name = "asInteger", .signature = "kubernetes.Quantity.() -> int" },
	{ .name = "isInteger", .signature = "kubernetes.Quantity.() -> bool" },
	{ .name = "add", .signature = "kubernetes.Quantity.(kubernetes.Quantity) -> kubernetes.Quantity" },
	{ .name = "add", .signature = "kubernetes.Quantity.(int) -> kubernetes.Quantity" },
	{ .name = "sub", .signature = "kubernetes.Quantity.(kubernetes.Quantity) -> kubernetes.Quantity" },
	{ .name = "sub", .signature = "kubernetes.Quantity.(int) -> kubernetes.Quantity" },
	{ .name = NULL },
};

const struct cel_library cel_quantity_library = {
	.name = "kubernetes.quantity",
	.functions = functions,
};
