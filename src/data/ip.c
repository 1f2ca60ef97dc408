#include "data/ip.h"

#include "data/quote.h"

/* -- errors ------------------------------------------------------------------------------------------------------- */

/* ParseAddr("text"): what (at "rest"); -1. An empty rest is not mentioned. */
static int bad_address(struct error **err, struct str text, const char *what, struct str rest)
{
	struct buf message = { 0 };

	/* Whether a text is an address is often just tried. */
	if (!err)
		return -1;
	buf_printf(&message, "ParseAddr(");
	quote_add(&message, text);
	buf_printf(&message, "): %s", what);
	if (rest.n) {
		buf_printf(&message, " (at ");
		quote_add(&message, rest);
		buf_add_char(&message, ')');
	}
	error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	return -1;
}

/* -- addresses ---------------------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Four octets in `s`, a part of `text`. */
static int read_octets(struct str text, struct str s, uint32_t *out, struct error **err)
{
	uint32_t address = 0, value = 0;
	size_t digits = 0, octet = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (is_digit(s.p[i])) {
			if (digits == 1 && value == 0)
				return bad_address(err, text, "IPv4 field has octet with leading zero", STR_NULL);
			value = value * 10 + (uint32_t)(s.p[i] - '0');
			digits++;
			if (value > 255)
				return bad_address(err, text, "IPv4 field has value >255", STR_NULL);
		} else if (s.p[i] == '.') {
			if (digits == 0 || i + 1 == s.n)
				return bad_address(err, text, "IPv4 field must have at least one digit",
						   str_skip(s, i));
			if (octet == 3)
				return bad_address(err, text, "IPv4 address too long", STR_NULL);
			address = address << 8 | value;
			octet++;
			value = 0;
			digits = 0;
		} else {
			return bad_address(err, text, "unexpected character", str_skip(s, i));
		}
	}
	if (octet < 3)
		return bad_address(err, text, "IPv4 address too short", STR_NULL);
	*out = address << 8 | value;
	return 0;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The eight groups of an IPv6 address while they are read. */
struct groups {
	uint16_t items[8];
	size_t count;
	size_t gap;             /* where "::" stands; SIZE_MAX: nowhere */
};

/* One group at the start of *rest, which it takes off. */
static int read_group(struct str text, struct str *rest, uint16_t *out, size_t *digits, struct error **err)
{
	uint32_t value = 0;
	size_t n = 0;

	for (; n < rest->n && hex_digit(rest->p[n]) >= 0; n++) {
		if (n > 3)
			return bad_address(err, text, "each group must have 4 or less digits", *rest);
		value = value << 4 | (uint32_t)hex_digit(rest->p[n]);
	}
	if (n == 0)
		return bad_address(err, text, "each colon-separated field must have at least one digit", *rest);
	*out = (uint16_t)value;
	*digits = n;
	return 0;
}

/* "1.2.3.4" at the end of an IPv6 address. */
static int read_embedded(struct str text, struct str s, struct groups *groups, struct error **err)
{
	uint32_t address;

	if (groups->gap == SIZE_MAX && groups->count != 6)
		return bad_address(err, text,
				   "embedded IPv4 address must replace the final 2 fields of the address", s);
	if (groups->count > 6)
		return bad_address(err, text,
				   "too many hex fields to fit an embedded IPv4 at the end of the address", s);
	if (read_octets(text, s, &address, err))
		return -1;
	groups->items[groups->count++] = (uint16_t)(address >> 16);
	groups->items[groups->count++] = (uint16_t)address;
	return 0;
}

/* Behind a leading "::", when there is one. */
static int read_groups(struct str text, struct str s, struct groups *groups, struct error **err)
{
	while (groups->count < 8) {
		uint16_t group = 0;
		size_t digits = 0;

		if (read_group(text, &s, &group, &digits, err))
			return -1;
		if (digits < s.n && s.p[digits] == '.')
			return read_embedded(text, s, groups, err);
		groups->items[groups->count++] = group;
		s = str_skip(s, digits);
		if (s.n == 0)
			return 0;
		if (s.p[0] != ':')
			return bad_address(err, text, "unexpected character, want colon", s);
		if (s.n == 1)
			return bad_address(err, text, "colon must be followed by more characters", s);
		s = str_skip(s, 1);
		if (s.p[0] == ':') {
			if (groups->gap != SIZE_MAX)
				return bad_address(err, text, "multiple :: in address", s);
			groups->gap = groups->count;
			s = str_skip(s, 1);
			if (s.n == 0)
				return 0;
		}
	}
	return s.n ? bad_address(err, text, "trailing garbage after address", s) : 0;
}

