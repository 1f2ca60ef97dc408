/*
 * What is wrong with a text that does not parse, in the words of cel-go's generated parser.
 */
#include "lang/cel/parser.h"

void cel_syntax_errors(struct arena *arena, struct str source, const struct cel_token *tokens, struct cel_issues *issues)
{
	(void)arena; (void)source;
	cel_issue_add(issues, tokens[0].offset, "Syntax error");
}
