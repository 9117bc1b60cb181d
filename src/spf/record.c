/* SPDX-License-Identifier: MIT */
#include "spf/record.h"

#include "spf/macro.h"

enum { VERSION_LENGTH = 6 };	/* of "v=spf1" */

/* One term on its way from text to struct record_term. */
struct parse {
	const struct record_reader *reader;
	struct record_term *term;
	struct record_error *error;
};

/* --- small pieces --------------------------------------------------------------------------- */

static bool is_alpha(char c)
{
	return span_lower(c) >= 'a' && span_lower(c) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool starts_with(struct span s, char c)
{
	return s.length > 0 && s.data[0] == c;
}

static bool ends_with(struct span s, char c)
{
	return s.length > 0 && s.data[s.length - 1] == c;
}

static struct span behind(struct span s, size_t n)
{
	return (struct span){ s.data + n, s.length - n };
}

/* Always false, for the caller to return. */
static bool fail(struct parse *p, struct span where, const char *problem, struct span detail)
{
	struct text text;

	p->error->offset = (size_t)(where.data - p->reader->text.data);
	p->error->length = where.length;
	text_init(&text, p->error->problem, sizeof p->error->problem);
	text_string(&text, problem);
	text_string(&text, ": ");
	text_printable(&text, detail, text.size - text.length - 1);
	return false;
}

static bool fail_term(struct parse *p, struct span where, const char *problem)
{
	return fail(p, where, problem, p->term->text);
}

/* --- domains -------------------------------------------------------------------------------- */

/* `text` starts with the macro, or what should have been one. */
static bool fail_macro(struct parse *p, struct span text)
{
	struct span macro = { text.data, text.length < 2 ? text.length : 2 };
	const char *end = memchr(text.data, '}', text.length);

	if (text.length < 2 || text.data[1] != '{')
		return fail_term(p, macro, "Invalid macro character");
	if (!end)
		return fail_term(p, text, "Macro without closing brace");
	macro.length = (size_t)(end - text.data) + 1;
	if (!memchr("slodiphvcrt", span_lower(macro.data[2]), 11))
		return fail(p, macro, "Unknown Macro Encountered", macro);
	if (memchr("crt", span_lower(macro.data[2]), 3))
		return fail(p, macro, "c,r,t macros allowed in exp= text only", macro);
	return fail(p, macro, "Invalid macro", macro);
}

static bool check_macros(struct parse *p, struct span text, enum macro_use use)
{
	size_t where;
	struct span rest;

	if (macro_check(text, use, &where))
		return true;
	rest = behind(text, where);
	if (starts_with(rest, '%'))
		return fail_macro(p, rest);
	return fail(p, rest, "Invalid domain found (use FQDN)", text);
}

/* ":" domain-spec, with nothing behind it. */
static bool parse_domain(struct parse *p, struct span args)
{
	p->term->target = behind(args, 1);
	if (p->term->target.length == 0)
		return fail_term(p, p->term->text, "empty domain");
	return check_macros(p, p->term->target, MACRO_DOMAIN);
}

/* --- prefix lengths ------------------------------------------------------------------------- */

/*
 * Cuts `mark` and the digits behind it from the end of *s. No domain-spec and no address ends so:
 * what a macro may hold of it has a brace behind it.
 */
static bool cut_digits(struct span *s, const char *mark, struct span *digits)
{
	size_t begin = s->length, length = strlen(mark);

	while (begin > 0 && is_digit(s->data[begin - 1]))
		begin--;
	if (begin == s->length || begin < length ||
	    memcmp(s->data + begin - length, mark, length) != 0)
		return false;
	*digits = behind(*s, begin);
	s->length = begin - length;
	return true;
}

static bool parse_prefix(struct span digits, unsigned max, unsigned *prefix)
{
	*prefix = 0;
	if (digits.length > 3 || (digits.length > 1 && digits.data[0] == '0'))
		return false;
	for (size_t i = 0; i < digits.length; i++)
		*prefix = *prefix * 10 + (unsigned)(digits.data[i] - '0');
	return *prefix <= max;
}

/* dual-cidr-length, from the end of *args. */
static bool parse_dual_prefix(struct parse *p, struct span *args)
{
	struct span digits;

	if (cut_digits(args, "//", &digits) && !parse_prefix(digits, 128, &p->term->prefix6))
		return fail_term(p, digits, "Invalid IP6 CIDR length");
	if (cut_digits(args, "/", &digits) && !parse_prefix(digits, 32, &p->term->prefix4))
		return fail_term(p, digits, "Invalid IP4 CIDR length");
	return true;
}

/* --- mechanisms ----------------------------------------------------------------------------- */

/* Each is given what stands behind the name: nothing, or something that starts with ":" or "/". */

static bool parse_all(struct parse *p, struct span args)
{
	if (args.length == 0)
		return true;
	if (starts_with(args, '/'))
		return fail_term(p, args, "CIDR not allowed");
	return fail_term(p, args,
			 "Invalid all mechanism format - only qualifier allowed with all");
}

static bool parse_ptr(struct parse *p, struct span args)
{
	struct span digits, rest = args;

	if (args.length == 0)
		return true;
	if (cut_digits(&rest, "/", &digits))
		return fail_term(p, behind(args, rest.length), "CIDR not allowed");
	if (starts_with(args, '/'))
		return fail_term(p, args, "CIDR not allowed");
	return parse_domain(p, args);
}

static bool parse_include(struct parse *p, struct span args)
{
	if (args.length == 0)
		return fail_term(p, p->term->text, "include mechanism missing domain");
	return parse_ptr(p, args);
}

static bool parse_exists(struct parse *p, struct span args)
{
	if (args.length == 0)
		return fail_term(p, p->term->text, "implicit exists not allowed");
	return parse_ptr(p, args);
}

static bool is_ip4_address(struct span text)
{
	struct address address;

	return address_parse_as(AF_INET, text, &address);
}

static bool parse_a(struct parse *p, struct span args)
{
	if (!parse_dual_prefix(p, &args))
		return false;
	if (args.length == 0)
		return true;
	if (starts_with(args, '/'))
		return fail_term(p, args, "Invalid CIDR length");
	if (is_ip4_address(behind(args, 1)))
		return fail_term(p, behind(args, 1), "Use the ip4 mechanism for ip4 addresses");
	return parse_domain(p, args);
}

static bool parse_network(struct parse *p, struct span args, sa_family_t family,
			  const char *bad_address, const char *bad_prefix)
{
	struct network *network = &p->term->network;
	struct span digits;
	bool has_prefix = cut_digits(&args, "/", &digits);

	network->prefix = family == AF_INET ? 32 : 128;
	if (has_prefix && !parse_prefix(digits, network->prefix, &network->prefix))
		return fail_term(p, digits, bad_prefix);
	if (args.length < 2 || args.data[0] != ':')
		return fail_term(p, p->term->text, bad_address);
	args = behind(args, 1);
	if (has_prefix && ends_with(args, '/'))
		return fail_term(p, behind(args, args.length - 1), "Dual CIDR not allowed");
	if (!address_parse_as(family, args, &network->address))
		return fail_term(p, args, bad_address);
	return true;
}

static bool parse_ip4(struct parse *p, struct span args)
{
	return parse_network(p, args, AF_INET, "Invalid IP4 address", "Invalid IP4 CIDR length");
}

static bool parse_ip6(struct parse *p, struct span args)
{
	return parse_network(p, args, AF_INET6, "Invalid IP6 address", "Invalid IP6 CIDR length");
}

static const struct {
	const char *name;
	bool counts;			/* section 4.6.4 */
	bool (*parse)(struct parse *p, struct span args);	/* NULL for modifiers */
} table[] = {
	[RECORD_ALL] = { "all", false, parse_all },
	[RECORD_INCLUDE] = { "include", true, parse_include },
	[RECORD_A] = { "a", true, parse_a },
	[RECORD_MX] = { "mx", true, parse_a },
	[RECORD_PTR] = { "ptr", true, parse_ptr },
	[RECORD_IP4] = { "ip4", false, parse_ip4 },
	[RECORD_IP6] = { "ip6", false, parse_ip6 },
	[RECORD_EXISTS] = { "exists", true, parse_exists },
	[RECORD_REDIRECT] = { "redirect", true, NULL },
	[RECORD_EXP] = { "exp", false, NULL },
	[RECORD_UNKNOWN_MODIFIER] = { "unknown-modifier", false, NULL },
};

/* --- terms ---------------------------------------------------------------------------------- */

/* Among `first`..`last`; `last` + 1 when there is none. */
static enum record_mechanism find_name(struct span name, enum record_mechanism first,
				       enum record_mechanism last)
{
	unsigned i = first;

	while (i <= last && !span_equal_nocase(name, span_of(table[i].name)))
		i++;
	return (enum record_mechanism)i;
}

/* A bare address is a common mistake. */
static bool fail_unknown(struct parse *p, struct span name)
{
	if (name.length == 0)
		return fail_term(p, p->term->text, "Unknown mechanism found");
	return fail_term(p, name, is_ip4_address(name) ? "Missing IP4" : "Unknown mechanism found");
}

static bool parse_directive(struct parse *p)
{
	struct span directive = p->term->text, name;
	size_t length = 0;

	if (memchr("+-~?", directive.data[0], 4)) {
		p->term->qualifier = directive.data[0];
		directive = behind(directive, 1);
	}
	while (length < directive.length && directive.data[length] != ':' &&
	       directive.data[length] != '/')
		length++;
	name = (struct span){ directive.data, length };
	p->term->mechanism = find_name(name, RECORD_ALL, RECORD_EXISTS);
	if (p->term->mechanism > RECORD_EXISTS)
		return fail_unknown(p, name);
	return table[p->term->mechanism].parse(p, behind(directive, length));
}

static bool parse_modifier(struct parse *p, struct span name)
{
	const struct record_reader *reader = p->reader;
	struct record_term *term = p->term;
	struct span value = behind(term->text, name.length + 1);

	term->mechanism = find_name(name, RECORD_REDIRECT, RECORD_EXP);
	term->target = value;
	if (term->mechanism == RECORD_UNKNOWN_MODIFIER)
		return check_macros(p, value, MACRO_STRING);
	if (term->mechanism == RECORD_REDIRECT && reader->seen_redirect)
		return fail_term(p, term->text, "redirect= MUST appear at most once");
	if (term->mechanism == RECORD_EXP && reader->seen_exp)
		return fail_term(p, term->text, "exp= MUST appear at most once");
	if (value.length == 0)
		return fail_term(p, term->text, term->mechanism == RECORD_EXP ?
				 "exp has empty domain-spec" : "redirect has empty domain");
	return check_macros(p, value, MACRO_DOMAIN);
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), before "=". Empty when this is a directive. */
static struct span modifier_name(struct span term)
{
	size_t i = 0;

	while (i < term.length && (is_alpha(term.data[i]) ||
				   (i > 0 && (is_digit(term.data[i]) ||
					      memchr("-_.", term.data[i], 3)))))
		i++;
	if (i == term.length || term.data[i] != '=')
		i = 0;
	return (struct span){ term.data, i };
}

static bool parse_term(struct parse *p)
{
	struct span text = p->term->text;
	struct span name = modifier_name(text);
	bool parsed;

	/* Every term is of visible ASCII, and lists of terms are separated by spaces alone. */
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return fail_term(p, (struct span){ text.data + i, 1 }, "Invalid character");
	if (name.length > 0)
		return parse_modifier(p, name);
	parsed = parse_directive(p);
	if (!parsed && ends_with(text, ','))
		return fail_term(p, behind(text, text.length - 1),
				 "Do not separate mechanisms with commas");
	return parsed;
}

/* --- the reader ----------------------------------------------------------------------------- */

bool record_is_spf(struct span text)
{
	static const char version[] = "v=spf1";

	if (text.length < VERSION_LENGTH ||
	    !span_equal_nocase((struct span){ text.data, VERSION_LENGTH }, span_of(version)))
		return false;
	return text.length == VERSION_LENGTH || text.data[VERSION_LENGTH] == ' ';
}

void record_begin(struct record_reader *reader, struct span text)
{
	*reader = (struct record_reader){ .text = text, .offset = VERSION_LENGTH };
}

enum record_status record_next(struct record_reader *reader, struct record_term *term,
			       struct record_error *error)
{
	struct parse p = { reader, term, error };
	size_t begin = reader->offset, end;

	while (begin < reader->text.length && reader->text.data[begin] == ' ')
		begin++;
	if (begin == reader->text.length)
		return RECORD_END;
	for (end = begin; end < reader->text.length && reader->text.data[end] != ' '; end++)
		;
	*term = (struct record_term){ .qualifier = '+', .prefix4 = 32, .prefix6 = 128 };
	term->text = (struct span){ reader->text.data + begin, end - begin };
	if (!parse_term(&p))
		return RECORD_ERROR;
	reader->offset = end;
	reader->seen_redirect = reader->seen_redirect || term->mechanism == RECORD_REDIRECT;
	reader->seen_exp = reader->seen_exp || term->mechanism == RECORD_EXP;
	return RECORD_TERM;
}

bool record_counts(enum record_mechanism mechanism)
{
	return table[mechanism].counts;
}

const char *record_mechanism_name(enum record_mechanism mechanism)
{
	return table[mechanism].name;
}