/* The groups with zeros for the "::". */
static int fill_gap(struct str text, const struct groups *groups, struct ip *out, struct error **err)
{
	size_t zeros = 8 - groups->count, n = 0;
	uint16_t all[8] = { 0 };

	if (zeros > 0 && groups->gap == SIZE_MAX)
		return bad_address(err, text, "address string too short", STR_NULL);
	if (zeros == 0 && groups->gap != SIZE_MAX)
		return bad_address(err, text, "the :: must expand to at least one field of zeros", STR_NULL);
	for (size_t i = 0; i < groups->count; i++) {
		if (i == groups->gap)
			n += zeros;
		all[n++] = groups->items[i];
	}
	for (size_t i = 0; i < 4; i++) {
		out->high = out->high << 16 | all[i];
		out->low = out->low << 16 | all[i + 4];
	}
	return 0;
}

static int parse_v6(struct str text, struct ip *out, struct error **err)
{
	struct groups groups = { .gap = SIZE_MAX };
	struct str s;

	if (str_cut(text, '%', &s, &out->zone) && out->zone.n == 0)
		return bad_address(err, text, "zone must be a non-empty string", STR_NULL);
	if (str_starts_with(s, STR("::"))) {
		groups.gap = 0;
		s = str_skip(s, 2);
		if (s.n == 0)
			return 0;
	}
	if (read_groups(text, s, &groups, err))
		return -1;
	return fill_gap(text, &groups, out, err);
}

int ip_parse(struct str text, struct ip *out, struct error **err)
{
	*out = (struct ip){ 0 };
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '.') {
			uint32_t address = 0;

			if (read_octets(text, text, &address, err))
				return -1;
			out->is_v4 = true;
			out->low = address;
			return 0;
		}
		if (text.p[i] == ':')
			return parse_v6(text, out, err);
		if (text.p[i] == '%')
			return bad_address(err, text, "missing IPv6 address", STR_NULL);
	}
	return bad_address(err, text, "unable to parse IP", STR_NULL);
}

static uint32_t group_at(const struct ip *ip, size_t i)
{
	return (uint32_t)((i < 4 ? ip->high : ip->low) >> (48 - 16 * (i & 3))) & 0xffff;
}

static struct str v4_text(struct arena *arena, const char *before, uint64_t address)
{
	return str_format(arena, "%s%u.%u.%u.%u", before, (unsigned int)(address >> 24 & 255),
			  (unsigned int)(address >> 16 & 255), (unsigned int)(address >> 8 & 255),
			  (unsigned int)(address & 255));
}

/* The longest run of zero groups, the first of equal ones, of at least two. */
static void find_zeros(const struct ip *ip, size_t *start, size_t *end)
{
	*start = *end = 8;
	for (size_t i = 0, j; i < 8; i = j + 1) {
		for (j = i; j < 8 && group_at(ip, j) == 0;)
			j++;
		if (j - i >= 2 && (*start == 8 || j - i > *end - *start)) {
			*start = i;
			*end = j;
		}
	}
}

struct str ip_text(struct arena *arena, const struct ip *ip)
{
	char text[48];
	size_t n = 0, start, end;
	struct str head;

	if (ip->is_v4)
		return v4_text(arena, "", ip->low);
	if (ip_is_v4_mapped(ip)) {
		head = v4_text(arena, "::ffff:", ip->low & 0xffffffff);
	} else {
		find_zeros(ip, &start, &end);
		for (size_t i = 0; i < 8; i++) {
			static const char digits[] = "0123456789abcdef";
			uint32_t group;

			if (i == start) {
				text[n++] = ':';
				text[n++] = ':';
				i = end;
				if (i >= 8)
					break;
			} else if (i > 0) {
				text[n++] = ':';
			}
			group = group_at(ip, i);
			for (int shift = 12; shift >= 0; shift -= 4)
				if (group >> shift || shift == 0)
					text[n++] = digits[group >> shift & 15];
		}
		head = str_dup(arena, str_make(text, n));
	}
	return ip->zone.n ? str_concat(arena, str_concat(arena, head, STR("%")), ip->zone) : head;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->high == b->high && a->low == b->low && a->is_v4 == b->is_v4 && str_equal(a->zone, b->zone);
}

/* -- kinds of addresses ------------------------------------------------------------------------------------------- */

bool ip_is_v4_mapped(const struct ip *ip)
{
	return !ip->is_v4 && ip->high == 0 && ip->low >> 32 == 0xffff;
}

/* Judged as IPv4: *address is its 32 bits. */
static bool as_v4(const struct ip *ip, uint32_t *address)
{
	*address = (uint32_t)ip->low;
	return ip->is_v4 || ip_is_v4_mapped(ip);
}

bool ip_is_unspecified(const struct ip *ip)
{
	return ip->high == 0 && ip->low == 0 && ip->zone.n == 0;
}

