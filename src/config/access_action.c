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

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_byte(char c)
{
	c = span_lower(c);
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

static bool all(struct span text, bool (*test)(char))
{
	for (size_t i = 0; i < text.length; i++)
		if (!test(text.data[i]))
			return false;
	return text.length > 0;
}

static bool starts_with(struct span text, const char *start)
{
	size_t length = strlen(start);

	return text.length >= length &&
	       span_equal_nocase((struct span){ text.data, length }, span_of(start));
}

/* Postfix separates restrictions by commas and blanks, an action from its text by blanks alone. */
static struct span take_word(struct span *rest, const char *separators)
{
	struct span word;
	size_t start = 0, end;

	while (start < rest->length && strchr(separators, rest->data[start]))
		start++;
	for (end = start; end < rest->length && !strchr(separators, rest->data[end]);)
		end++;
	word = (struct span){ rest->data + start, end - start };
	*rest = (struct span){ rest->data + end, rest->length - end };
	return word;
}

static struct span trimmed(struct span text)
{
	while (text.length && text.data[0] == ' ') {
		text.data++;
		text.length--;
	}
	return text;
}

static const char *check_header(struct span header)
{
	size_t name = 0;

	/* RFC 5322 section 2.2: printable ASCII except the colon. */
	while (name < header.length && header.data[name] != ':' && header.data[name] != ' ')
		name++;
	if (name == 0 || name >= header.length || header.data[name] != ':')
		return "PREPEND needs a header field, \"Name: text\"";
	if (!trimmed((struct span){ header.data + name + 1, header.length - name - 1 }).length)
		return "PREPEND needs a text after the header field's name";
	return NULL;
}

static const char *check_argument(enum argument kind, struct span text)
{
	const char *place;

	text = trimmed(text);
	switch (kind) {
	case ARGUMENT_ANY: return NULL;
	case ARGUMENT_DESTINATION:
		place = text.length ? memchr(text.data, ':', text.length) : NULL;
		return place && place > text.data ? NULL : "FILTER needs transport:destination";
	case ARGUMENT_ADDRESS:
		place = text.length ? memchr(text.data, '@', text.length) : NULL;
		return place && place > text.data && !memchr(text.data, ' ', text.length) ?
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
	       all(word, is_digit);
}

static const char *check_name(struct span word)
{
	if (all(word, is_digit))
		return "holds a number where the name of a restriction should be";
	if (!all(word, is_name_byte))
		return "is neither an access(5) action nor a list of restriction names";
	if (span_equal_nocase(word, span_of("OK")) || span_equal_nocase(word, span_of("RELAY")) ||
	    starts_with(word, "permit"))
		return permits;
	return NULL;
}

/* Names of restrictions and classes; those that look something up are followed by where. */
static const char *check_restrictions(struct span action)
{
	bool wants_argument = false;
	struct span word;

	while ((word = take_word(&action, ", ")).length) {
		const char *problem = wants_argument ? NULL : check_name(word);

		if (problem)
			return problem;
		wants_argument = !wants_argument && (starts_with(word, "check_") ||
						     starts_with(word, "reject_rbl_client") ||
						     starts_with(word, "reject_rhsbl_"));
	}
	return wants_argument ?
		       "ends before the table, service or list that its last restriction needs" :
		       NULL;
}

const char *access_action_check(struct span action)
{
	struct span rest = action, word = take_word(&rest, " ");

	if (!word.length)
		return "is empty";
	if (action.length > ACCESS_ACTION_MAX)
		return "is longer than 400 bytes";
	for (size_t i = 0; i < action.length; i++)
		if (action.data[i] < ' ' || action.data[i] > '~')
			return "holds a byte that is not printable ASCII";
	if (is_reply_code(word) && trimmed(rest).length)
		return NULL;
	if (all(action, is_digit))
		return "is a number, which Postfix takes as OK: it would skip all later "
		       "restrictions";
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (span_equal_nocase(word, span_of(verbs[i].verb)))
			return check_argument(verbs[i].argument, rest);
	return check_restrictions(action);
}
