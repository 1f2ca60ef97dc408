/*
 * What is wrong with a text that does not parse, in the words of cel-go's parser, which ANTLR generated.
 *
 * The grammar is run once more as a table, with ANTLR's default strategy for errors: a token too many is dropped, one
 * that is missing is made up, and otherwise tokens are skipped up to one that may follow any rule in progress. The
 * positions in the table stand for the states of ANTLR's automaton. Only a text that is known to be wrong comes here, so
 * sets are computed when they are asked for.
 */
#include "lang/cel/parser.h"

#include "base/buf.h"

#define RECOVERY_LIMIT 30
#define SKIP_LIMIT 256

enum rule {
	RULE_START,
	RULE_EXPR,
	RULE_OR,
	RULE_AND,
	RULE_RELATION,
	RULE_CALC,
	RULE_UNARY,
	RULE_MEMBER,
	RULE_PRIMARY,
	RULE_ARGUMENTS,
	RULE_ITEMS,
	RULE_FIELDS,
	RULE_FIELD,
	RULE_ENTRIES,
	RULE_NAME,
	RULE_ITEM,
	RULE_LITERAL,
	RULES,
};

/* Codes below TOKEN_TYPES are tokens. Rules are called with a precedence: operators that bind weaker end them. */
enum code {
	SET_RELATION = TOKEN_TYPES,
	SET_FACTOR,
	SET_SUM,
	OPTIONAL,               /* … CLOSE */
	REPEAT,                 /* … AGAIN: none or more */
	REPEAT_LIST,            /* … AGAIN: begins with a comma, which might be the last one */
	REPEAT_ONCE,            /* … AGAIN: one or more */
	CHOICE,                 /* … OR … CLOSE */
	OR,
	CLOSE,
	AGAIN,
	END,
	CALL,                   /* plus the rule */
	CALL_TIGHTER = CALL + RULES,    /* plus the rule: precedence 2 */
	CALL_TIGHTEST = CALL_TIGHTER + RULES,
};

#define T(name) TOKEN_##name
#define R(name) (CALL + RULE_##name)

