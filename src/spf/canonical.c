/* SPDX-License-Identifier: MIT */
#include "canonical.h"

static void write_prefix(struct text *out, const struct record_term *term, sa_family_t family)
{
	/* libspf2 refuses "/0": whoever answers for the term makes any address match instead. */
	if (family == AF_INET && term->prefix4 > 0 && term->prefix4 < 32)
		text_format(out, "/%u", term->prefix4);
	if (family == AF_INET6 && term->prefix6 > 0 && term->prefix6 < 128)
		text_format(out, "//%u", term->prefix6);
}

static void write_term(struct text *out, const struct record_term *term, sa_family_t family,
		       unsigned number, bool broken)
{
	enum record_mechanism mechanism = term->mechanism;

	/* The validated names of a ptr are our work: what is left of it is a yes or no. */
	if (mechanism == RECORD_PTR)
		mechanism = RECORD_EXISTS;
	if (broken)
		mechanism = RECORD_INCLUDE;
	text_format(out, " %c%s:T%u", term->qualifier, record_mechanism_name(mechanism), number);
	if (mechanism == RECORD_A || mechanism == RECORD_MX)
		write_prefix(out, term, family);
}

void canonical_write(struct text *out, const struct parsed_record *p, sa_family_t family,
		     unsigned first, size_t broken)
{
	text_string(out, "v=spf1");
	for (size_t i = 0; i < p->count; i++)
		write_term(out, &p->terms[i], family, first + (unsigned)i, i == broken);
	if (p->has_terminal)
		text_format(out, " %call", p->terminal.qualifier);
	else if (p->has_redirect)
		text_format(out, " redirect=T%u", first + (unsigned)p->count);
}
