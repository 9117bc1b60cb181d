/* SPDX-License-Identifier: MIT */
#include "spf/record.h"

#include "record_arguments.h"

enum { VERSION_LENGTH = 6 }; /* of "v=spf1" */

static const struct {
	const char *name;
	bool counts; /* section 4.6.4 */
} table[] = {
	[RECORD_ALL] = { "all", false },
	[RECORD_INCLUDE] = { "include", true },
	[RECORD_A] = { "a", true },
	[RECORD_MX] = { "mx", true },
	[RECORD_PTR] = { "ptr", true },
	[RECORD_IP4] = { "ip4", false },
	[RECORD_IP6] = { "ip6", false },
	[RECORD_EXISTS] = { "exists", true },
	[RECORD_REDIRECT] = { "redirect", true },
	[RECORD_EXP] = { "exp", false },
	[RECORD_UNKNOWN_MODIFIER] = { "unknown-modifier", false },
};

/* ---- terms ---- */

/* Among `first`..`last`; `last` + 1 when there is none. */
static enum record_mechanism find_name(struct span name, enum record_mechanism first,
				       enum record_mechanism last)
{
	unsigned i = first;

	while (i <= last && !span_is_nocase(name, table[i].name))
		i++;
	return (enum record_mechanism)i;
}

/* A bare address is a common error. */
static bool fail_unknown(struct record_parse *p, struct span name)
{
	if (record_is_ip4_address(name))
		return record_fail(p, name, "Missing IP4");
	return record_fail(p, name.length ? name : p->term->text, "Unknown mechanism found");
}

static bool parse_directive(struct record_parse *p)
{
	struct span directive = p->term->text, name;
	size_t length = 0;

	if (ascii_is_in(directive.data[0], "+-~?")) {
		p->term->qualifier = directive.data[0];
		directive = span_skip(directive, 1);
	}
	while (length < directive.length && directive.data[length] != ':' &&
	       directive.data[length] != '/')
		length++;
	name = span_take(directive, length);
	p->term->mechanism = find_name(name, RECORD_ALL, RECORD_EXISTS);
	if (p->term->mechanism > RECORD_EXISTS)
		return fail_unknown(p, name);
	return record_parse_arguments(p, span_skip(directive, length));
}

static bool parse_modifier(struct record_parse *p, struct span name,
			   const struct record_reader *reader)
{
	struct record_term *term = p->term;
	struct span value = span_skip(term->text, name.length + 1);

	term->mechanism = find_name(name, RECORD_REDIRECT, RECORD_EXP);
	term->target = value;
	if (term->mechanism == RECORD_UNKNOWN_MODIFIER)
		return record_check_macros(p, value, MACRO_STRING);
	if (term->mechanism == RECORD_REDIRECT && reader->seen_redirect)
		return record_fail(p, term->text, "redirect= MUST appear at most once");
	if (term->mechanism == RECORD_EXP && reader->seen_exp)
		return record_fail(p, term->text, "exp= MUST appear at most once");
	if (value.length == 0)
		return record_fail(p, term->text,
				   term->mechanism == RECORD_EXP ? "exp has empty domain-spec" :
								   "redirect has empty domain");
	return record_check_macros(p, value, MACRO_DOMAIN);
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), before "=". Empty when this is a directive. */
static struct span modifier_name(struct span term)
{
	size_t i = 0;

	while (i < term.length &&
	       (ascii_is_letter(term.data[i]) ||
		(i > 0 && (ascii_is_digit(term.data[i]) || ascii_is_in(term.data[i], "-_.")))))
		i++;
	if (i == term.length || term.data[i] != '=')
		i = 0;
	return span_take(term, i);
}

static bool parse_term(struct record_parse *p, const struct record_reader *reader)
{
	struct span text = p->term->text;
	struct span name = modifier_name(text);
	bool parsed;

	/* Every term is of visible ASCII, and lists of terms are separated by spaces alone. */
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return record_fail(p, span_take(span_skip(text, i), 1),
					   "Invalid character");
	if (name.length > 0)
		return parse_modifier(p, name, reader);
	parsed = parse_directive(p);
	if (!parsed && text.data[text.length - 1] == ',')
		return record_fail(p, span_skip(text, text.length - 1),
				   "Do not separate mechanisms with commas");
	return parsed;
}

/* ---- the reader ---- */

bool record_is_spf(struct span text)
{
	static const char version[] = "v=spf1";

	if (text.length < VERSION_LENGTH ||
	    !span_equal_nocase(span_take(text, VERSION_LENGTH), span_of(version)))
		return false;
	return text.length == VERSION_LENGTH || text.data[VERSION_LENGTH] == ' ';
}

void record_begin(struct record_reader *reader, struct span text)
{
	*reader = (struct record_reader){ .text = text, .offset = VERSION_LENGTH };
}

/* Takes the next term off *rest; spaces alone separate terms. Empty at the end. */
static struct span next_term(struct span *rest)
{
	const char *begin = rest->data, *end = rest->data + rest->length, *space;

	while (begin < end && *begin == ' ')
		begin++;
	/* Terms are short, and a hostile record has 30,000: memchr() would take longer. */
	for (space = begin; space < end && *space != ' '; space++)
		;
	*rest = span_between(space, end);
	return span_between(begin, space);
}

enum record_status record_next(struct record_reader *reader, struct record_term *term,
			       struct record_error *error)
{
	struct record_parse p = { reader->text, term, error };
	struct span rest = span_skip(reader->text, reader->offset), text = next_term(&rest);

	if (text.length == 0)
		return RECORD_END;
	*term = (struct record_term){ .qualifier = '+', .prefix4 = 32, .prefix6 = 128 };
	term->text = text;
	if (!parse_term(&p, reader))
		return RECORD_ERROR;
	reader->offset = reader->text.length - rest.length;
	reader->seen_redirect = reader->seen_redirect || term->mechanism == RECORD_REDIRECT;
	reader->seen_exp = reader->seen_exp || term->mechanism == RECORD_EXP;
	return RECORD_TERM;
}

void record_skip(struct record_reader *reader)
{
	struct span rest = span_skip(reader->text, reader->offset);

	next_term(&rest);
	reader->offset = reader->text.length - rest.length;
}

bool record_counts(enum record_mechanism mechanism)
{
	return table[mechanism].counts;
}

const char *record_mechanism_name(enum record_mechanism mechanism)
{
	return table[mechanism].name;
}