static const uint8_t start_rule[] = { R(EXPR), T(EOF), END };
static const uint8_t expr_rule[] = { R(OR), OPTIONAL, T(QUESTION), R(OR), T(COLON), R(EXPR), CLOSE, END };
static const uint8_t or_rule[] = { R(AND), REPEAT, T(OR), R(AND), AGAIN, END };
static const uint8_t and_rule[] = { R(RELATION), REPEAT, T(AND), R(RELATION), AGAIN, END };
static const uint8_t relation_rule[] = {
	R(CALC), REPEAT, SET_RELATION, CALL_TIGHTER + RULE_RELATION, AGAIN, END,
};
static const uint8_t calc_rule[] = {
	R(UNARY),
	REPEAT,
		CHOICE, SET_FACTOR, CALL_TIGHTEST + RULE_CALC,
		OR, SET_SUM, CALL_TIGHTER + RULE_CALC,
		CLOSE,
	AGAIN, END,
};
static const uint8_t unary_rule[] = {
	CHOICE, R(MEMBER),
	OR, REPEAT_ONCE, T(EXCLAM), AGAIN, R(MEMBER),
	OR, REPEAT_ONCE, T(MINUS), AGAIN, R(MEMBER),
	CLOSE, END,
};
static const uint8_t member_rule[] = {
	R(PRIMARY),
	REPEAT,
		CHOICE, T(DOT), OPTIONAL, T(QUESTION), CLOSE, R(NAME),
		OR, T(DOT), T(IDENT), T(LPAREN), OPTIONAL, R(ARGUMENTS), CLOSE, T(RPAREN),
		OR, T(LBRACKET), OPTIONAL, T(QUESTION), CLOSE, R(EXPR), T(RBRACKET),
		CLOSE,
	AGAIN, END,
};
static const uint8_t primary_rule[] = {
	CHOICE, OPTIONAL, T(DOT), CLOSE, T(IDENT),
	OR, OPTIONAL, T(DOT), CLOSE, T(IDENT), T(LPAREN), OPTIONAL, R(ARGUMENTS), CLOSE, T(RPAREN),
	OR, T(LPAREN), R(EXPR), T(RPAREN),
	OR, T(LBRACKET), OPTIONAL, R(ITEMS), CLOSE, OPTIONAL, T(COMMA), CLOSE, T(RBRACKET),
	OR, T(LBRACE), OPTIONAL, R(ENTRIES), CLOSE, OPTIONAL, T(COMMA), CLOSE, T(RBRACE),
	OR, OPTIONAL, T(DOT), CLOSE, T(IDENT), REPEAT, T(DOT), T(IDENT), AGAIN,
		T(LBRACE), OPTIONAL, R(FIELDS), CLOSE, OPTIONAL, T(COMMA), CLOSE, T(RBRACE),
	OR, R(LITERAL),
	CLOSE, END,
};
static const uint8_t arguments_rule[] = { R(EXPR), REPEAT, T(COMMA), R(EXPR), AGAIN, END };
static const uint8_t items_rule[] = { R(ITEM), REPEAT_LIST, T(COMMA), R(ITEM), AGAIN, END };
static const uint8_t fields_rule[] = {
	R(FIELD), T(COLON), R(EXPR), REPEAT_LIST, T(COMMA), R(FIELD), T(COLON), R(EXPR), AGAIN, END,
};
static const uint8_t field_rule[] = { OPTIONAL, T(QUESTION), CLOSE, R(NAME), END };
static const uint8_t entries_rule[] = {
	R(ITEM), T(COLON), R(EXPR), REPEAT_LIST, T(COMMA), R(ITEM), T(COLON), R(EXPR), AGAIN, END,
};
static const uint8_t name_rule[] = { CHOICE, T(IDENT), OR, T(ESCAPED_IDENT), CLOSE, END };
static const uint8_t item_rule[] = { OPTIONAL, T(QUESTION), CLOSE, R(EXPR), END };
static const uint8_t literal_rule[] = {
	CHOICE, OPTIONAL, T(MINUS), CLOSE, T(INT),
	OR, T(UINT),
	OR, OPTIONAL, T(MINUS), CLOSE, T(FLOAT),
	OR, T(STRING), OR, T(BYTES), OR, T(TRUE), OR, T(FALSE), OR, T(NULL),
	CLOSE, END,
};

static const uint8_t *const rules[RULES] = {
	[RULE_START] = start_rule,
	[RULE_EXPR] = expr_rule,
	[RULE_OR] = or_rule,
	[RULE_AND] = and_rule,
	[RULE_RELATION] = relation_rule,
	[RULE_CALC] = calc_rule,
	[RULE_UNARY] = unary_rule,
	[RULE_MEMBER] = member_rule,
	[RULE_PRIMARY] = primary_rule,
	[RULE_ARGUMENTS] = arguments_rule,
	[RULE_ITEMS] = items_rule,
	[RULE_FIELDS] = fields_rule,
	[RULE_FIELD] = field_rule,
	[RULE_ENTRIES] = entries_rule,
	[RULE_NAME] = name_rule,
	[RULE_ITEM] = item_rule,
	[RULE_LITERAL] = literal_rule,
};

/* -- sets of tokens ------------------------------------------------------------------------------------------------ */

typedef uint64_t token_set;

#define ONE(type) ((token_set)1 << (type))
#define RULE_ENDS ONE(63)               /* the rule may end here */

static const token_set sets[] = {
	[SET_RELATION - TOKEN_TYPES] = ONE(TOKEN_LESS) | ONE(TOKEN_LESS_EQUALS) | ONE(TOKEN_GREATER_EQUALS) |
				       ONE(TOKEN_GREATER) | ONE(TOKEN_EQUALS) | ONE(TOKEN_NOT_EQUALS) | ONE(TOKEN_IN),
	[SET_FACTOR - TOKEN_TYPES] = ONE(TOKEN_STAR) | ONE(TOKEN_SLASH) | ONE(TOKEN_PERCENT),
	[SET_SUM - TOKEN_TYPES] = ONE(TOKEN_PLUS) | ONE(TOKEN_MINUS),
};

