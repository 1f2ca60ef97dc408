/* CEL's own operators and functions (cel-spec, "Standard Definitions"; cel-go common/stdlib), one line an overload. */
#include "lang/cel/library.h"

#define NAME(n) .name = (n)
#define TYPE(s) .signature = (s)
#define DO(body) .evaluate = (body)
#define COST(run, planned) .cost = (run), .estimate = (planned)
#define PLANNED .flags = CEL_PLANNED

#define ORDER(symbol, body) \
	{ NAME(symbol), TYPE("(bool, bool) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(int, int) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(int, double) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(int, uint) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(uint, uint) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(uint, double) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(uint, int) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(double, double) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(double, int) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(double, uint) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(string, string) -> bool"), DO(body), COST(cel_cost_shorter, cel_estimate_shorter) }, \
	{ NAME(symbol), TYPE("(bytes, bytes) -> bool"), DO(body), COST(cel_cost_shorter, cel_estimate_shorter) }, \
	{ NAME(symbol), TYPE("(timestamp, timestamp) -> bool"), DO(body) }, \
	{ NAME(symbol), TYPE("(duration, duration) -> bool"), DO(body) }

#define GETTER(getter, body) \
	{ NAME(getter), TYPE("timestamp.() -> int"), DO(body) }, \
	{ NAME(getter), TYPE("timestamp.(string) -> int"), DO(body) }