bool ip_is_loopback(const struct ip *ip)
{
	uint32_t v4;

	return as_v4(ip, &v4) ? v4 >> 24 == 127 : ip->high == 0 && ip->low == 1;
}

bool ip_is_multicast(const struct ip *ip)
{
	uint32_t v4;

	return as_v4(ip, &v4) ? v4 >> 28 == 0xe : ip->high >> 56 == 0xff;
}

bool ip_is_link_local_multicast(const struct ip *ip)
{
	uint32_t v4;

	return as_v4(ip, &v4) ? v4 >> 8 == 0xe00000 : (ip->high >> 48 & 0xff0f) == 0xff02;
}

bool ip_is_link_local_unicast(const struct ip *ip)
{
	uint32_t v4;

	return as_v4(ip, &v4) ? v4 >> 16 == 0xa9fe : (ip->high >> 48 & 0xffc0) == 0xfe80;
}

bool ip_is_global_unicast(const struct ip *ip)
{
	uint32_t v4;

	if (as_v4(ip, &v4) ? v4 == 0 || v4 == UINT32_MAX : ip_is_unspecified(ip))
		return false;
	return !ip_is_loopback(ip) && !ip_is_multicast(ip) && !ip_is_link_local_unicast(ip);
}

/* -- networks ----------------------------------------------------------------------------------------------------- */

static int bad_prefix(struct error **err, struct str text, struct str what, bool quoted, struct str part)
{
	struct buf message = { 0 };

	if (!err)
		return -1;
	buf_printf(&message, "netip.ParsePrefix(");
	quote_add(&message, text);
	buf_printf(&message, "): " STR_FMT, STR_ARG(what));
	if (quoted)
		quote_add(&message, part);
	error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	return -1;
}

int ip_prefix_parse(struct str text, struct ip_prefix *out, struct error **err)
{
	size_t slash = str_rfind_char(text, '/');
	struct error *reason = NULL;
	unsigned int bits = 0;
	struct str digits;
	int64_t number;

	if (slash == STR_NOT_FOUND)
		return bad_prefix(err, text, STR("no '/'"), false, STR_NULL);
	if (ip_parse(str_slice(text, 0, slash), &out->ip, err ? &reason : NULL)) {
		bad_prefix(err, text, str_of(reason ? reason->message : ""), false, STR_NULL);
		error_free(reason);
		return -1;
	}
	if (out->ip.zone.n)
		return bad_prefix(err, text, STR("IPv6 zones cannot be present in a prefix"), false, STR_NULL);
	digits = str_skip(text, slash + 1);
	for (size_t i = 0; i < digits.n; i++)
		if (!is_digit(digits.p[i]) || (i == 0 && digits.n > 1 && digits.p[i] == '0'))
			return bad_prefix(err, text, STR("bad bits after slash: "), true, digits);
	/* A number that no integer holds is no number to Go. */
	if (!str_to_int64(digits, &number))
		return bad_prefix(err, text, STR("bad bits after slash: "), true, digits);
	if (number > (out->ip.is_v4 ? 32 : 128))
		return bad_prefix(err, text, STR("prefix length out of range"), false, STR_NULL);
	bits = (unsigned int)number;
	out->bits = (uint8_t)bits;
	return 0;
}

struct str ip_prefix_text(struct arena *arena, const struct ip_prefix *prefix)
{
	struct str ip = ip_text(arena, &prefix->ip);

	return str_format(arena, STR_FMT "/%u", STR_ARG(ip), (unsigned int)prefix->bits);
}

bool ip_prefix_equal(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->bits == b->bits && ip_equal(&a->ip, &b->ip);
}

static void mask(struct ip *ip, unsigned int bits)
{
	if (ip->is_v4) {
		ip->low &= bits ? UINT64_C(0xffffffff) << (32 - bits) & UINT64_C(0xffffffff) : 0;
		return;
	}
	ip->high &= bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : UINT64_MAX << (64 - bits);
	ip->low &= bits <= 64 ? 0 : UINT64_MAX << (128 - bits);
}

static bool same_network(struct ip a, struct ip b, unsigned int bits)
{
	if (a.is_v4 != b.is_v4)
		return false;
	mask(&a, bits);
	mask(&b, bits);
	return a.high == b.high && a.low == b.low;
}

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip *ip)
{
	return ip->zone.n == 0 && same_network(prefix->ip, *ip, prefix->bits);
}

bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return same_network(a->ip, b->ip, a->bits < b->bits ? a->bits : b->bits);
}

struct ip_prefix ip_prefix_masked(const struct ip_prefix *prefix)
{
	struct ip_prefix masked = *prefix;

	mask(&masked.ip, prefix->bits);
	masked.ip.zone = STR_NULL;
	return masked;
}