static bool has(token_set set, unsigned type)
{
	return set & ONE(type);
}

static bool opens(uint8_t code)
{
	return code >= OPTIONAL && code <= CHOICE;
}

static bool closes(uint8_t code)
{
	return code == CLOSE || code == AGAIN;
}

/* The next OR of the group around p, or the code that closes it. */
static const uint8_t *group_next(const uint8_t *p)
{
	for (size_t depth = 0;; p++) {
		if (depth == 0 && (*p == OR || closes(*p)))
			return p;
		if (opens(*p))
			depth++;
		else if (closes(*p))
			depth--;
	}
}

static const uint8_t *group_end(const uint8_t *p)
{
	do
		p = group_next(p);
	while (*p == OR && p++);
	return p;
}

/* Where the group that `end` closes opens. */
static const uint8_t *group_start(const uint8_t *end)
{
	const uint8_t *p = end - 1;

	for (size_t depth = 0;; p--) {
		if (closes(*p))
			depth++;
		else if (opens(*p) && depth-- == 0)
			return p;
	}
}

static enum rule called(uint8_t code)
{
	return (enum rule)((code - CALL) % RULES);
}

/* What may come at p, within the rule. No rule is empty, and none begins with itself. */
static token_set next_tokens(const uint8_t *p)
{
	token_set set = 0;

	if (*p < TOKEN_TYPES)
		return ONE(*p);
	if (*p >= CALL)
		return next_tokens(rules[called(*p)]);
	switch (*p) {
	case OPTIONAL:
	case REPEAT:
	case REPEAT_LIST:
		return next_tokens(p + 1) | next_tokens(group_end(p + 1) + 1);
	case REPEAT_ONCE:
		return next_tokens(p + 1);
	case CHOICE:
		do {
			set |= next_tokens(p + 1);
			p = group_next(p + 1);
		} while (*p == OR);
		return set;
	case OR:
		return next_tokens(group_end(p + 1) + 1);
	case CLOSE:
		return next_tokens(p + 1);
	case AGAIN:
		return next_tokens(group_start(p) + 1) | next_tokens(p + 1);
	case END:
		return RULE_ENDS;
	default:
		return sets[*p - TOKEN_TYPES];
	}
}

/* -- the run ------------------------------------------------------------------------------------------------------- */

/* A rule in progress. */
struct frame {
	const struct frame *caller;
	const uint8_t *at;              /* in its table */
	enum rule rule;
	unsigned precedence;
};

struct diagnosis {
	struct arena *arena;
	struct str source;
	struct cel_issues *issues;
	const struct cel_token *now;
	const struct frame *frame;
	size_t depth[RULES];
	bool recovering;                /* nothing more is reported until a token fits */
	bool stopped;
	unsigned attempts;
	const struct cel_token *last_token;     /* of the last recovery, and the positions that failed since a token fit */
	const uint8_t *last_places[RECOVERY_LIMIT];
	size_t last_count;
};

static void run_rule(struct diagnosis *d, enum rule rule, unsigned precedence);

/* The token after next; the last one repeats. */
static const struct cel_token *second(const struct diagnosis *d)
{
	return d->now->type == TOKEN_EOF ? d->now : d->now + 1;
}

static void consume(struct diagnosis *d)
{
	d->now = second(d);
}

/* What may come at p, whatever called the rule. */
static token_set expected(const struct diagnosis *d, const uint8_t *p)
{
	token_set set = next_tokens(p), all = set;

	for (const struct frame *frame = d->frame->caller; frame && (set & RULE_ENDS); frame = frame->caller) {
		set = next_tokens(frame->at + 1);
		all |= set;
	}
	all &= ~RULE_ENDS;
	return set & RULE_ENDS ? all | ONE(TOKEN_EOF) : all;
}

/* What may follow any of the rules in progress. */
static token_set recovery_set(const struct diagnosis *d)
{
	token_set set = 0;

	for (const struct frame *frame = d->frame->caller; frame; frame = frame->caller)
		set |= next_tokens(frame->at + 1);
	return set & ~RULE_ENDS;
}

