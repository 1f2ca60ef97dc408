/* cel-go's mathematical functions (ext/math.go, version 2). math.least and math.greatest are macros for @min and @max. */
#include "lang/cel/standard.h"

#define EXTREME(symbol, body) \
	{ .name = (symbol), .signature = "(double) -> double" }, \
	{ .name = (symbol), .signature = "(int) -> int" }, \
	{ .name = (symbol), .signature = "(uint) -> uint" }, \
	{ .name = (symbol), .signature = "(double, double) -> double" }, \
	{ .name = (symbol), .signature = "(int, int) -> int" }, \
	{ .name = (symbol), .signature = "(uint, uint) -> uint" }, \
	{ .name = (symbol), .signature = "(int, uint) -> dyn" }, \
	{ .name = (symbol), .signature = "(int, double) -> dyn" }, \
	{ .name = (symbol), .signature = "(double, int) -> dyn" }, \
	{ .name = (symbol), .signature = "(double, uint) -> dyn" }, \
	{ .name = (symbol), .signature = "(uint, int) -> dyn" }, \
	{ .name = (symbol), .signature = "(uint, double) -> dyn" }, \
	{ .name = (symbol), .signature = "(list(double)) -> double" }, \
	{ .name = (symbol), .signature = "(list(int)) -> int" }, \
	{ .name = (symbol), .signature = "(list(uint)) -> uint" }

#define BITS(symbol, body) \
	{ .name = (symbol), .signature = "(int, int) -> int" }, \
	{ .name = (symbol), .signature = "(uint, uint) -> uint" }

#define SHIFT(symbol, body) \
	{ .name = (symbol), .signature = "(int, int) -> int" }, \
	{ .name = (symbol), .signature = "(uint, int) -> uint" }

static const struct cel_function functions[] = {
	EXTREME("math.@min", least),
	EXTREME("math.@max", greatest),
	{ .name = "math.ceil", .signature = "(double) -> double" },
	{ .name = "math.floor", .signature = "(double) -> double" },
	{ .name = "math.round", .signature = "(double) -> double" },
	{ .name = "math.trunc", .signature = "(double) -> double" },
	{ .name = "math.isInf", .signature = "(double) -> bool" },
	{ .name = "math.isNaN", .signature = "(double) -> bool" },
	{ .name = "math.isFinite", .signature = "(double) -> bool" },
	{ .name = "math.abs", .signature = "(double) -> double" },
	{ .name = "math.abs", .signature = "(int) -> int" },
	{ .name = "math.abs", .signature = "(uint) -> uint" },
	{ .name = "math.sign", .signature = "(double) -> double" },
	{ .name = "math.sign", .signature = "(int) -> int" },
	{ .name = "math.sign", .signature = "(uint) -> uint" },
	BITS("math.bitAnd", bit_and),
	BITS("math.bitOr", bit_or),
	BITS("math.bitXor", bit_xor),
	{ .name = "math.bitNot", .signature = "(int) -> int" },
	{ .name = "math.bitNot", .signature = "(uint) -> uint" },
	SHIFT("math.bitShiftLeft", shift_left),
	SHIFT("math.bitShiftRight", shift_right),
	{ .name = "math.sqrt", .signature = "(double) -> double" },
	{ .name = "math.sqrt", .signature = "(int) -> double" },
	{ .name = "math.sqrt", .signature = "(uint) -> double" },
	{ .name = NULL },
};

const struct cel_library cel_math_library = {
	.name = "cel.lib.ext.math",
	.functions = functions,
	.macros = CEL_MACRO_MATH,
};