static const struct cel_function functions[] = {
	{ NAME("_?_:_"), TYPE("(bool, T, T) -> T"), PLANNED },
	{ NAME("_&&_"), TYPE("(bool, bool) -> bool"), PLANNED },
	{ NAME("_||_"), TYPE("(bool, bool) -> bool"), PLANNED },
	{ NAME("!_"), TYPE("(bool) -> bool"), DO(cel_do_not) },
	{ NAME("@not_strictly_false"), TYPE("(bool) -> bool"), PLANNED },

	{ NAME("_==_"), TYPE("(T, T) -> bool"), COST(cel_cost_shorter, cel_estimate_equals), PLANNED },
	{ NAME("_!=_"), TYPE("(T, T) -> bool"), COST(cel_cost_shorter, cel_estimate_shorter), PLANNED },

	{ NAME("_+_"), TYPE("(bytes, bytes) -> bytes"), DO(cel_do_add), COST(cel_cost_both, cel_estimate_add_text) },
	{ NAME("_+_"), TYPE("(double, double) -> double"), DO(cel_do_add) },
	{ NAME("_+_"), TYPE("(duration, duration) -> duration"), DO(cel_do_add) },
	{ NAME("_+_"), TYPE("(duration, timestamp) -> timestamp"), DO(cel_do_add) },
	{ NAME("_+_"), TYPE("(timestamp, duration) -> timestamp"), DO(cel_do_add) },
	{ NAME("_+_"), TYPE("(int, int) -> int"), DO(cel_do_add) },
	{ NAME("_+_"), TYPE("(list(T), list(T)) -> list(T)"), DO(cel_do_add), COST(NULL, cel_estimate_add_list) },
	{ NAME("_+_"), TYPE("(string, string) -> string"), DO(cel_do_add), COST(cel_cost_both, cel_estimate_add_text) },
	{ NAME("_+_"), TYPE("(uint, uint) -> uint"), DO(cel_do_add) },
	{ NAME("_/_"), TYPE("(double, double) -> double"), DO(cel_do_divide) },
	{ NAME("_/_"), TYPE("(int, int) -> int"), DO(cel_do_divide) },
	{ NAME("_/_"), TYPE("(uint, uint) -> uint"), DO(cel_do_divide) },
	{ NAME("_%_"), TYPE("(int, int) -> int"), DO(cel_do_modulo) },
	{ NAME("_%_"), TYPE("(uint, uint) -> uint"), DO(cel_do_modulo) },
	{ NAME("_*_"), TYPE("(double, double) -> double"), DO(cel_do_multiply) },
	{ NAME("_*_"), TYPE("(int, int) -> int"), DO(cel_do_multiply) },
	{ NAME("_*_"), TYPE("(uint, uint) -> uint"), DO(cel_do_multiply) },
	{ NAME("-_"), TYPE("(double) -> double"), DO(cel_do_negate) },
	{ NAME("-_"), TYPE("(int) -> int"), DO(cel_do_negate) },
	{ NAME("_-_"), TYPE("(double, double) -> double"), DO(cel_do_subtract) },
	{ NAME("_-_"), TYPE("(duration, duration) -> duration"), DO(cel_do_subtract) },
	{ NAME("_-_"), TYPE("(int, int) -> int"), DO(cel_do_subtract) },
	{ NAME("_-_"), TYPE("(timestamp, duration) -> timestamp"), DO(cel_do_subtract) },
	{ NAME("_-_"), TYPE("(timestamp, timestamp) -> duration"), DO(cel_do_subtract) },
	{ NAME("_-_"), TYPE("(uint, uint) -> uint"), DO(cel_do_subtract) },

	ORDER("_<_", cel_do_less),
	ORDER("_<=_", cel_do_less_equals),
	ORDER("_>_", cel_do_greater),
	ORDER("_>=_", cel_do_greater_equals),

	{ NAME("_[_]"), TYPE("(list(T), int) -> T"), PLANNED },
	{ NAME("_[_]"), TYPE("(map(K, V), K) -> V"), PLANNED },
	{ NAME("@in"), TYPE("(T, list(T)) -> bool"), DO(cel_do_in), COST(cel_cost_in_list, cel_estimate_in_list) },
	{ NAME("@in"), TYPE("(K, map(K, V)) -> bool"), DO(cel_do_in) },
	{ NAME("size"), TYPE("(bytes) -> int"), DO(cel_do_size) },
	{ NAME("size"), TYPE("bytes.() -> int"), DO(cel_do_size) },
	{ NAME("size"), TYPE("(list(T)) -> int"), DO(cel_do_size) },
	{ NAME("size"), TYPE("list(T).() -> int"), DO(cel_do_size) },
	{ NAME("size"), TYPE("(map(K, V)) -> int"), DO(cel_do_size) },
	{ NAME("size"), TYPE("map(K, V).() -> int"), DO(cel_do_size) },
	{ NAME("size"), TYPE("(string) -> int"), DO(cel_do_size) },
	{ NAME("size"), TYPE("string.() -> int"), DO(cel_do_size) },

	{ NAME("type"), TYPE("(T) -> type(T)"), DO(cel_do_type) },
	{ NAME("bool"), TYPE("(bool) -> bool"), DO(cel_do_bool) },
	{ NAME("bool"), TYPE("(string) -> bool"), DO(cel_do_bool) },
	{ NAME("bytes"), TYPE("(bytes) -> bytes"), DO(cel_do_bytes) },
	{ NAME("bytes"), TYPE("(string) -> bytes"), DO(cel_do_bytes),
	  COST(cel_cost_read, cel_estimate_string_to_bytes) },
	{ NAME("double"), TYPE("(double) -> double"), DO(cel_do_double) },
	{ NAME("double"), TYPE("(int) -> double"), DO(cel_do_double) },
	{ NAME("double"), TYPE("(string) -> double"), DO(cel_do_double) },
	{ NAME("double"), TYPE("(uint) -> double"), DO(cel_do_double) },
	{ NAME("duration"), TYPE("(duration) -> duration"), DO(cel_do_duration) },
	{ NAME("duration"), TYPE("(int) -> duration"), DO(cel_do_duration) },
	{ NAME("duration"), TYPE("(string) -> duration"), DO(cel_do_duration) },
	{ NAME("dyn"), TYPE("(T) -> dyn"), DO(cel_do_identity) },
	{ NAME("int"), TYPE("(int) -> int"), DO(cel_do_int) },
	{ NAME("int"), TYPE("(double) -> int"), DO(cel_do_int) },
	{ NAME("int"), TYPE("(duration) -> int"), DO(cel_do_int) },
	{ NAME("int"), TYPE("(string) -> int"), DO(cel_do_int) },
	{ NAME("int"), TYPE("(timestamp) -> int"), DO(cel_do_int) },
	{ NAME("int"), TYPE("(uint) -> int"), DO(cel_do_int) },
	{ NAME("string"), TYPE("(string) -> string"), DO(cel_do_string) },
	{ NAME("string"), TYPE("(bool) -> string"), DO(cel_do_string) },
	{ NAME("string"), TYPE("(bytes) -> string"), DO(cel_do_string),
	  COST(cel_cost_read, cel_estimate_bytes_to_string) },
	{ NAME("string"), TYPE("(double) -> string"), DO(cel_do_string) },
	{ NAME("string"), TYPE("(duration) -> string"), DO(cel_do_string) },
	{ NAME("string"), TYPE("(int) -> string"), DO(cel_do_string) },
	{ NAME("string"), TYPE("(timestamp) -> string"), DO(cel_do_string) },
	{ NAME("string"), TYPE("(uint) -> string"), DO(cel_do_string) },
	{ NAME("timestamp"), TYPE("(timestamp) -> timestamp"), DO(cel_do_timestamp) },
	{ NAME("timestamp"), TYPE("(int) -> timestamp"), DO(cel_do_timestamp) },
	{ NAME("timestamp"), TYPE("(string) -> timestamp"), DO(cel_do_timestamp) },
	{ NAME("uint"), TYPE("(uint) -> uint"), DO(cel_do_uint) },
	{ NAME("uint"), TYPE("(double) -> uint"), DO(cel_do_uint) },
	{ NAME("uint"), TYPE("(int) -> uint"), DO(cel_do_uint) },
	{ NAME("uint"), TYPE("(string) -> uint"), DO(cel_do_uint) },

	{ NAME("contains"), TYPE("string.(string) -> bool"), DO(cel_do_contains),
	  COST(cel_cost_contains, cel_estimate_contains), .flags = CEL_UNGUARDED },
	{ NAME("endsWith"), TYPE("string.(string) -> bool"), DO(cel_do_ends_with),
	  COST(cel_cost_read, cel_estimate_affix), .flags = CEL_UNGUARDED },
	{ NAME("startsWith"), TYPE("string.(string) -> bool"), DO(cel_do_starts_with),
	  COST(cel_cost_read, cel_estimate_affix), .flags = CEL_UNGUARDED },
	{ NAME("matches"), TYPE("(string, string) -> bool"), DO(cel_do_matches),
	  .prepare = cel_prepare_pattern },
	{ NAME("matches"), TYPE("string.(string) -> bool"), DO(cel_do_matches),
	  COST(cel_cost_matches, cel_estimate_matches), .prepare = cel_prepare_pattern },

	GETTER("getFullYear", cel_do_full_year),
	GETTER("getMonth", cel_do_month),
	GETTER("getDayOfYear", cel_do_day_of_year),
	GETTER("getDayOfMonth", cel_do_day_of_month),
	GETTER("getDate", cel_do_date),
	GETTER("getDayOfWeek", cel_do_day_of_week),
	GETTER("getHours", cel_do_hours),
	{ NAME("getHours"), TYPE("duration.() -> int"), DO(cel_do_hours) },
	GETTER("getMinutes", cel_do_minutes),
	{ NAME("getMinutes"), TYPE("duration.() -> int"), DO(cel_do_minutes) },
	GETTER("getSeconds", cel_do_seconds),
	{ NAME("getSeconds"), TYPE("duration.() -> int"), DO(cel_do_seconds) },
	GETTER("getMilliseconds", cel_do_milliseconds),
	{ NAME("getMilliseconds"), TYPE("duration.() -> int"), DO(cel_do_milliseconds) },
	{ .name = NULL },
};

const struct cel_library cel_standard_library = { .name = "cel.lib.std", .functions = functions };

bool cel_can_hold(const struct cel_run *run, uint64_t bytes)
{
	uint64_t used = arena_used(run->arena) - run->memory;

	return used <= CEL_MEMORY_MAX && bytes <= CEL_MEMORY_MAX - used;
}

struct cel_value cel_fail_memory(struct cel_run *run)
{
	return cel_fail_code(run, ERROR_LIMIT, "operation cancelled: memory limit exceeded");
}