/* -- messages ------------------------------------------------------------------------------------------------------ */

static void report(struct diagnosis *d, const struct cel_token *token, struct str message)
{
	cel_issue_add(d->issues, token->offset, "Syntax error: " STR_FMT, STR_ARG(message));
}

/* With quotes, and blanks made visible. */
static struct str quoted(struct diagnosis *d, struct str text)
{
	text = str_replace(d->arena, text, STR("\t"), STR("\\t"), SIZE_MAX);
	text = str_replace(d->arena, text, STR("\n"), STR("\\n"), SIZE_MAX);
	text = str_replace(d->arena, text, STR("\r"), STR("\\r"), SIZE_MAX);
	return str_format(d->arena, "'" STR_FMT "'", STR_ARG(text));
}

static struct str token_text(struct diagnosis *d, const struct cel_token *token)
{
	return quoted(d, token->type == TOKEN_EOF ? STR("<EOF>") : cel_token_text(d->source, token));
}

static struct str set_text(struct diagnosis *d, token_set set)
{
	static const char *const names[TOKEN_TYPES] = {
		[TOKEN_EQUALS] = "'=='", [TOKEN_NOT_EQUALS] = "'!='", [TOKEN_IN] = "'in'", [TOKEN_LESS] = "'<'",
		[TOKEN_LESS_EQUALS] = "'<='", [TOKEN_GREATER_EQUALS] = "'>='", [TOKEN_GREATER] = "'>'",
		[TOKEN_AND] = "'&&'", [TOKEN_OR] = "'||'", [TOKEN_LBRACKET] = "'['", [TOKEN_RBRACKET] = "']'",
		[TOKEN_LBRACE] = "'{'", [TOKEN_RBRACE] = "'}'", [TOKEN_LPAREN] = "'('", [TOKEN_RPAREN] = "')'",
		[TOKEN_DOT] = "'.'", [TOKEN_COMMA] = "','", [TOKEN_MINUS] = "'-'", [TOKEN_EXCLAM] = "'!'",
		[TOKEN_QUESTION] = "'?'", [TOKEN_COLON] = "':'", [TOKEN_PLUS] = "'+'", [TOKEN_STAR] = "'*'",
		[TOKEN_SLASH] = "'/'", [TOKEN_PERCENT] = "'%'", [TOKEN_TRUE] = "'true'", [TOKEN_FALSE] = "'false'",
		[TOKEN_NULL] = "'null'", [TOKEN_FLOAT] = "NUM_FLOAT", [TOKEN_INT] = "NUM_INT",
		[TOKEN_UINT] = "NUM_UINT", [TOKEN_STRING] = "STRING", [TOKEN_BYTES] = "BYTES",
		[TOKEN_IDENT] = "IDENTIFIER", [TOKEN_ESCAPED_IDENT] = "ESC_IDENTIFIER",
	};
	struct buf out = { 0 };
	struct str copy;
	size_t count = 0;

	if (has(set, TOKEN_EOF) && ++count)
		buf_printf(&out, "<EOF>");
	for (unsigned type = 0; type < TOKEN_EOF; type++)
		if (has(set, type))
			buf_printf(&out, "%s%s", count++ ? ", " : "", names[type]);
	copy = str_dup(d->arena, buf_str(&out));
	buf_free(&out);
	return count > 1 ? str_format(d->arena, "{" STR_FMT "}", STR_ARG(copy)) : copy;
}

/* True when an error may be reported; from then on there is silence. */
static bool begin_error(struct diagnosis *d)
{
	bool first = !d->recovering;

	d->recovering = true;
	return first;
}

static void report_unwanted(struct diagnosis *d)
{
	struct str found = token_text(d, d->now), wanted = set_text(d, expected(d, d->frame->at));

	if (begin_error(d))
		report(d, d->now, str_format(d->arena, "extraneous input " STR_FMT " expecting " STR_FMT,
					     STR_ARG(found), STR_ARG(wanted)));
}

