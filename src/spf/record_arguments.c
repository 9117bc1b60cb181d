/* SPDX-License-Identifier: MIT */
#include "record_arguments.h"

#include "base/text.h"

/* ---- errors ---- */

static bool fail(struct record_parse *p, struct span where, const char *problem, struct span detail)
{
	struct text text;

	p->error->offset = (size_t)(where.data - p->record.data);
	p->error->length = where.length;
	text_init(&text, p->error->problem, sizeof(p->error->problem));
	text_string(&text, problem);
	text_string(&text, ": ");
	text_printable(&text, detail, text.size - text.length - 1);
	return false;
}

bool record_fail(struct record_parse *p, struct span where, const char *problem)
{
	return fail(p, where, problem, p->term->text);
}

/* ---- domains ---- */

/* `text` starts with the macro, or what should have been one. */
static bool fail_macro(struct record_parse *p, struct span text)
{
	struct span macro = { text.data, text.length < 2 ? text.length : 2 };
	const char *end = memchr(text.data, '}', text.length);

	if (text.length < 2 || text.data[1] != '{')
		return record_fail(p, macro, "Invalid macro character");
	if (!end)
		return record_fail(p, text, "Macro without closing brace");
	macro.length = (size_t)(end - text.data) + 1;
	if (!ascii_is_in(ascii_lower(macro.data[2]), "slodiphvcrt"))
		return fail(p, macro, "Unknown Macro Encountered", macro);
	if (ascii_is_in(ascii_lower(macro.data[2]), "crt"))
		return fail(p, macro, "c,r,t macros allowed in exp= text only", macro);
	return fail(p, macro, "Invalid macro", macro);
}

bool record_check_macros(struct record_parse *p, struct span text, enum macro_use use)
{
	size_t where;
	struct span rest;

	if (macro_check(text, use, &where))
		return true;
	rest = span_skip(text, where);
	if (span_starts_with(rest, "%"))
		return fail_macro(p, rest);
	return fail(p, rest, "Invalid domain found (use FQDN)", text);
}

/* ":" domain-spec, with nothing after it. */
static bool parse_domain(struct record_parse *p, struct span args)
{
	p->term->target = span_skip(args, 1);
	if (p->term->target.length == 0)
		return record_fail(p, p->term->text, "empty domain");
	return record_check_macros(p, p->term->target, MACRO_DOMAIN);
}

/* ---- prefix lengths ---- */

/*
 * Cuts `mark` and the digits after it from the end of *s. No domain-spec and no address ends so:
 * what a macro may hold of it has a brace after it.
 */
static bool cut_digits(struct span *s, const char *mark, struct span *digits)
{
	size_t begin = s->length, length = strlen(mark);

	while (begin > 0 && ascii_is_digit(s->data[begin - 1]))
		begin--;
	if (begin == s->length || begin < length ||
	    memcmp(s->data + begin - length, mark, length) != 0)
		return false;
	*digits = span_skip(*s, begin);
	s->length = begin - length;
	return true;
}

static bool parse_prefix(struct span digits, unsigned max, unsigned *prefix)
{
	return (digits.length == 1 || digits.data[0] != '0') && span_number(digits, prefix) &&
	       *prefix <= max;
}

/* dual-cidr-length, from the end of *args. */
static bool parse_dual_prefix(struct record_parse *p, struct span *args)
{
	struct span digits;

	if (cut_digits(args, "//", &digits) && !parse_prefix(digits, 128, &p->term->prefix6))
		return record_fail(p, digits, "Invalid IP6 CIDR length");
	if (cut_digits(args, "/", &digits) && !parse_prefix(digits, 32, &p->term->prefix4))
		return record_fail(p, digits, "Invalid IP4 CIDR length");
	return true;
}

/* ---- mechanisms ---- */

static bool parse_all(struct record_parse *p, struct span args)
{
	if (args.length == 0)
		return true;
	if (args.data[0] == '/')
		return record_fail(p, args, "CIDR not allowed");
	return record_fail(p, args,
			   "Invalid all mechanism format - only qualifier allowed with all");
}

static bool parse_ptr(struct record_parse *p, struct span args)
{
	struct span digits, rest = args;

	if (args.length == 0)
		return true;
	if (cut_digits(&rest, "/", &digits))
		return record_fail(p, span_skip(args, rest.length), "CIDR not allowed");
	if (args.data[0] == '/')
		return record_fail(p, args, "CIDR not allowed");
	return parse_domain(p, args);
}

static bool parse_include(struct record_parse *p, struct span args)
{
	if (args.length == 0)
		return record_fail(p, p->term->text, "include mechanism missing domain");
	return parse_ptr(p, args);
}

static bool parse_exists(struct record_parse *p, struct span args)
{
	if (args.length == 0)
		return record_fail(p, p->term->text, "implicit exists not allowed");
	return parse_ptr(p, args);
}

bool record_is_ip4_address(struct span text)
{
	struct address address;

	return address_parse_as(AF_INET, text, &address);
}

static bool parse_a(struct record_parse *p, struct span args)
{
	if (!parse_dual_prefix(p, &args))
		return false;
	if (args.length == 0)
		return true;
	if (args.data[0] == '/')
		return record_fail(p, args, "Invalid CIDR length");
	if (record_is_ip4_address(span_skip(args, 1)))
		return record_fail(p, span_skip(args, 1),
				   "Use the ip4 mechanism for ip4 addresses");
	return parse_domain(p, args);
}

static bool parse_network(struct record_parse *p, struct span args, sa_family_t family,
			  const char *bad_address, const char *bad_prefix)
{
	struct network *network = &p->term->network;
	struct span digits;
	bool has_prefix = cut_digits(&args, "/", &digits);

	network->prefix = family == AF_INET ? 32 : 128;
	if (has_prefix && !parse_prefix(digits, network->prefix, &network->prefix))
		return record_fail(p, digits, bad_prefix);
	if (args.length < 2 || args.data[0] != ':')
		return record_fail(p, p->term->text, bad_address);
	args = span_skip(args, 1);
	if (has_prefix && span_without_last(args, '/').length < args.length)
		return record_fail(p, span_skip(args, args.length - 1), "Dual CIDR not allowed");
	if (!address_parse_as(family, args, &network->address))
		return record_fail(p, args, bad_address);
	return true;
}

bool record_parse_arguments(struct record_parse *p, struct span args)
{
	switch (p->term->mechanism) {
	case RECORD_ALL: return parse_all(p, args);
	case RECORD_INCLUDE: return parse_include(p, args);
	case RECORD_A:
	case RECORD_MX: return parse_a(p, args);
	case RECORD_PTR: return parse_ptr(p, args);
	case RECORD_IP4:
		return parse_network(p, args, AF_INET, "Invalid IP4 address",
				     "Invalid IP4 CIDR length");
	case RECORD_IP6:
		return parse_network(p, args, AF_INET6, "Invalid IP6 address",
				     "Invalid IP6 CIDR length");
	case RECORD_EXISTS: return parse_exists(p, args);
	case RECORD_REDIRECT:
	case RECORD_EXP:
	case RECORD_UNKNOWN_MODIFIER: break;
	}
	return false;
}
