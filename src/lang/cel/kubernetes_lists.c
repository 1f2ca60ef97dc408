/* Kubernetes' list functions (apiserver/pkg/cel/library/lists.go). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "isSorted", .signature = "list(int).() -> bool" },
	{ .name = "isSorted", .signature = "list(uint).() -> bool" },
	{ .name = "isSorted", .signature = "list(double).() -> bool" },
	{ .name = "isSorted", .signature = "list(bool).() -> bool" },
	{ .name = "isSorted", .signature = "list(duration).() -> bool" },
	{ .name = "isSorted", .signature = "list(timestamp).() -> bool" },
	{ .name = "isSorted", .signature = "list(string).() -> bool" },
	{ .name = "isSorted", .signature = "list(bytes).() -> bool" },
	{ .name = "sum", .signature = "list(int).() -> int" },
	{ .name = "sum", .signature = "list(uint).() -> uint" },
	{ .name = "sum", .signature = "list(double).() -> double" },
	{ .name = "sum", .signature = "list(duration).() -> duration" },
	{ .name = "max", .signature = "list(int).() -> int" },
	{ .name = "max", .signature = "list(uint).() -> uint" },
	{ .name = "max", .signature = "list(double).() -> double" },
	{ .name = "max", .signature = "list(bool).() -> bool" },
	{ .name = "max", .signature = "list(duration).() -> duration" },
	{ .name = "max", .signature = "list(timestamp).() -> timestamp" },
	{ .name = "max", .signature = "list(string).() -> string" },
	{ .name = "max", .signature = "list(bytes).() -> bytes" },
	{ .name = "min", .signature = "list(int).() -> int" },
	{ .name = "min", .signature = "list(uint).() -> uint" },
	{ .name = "min", .signature = "list(double).() -> double" },
	{ .name = "min", .signature = "list(bool).() -> bool" },
	{ .name = "min", .signature = "list(duration).() -> duration" },
	{ .name = "min", .signature = "list(timestamp).() -> timestamp" },
	{ .name = "min", .signature = "list(string).() -> string" },
	{ .name = "min", .signature = "list(bytes).() -> bytes" },
	{ .name = "indexOf", .signature = "list(A).(A) -> int" },
	{ .name = "lastIndexOf", .signature = "list(A).(A) -> int" },
	{ .name = NULL },
};

const struct cel_library cel_kubernetes_lists_library = {
	.name = "kubernetes.lists",
	.functions = functions,
};