static void report_missing(struct diagnosis *d)
{
	struct str found = token_text(d, d->now), wanted = set_text(d, expected(d, d->frame->at));

	if (begin_error(d))
		report(d, d->now, str_format(d->arena, "missing " STR_FMT " at " STR_FMT, STR_ARG(wanted), STR_ARG(found)));
}

static void report_mismatch(struct diagnosis *d)
{
	struct str found = token_text(d, d->now), wanted = set_text(d, expected(d, d->frame->at));

	if (begin_error(d))
		report(d, d->now, str_format(d->arena, "mismatched input " STR_FMT " expecting " STR_FMT,
					     STR_ARG(found), STR_ARG(wanted)));
}

static bool is_keyword(const struct cel_token *token)
{
	return token->type >= TOKEN_TRUE && token->type <= TOKEN_NULL;
}

/* The text from here to the end of `last`, blanks included, but not what was no token. */
static struct str text_up_to(struct diagnosis *d, const struct cel_token *last)
{
	struct str text = STR("");

	if (d->now->type == TOKEN_EOF)
		return STR("<EOF>");
	for (const struct cel_token *token = d->now; token < last; token++) {
		size_t end = cel_skip_blanks(d->source, token->offset + token->length);

		text = str_concat(d->arena, text, str_slice(d->source, token->offset, end));
	}
	return str_concat(d->arena, text, cel_token_text(d->source, last));
}

/* No choice fits the tokens from here to `offending`. */
static void report_no_choice(struct diagnosis *d, const struct cel_token *offending)
{
	struct str text;

	if (!begin_error(d))
		return;
	if (is_keyword(offending) && offending->offset == d->now->offset + 1)   /* cel-go makes this one readable */
		text = str_format(d->arena, "mismatched input " STR_FMT " expecting IDENTIFIER",
				  STR_ARG(token_text(d, offending)));
	else
		text = str_format(d->arena, "no viable alternative at input " STR_FMT,
				  STR_ARG(quoted(d, text_up_to(d, offending))));
	report(d, offending, text);
}

/* -- recovery ------------------------------------------------------------------------------------------------------ */

static bool may_attempt(struct diagnosis *d)
{
	if (d->attempts++ < RECOVERY_LIMIT)
		return true;
	report(d, d->now, str_format(d->arena, "error recovery attempt limit exceeded: %d", RECOVERY_LIMIT));
	d->stopped = true;
	return false;
}

static void give_up(struct diagnosis *d, const char *why)
{
	cel_issue_add(d->issues, CEL_NO_PLACE, "%s", why);
	d->stopped = true;
}

static void skip_until(struct diagnosis *d, token_set set, size_t limit)
{
	for (size_t skipped = 0; d->now->type != TOKEN_EOF && !has(set, d->now->type); skipped++) {
		if (skipped == limit) {
			give_up(d, "error recovery token lookahead limit exceeded: 256");
			return;
		}
		consume(d);
	}
}

/* Ends the rule in progress: goes on where something can follow it, or what called it. */
static void recover(struct diagnosis *d)
{
	bool again = false;

	if (!may_attempt(d))
		return;
	for (size_t i = 0; i < d->last_count && d->last_token == d->now; i++)
		again |= d->last_places[i] == d->frame->at;
	if (again)
		consume(d);     /* nothing was skipped last time: make headway */
	d->last_token = d->now;
	d->last_places[d->last_count++] = d->frame->at;
	skip_until(d, recovery_set(d), SKIP_LIMIT);
}

static void token_fits(struct diagnosis *d)
{
	d->recovering = false;
	d->last_token = NULL;
	d->last_count = 0;
}

/* Drops the token when the one behind it is what is wanted here. */
static bool drop_one(struct diagnosis *d)
{
	if (!has(expected(d, d->frame->at), second(d)->type))
		return false;
	report_unwanted(d);
	consume(d);
	token_fits(d);
	return true;
}

