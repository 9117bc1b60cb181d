/* SPDX-License-Identifier: MIT */
#include "config/access_action.h"

static const char permits[] =
	"would accept the mail and skip all later restrictions; use DUNNO or a restriction class";

enum argument {
	ARGUMENT_ANY,	      /* optional text */
	ARGUMENT_DESTINATION, /* transport:nexthop */
	ARGUMENT_ADDRESS,     /* user@domain */
	ARGUMENT_HEADER,      /* Name: text */
};

static const struct {
	const char *verb;
	enum argument argument;
} verbs[] = {
	{ "REJECT", ARGUMENT_ANY },
	{ "DEFER", ARGUMENT_ANY },
	{ "DEFER_IF_REJECT", ARGUMENT_ANY },
	{ "DEFER_IF_PERMIT", ARGUMENT_ANY },
	{ "DISCARD", ARGUMENT_ANY },
	{ "DUNNO", ARGUMENT_ANY },
	{ "HOLD", ARGUMENT_ANY },
	{ "INFO", ARGUMENT_ANY },
	{ "WARN", ARGUMENT_ANY },
	{ "FILTER", ARGUMENT_DESTINATION },
	{ "BCC", ARGUMENT_ADDRESS },
	{ "REDIRECT", ARGUMENT_ADDRESS },
	{ "PREPEND", ARGUMENT_HEADER },
};

static bool is_name_byte(char c)
{
	return ascii_is_alphanumeric(c) || c == '_' || c == '-';
}

static const char *check_header(struct span header)
{
	struct span name, text;

	/* RFC 5322 section 2.2: printable ASCII except the colon. */
	if (!span_split(header, ':', &name, &text) || !name.length || span_contains(name, ' '))
		return "PREPEND needs a header field, \"Name: text\"";
	return span_trim(text, " ").length ? NULL :
					     "PREPEND needs a text after the header field's name";
}

static const char *check_argument(enum argument kind, struct span text)
{
	struct span before, after;

	text = span_trim(text, " ");
	switch (kind) {
	case ARGUMENT_ANY: return NULL;
	case ARGUMENT_DESTINATION:
		return span_split(text, ':', &before, &after) && before.length ?
			       NULL :
			       "FILTER needs transport:destination";
	case ARGUMENT_ADDRESS:
		return span_split(text, '@', &before, &after) && before.length &&
				       !span_contains(text, ' ') ?
			       NULL :
			       "BCC and REDIRECT need an address, user@domain";
	case ARGUMENT_HEADER: return check_header(text);
	}
	return NULL;
}

/* "550 text", "450 4.7.1 text". */
static bool is_reply_code(struct span word)
{
	return word.length == 3 && (word.data[0] == '4' || word.data[0] == '5') &&
	       span_all(word, ascii_is_digit);
}

static const char *check_name(struct span word)
{
	if (span_all(word, ascii_is_digit))
		return "holds a number where the name of a restriction should be";
	if (!span_all(word, is_name_byte))
		return "is neither an access(5) action nor a list of restriction names";
	if (span_is_nocase(word, "OK") || span_is_nocase(word, "RELAY") ||
	    span_starts_with_nocase(word, "permit"))
		return permits;
	return NULL;
}

/* Names of restrictions and classes; those that look something up are followed by where. */
static const char *check_restrictions(struct span action)
{
	bool wants_argument = false;
	struct span word;

	while ((word = span_next(&action, ", ")).length) {
		const char *problem = wants_argument ? NULL : check_name(word);

		if (problem)
			return problem;
		wants_argument = !wants_argument &&
				 (span_starts_with_nocase(word, "check_") ||
				  span_starts_with_nocase(word, "reject_rbl_client") ||
				  span_starts_with_nocase(word, "reject_rhsbl_"));
	}
	return wants_argument ?
		       "ends before the table, service or list that its last restriction needs" :
		       NULL;
}

const char *access_action_check(struct span action)
{
	struct span rest = action, word = span_next(&rest, " ");

	if (!word.length)
		return "is empty";
	if (action.length > ACCESS_ACTION_MAX)
		return "is longer than 400 bytes";
	if (!span_all(action, ascii_is_printable))
		return "holds a byte that is not printable ASCII";
	if (is_reply_code(word) && span_trim(rest, " ").length)
		return NULL;
	if (span_all(action, ascii_is_digit))
		return "is a number, which Postfix takes as OK: it would skip all later "
		       "restrictions";
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (span_is_nocase(word, verbs[i].verb))
			return check_argument(verbs[i].argument, rest);
	return check_restrictions(action);
}