/* False when the rule cannot go on; that was reported. */
static bool match(struct diagnosis *d, token_set set)
{
	if (has(set, d->now->type)) {
		token_fits(d);
		consume(d);
		return true;
	}
	if (!may_attempt(d))
		return false;
	if (drop_one(d)) {
		consume(d);
		return true;
	}
	if (has(expected(d, d->frame->at + 1), d->now->type)) {
		report_missing(d);
		return true;
	}
	report_mismatch(d);
	return false;
}

/* Before a decision: sees to it that the next token is one that can be decided upon. */
static bool synchronize(struct diagnosis *d)
{
	const uint8_t *at = d->frame->at;
	token_set set = next_tokens(at);

	if (d->recovering || (set & RULE_ENDS) || has(set, d->now->type))
		return true;
	if (*at == AGAIN) {
		report_unwanted(d);
		skip_until(d, expected(d, at) | recovery_set(d), SIZE_MAX);
		return true;
	}
	if (drop_one(d))
		return true;
	report_mismatch(d);
	return false;
}

/* -- decisions ----------------------------------------------------------------------------------------------------- */

static bool binds(const struct diagnosis *d)
{
	if (d->frame->rule == RULE_RELATION)
		return d->frame->precedence <= 1;
	if (d->frame->rule == RULE_CALC)
		return d->frame->precedence <= (has(sets[SET_FACTOR - TOKEN_TYPES], d->now->type) ? 2u : 1u);
	return true;
}

/* Whether to enter the group whose code is `group`, an optional one or one that repeats. */
static bool enters(const struct diagnosis *d, const uint8_t *group)
{
	if (!has(next_tokens(group + 1), d->now->type))
		return false;
	if (*group == REPEAT_LIST)
		return has(next_tokens(group + 2), second(d)->type);
	return binds(d);
}

static bool is_number(const struct cel_token *token)
{
	return token->type == TOKEN_INT || token->type == TOKEN_FLOAT;
}

/* For each of the choices that need more than a token: which one, or -1 and the token that rules out all. */

static int choose_unary(const struct diagnosis *d, const struct cel_token **offending)
{
	const struct cel_token *next = second(d);

	if (d->now->type == TOKEN_EXCLAM)
		return 1;
	if (d->now->type != TOKEN_MINUS || is_number(next))
		return 0;
	if (has(next_tokens(rules[RULE_MEMBER]), next->type))
		return 2;
	*offending = next;
	return -1;
}

static int choose_member(const struct diagnosis *d, const struct cel_token **offending)
{
	const struct cel_token *next = second(d);

	if (d->now->type == TOKEN_LBRACKET)
		return 2;
	if (next->type == TOKEN_IDENT)
		return next[1].type == TOKEN_LPAREN;
	if (next->type == TOKEN_QUESTION || next->type == TOKEN_ESCAPED_IDENT)
		return 0;
	*offending = next;
	return -1;
}

static int choose_name(const struct cel_token *name)
{
	if (name[1].type == TOKEN_LPAREN)
		return 1;
	while (name[1].type == TOKEN_DOT && name[2].type == TOKEN_IDENT)
		name += 2;
	return name[1].type == TOKEN_LBRACE ? 5 : 0;
}

static int choose_primary(const struct diagnosis *d, const struct cel_token **offending)
{
	const struct cel_token *name = d->now->type == TOKEN_DOT ? second(d) : d->now;

	switch (d->now->type) {
	case TOKEN_LPAREN:
		return 2;
	case TOKEN_LBRACKET:
		return 3;
	case TOKEN_LBRACE:
		return 4;
	case TOKEN_DOT:
	case TOKEN_IDENT:
		*offending = name;
		return name->type == TOKEN_IDENT ? choose_name(name) : -1;
	default:
		return 6;
	}
}

static int choose_literal(const struct diagnosis *d, const struct cel_token **offending)
{
	const struct cel_token *number = d->now->type == TOKEN_MINUS ? second(d) : d->now;

	*offending = number;
	switch (number->type) {
	case TOKEN_INT:
		return 0;
	case TOKEN_FLOAT:
		return 2;
	default:
		if (number != d->now)
			return -1;
		return number->type == TOKEN_UINT ? 1 : number->type == TOKEN_STRING ? 3 :
		       number->type == TOKEN_BYTES ? 4 : 5 + number->type - TOKEN_TRUE;
	}
}

static const uint8_t *first_choice(const struct diagnosis *d, const uint8_t *group)
{
	for (; *group == CHOICE || *group == OR; group = group_next(group + 1))
		if (has(next_tokens(group + 1), d->now->type))
			return group + 1;
	return NULL;
}

/* Where the chosen alternative begins; NULL when none fits; that was reported. */
static const uint8_t *choose(struct diagnosis *d, const uint8_t *group)
{
	static int (*const choices[RULES])(const struct diagnosis *, const struct cel_token **) = {
		[RULE_UNARY] = choose_unary,
		[RULE_MEMBER] = choose_member,
		[RULE_PRIMARY] = choose_primary,
		[RULE_LITERAL] = choose_literal,
	};
	const struct cel_token *offending = d->now;
	const uint8_t *chosen = first_choice(d, group);

	if (chosen && choices[d->frame->rule]) {
		int which = choices[d->frame->rule](d, &offending);

		for (int i = 0; i < which; i++)
			group = group_next(group + 1);
		chosen = which < 0 ? NULL : group + 1;
	}
	if (!chosen)
		report_no_choice(d, offending);
	return chosen;
}

/* -- rules --------------------------------------------------------------------------------------------------------- */

/* A minus sign belongs to the number behind it, or to the chain of signs: what comes next must be one or go on. */
static bool ends_in_nothing(const struct diagnosis *d, const uint8_t *group)
{
	return d->frame->rule == RULE_UNARY && *group == REPEAT_ONCE && d->now->type == TOKEN_MINUS &&
	       !has(next_tokens(rules[RULE_MEMBER]), second(d)->type);
}

/* One step of the rule in progress: the next position, or NULL when it cannot go on. */
static const uint8_t *step(struct diagnosis *d, const uint8_t *at)
{
	const uint8_t *group = *at == AGAIN ? group_start(at) : at;
	unsigned code = *at;

	if (code >= CALL) {
		run_rule(d, called(*at), code >= CALL_TIGHTEST ? 3 : code >= CALL_TIGHTER ? 2 : 0);
		return at + 1;
	}
	switch (code) {
	case OR:
		return group_end(at + 1) + 1;
	case CLOSE:
		return at + 1;
	case OPTIONAL:
	case REPEAT:
	case REPEAT_LIST:
	case AGAIN:
		if (!synchronize(d))
			return NULL;
		if (ends_in_nothing(d, group)) {
			report_no_choice(d, second(d));
			return NULL;
		}
		return enters(d, group) ? group + 1 : group_end(group + 1) + 1;
	case REPEAT_ONCE:
		return synchronize(d) ? at + 1 : NULL;
	case CHOICE:
		return synchronize(d) ? choose(d, at) : NULL;
	default:
		return match(d, next_tokens(at)) ? at + 1 : NULL;
	}
}

static void run_rule(struct diagnosis *d, enum rule rule, unsigned precedence)
{
	struct frame frame = { d->frame, rules[rule], rule, precedence };
	const uint8_t *next;

	d->frame = &frame;
	if (++d->depth[rule] > CEL_DEPTH_LIMIT)
		give_up(d, "expression recursion limit exceeded: 250");
	while (!d->stopped && *frame.at != END) {
		next = step(d, frame.at);
		if (!next) {
			if (!d->stopped)
				recover(d);
			break;
		}
		frame.at = next;
	}
	d->depth[rule]--;
	d->frame = frame.caller;
}

void cel_syntax_errors(struct arena *arena, struct str source, const struct cel_token *tokens, struct cel_issues *issues)
{
	struct diagnosis d = { .arena = arena, .source = source, .issues = issues, .now = tokens };
	size_t before = issues->count;

	run_rule(&d, RULE_START, 0);
	if (issues->count == before)
		cel_issue_add(issues, d.now->offset, "Syntax error: no expression");
}
