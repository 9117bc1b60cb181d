/* SPDX-License-Identifier: MIT */
#include "rewrite_parts.h"

#include "base/address.h"

enum { MECHANISMS = 8 }; /* of the names; modifiers follow */

const char *const rewrite_names[] = { "all", "include", "a",	    "mx",  "ptr", "ip4",
				      "ip6", "exists",	"redirect", "exp", NULL };

bool rewrite_has_term(struct span terms, struct span term)
{
	struct span known;

	while ((known = span_next(&terms, " ")).length > 0)
		if (span_equal_nocase(known, term))
			return true;
	return false;
}

bool rewrite_is_mechanism(struct span name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (span_is_nocase(name, rewrite_names[i]))
			return true;
	return false;
}

bool rewrite_is_modifier(struct span name)
{
	for (size_t i = MECHANISMS; rewrite_names[i]; i++)
		if (span_is_nocase(name, rewrite_names[i]))
			return true;
	return false;
}

struct rewrite_parts rewrite_take_apart(struct span text)
{
	struct rewrite_parts parts = { .separator = 0 };
	size_t signs = 0, name;

	while (signs < text.length && ascii_is_in(text.data[signs], "+-~?"))
		signs++;
	parts.qualifier = span_take(text, signs);
	text = span_skip(text, signs);
	name = span_find_any(text, ":=/;,");
	parts.name = span_take(text, name);
	parts.rest = span_skip(text, name);
	if (name < text.length && text.data[name] != '/') {
		parts.separator = text.data[name];
		parts.rest = span_skip(parts.rest, 1);
	}
	return parts;
}

/* "192.0.2.0/24", "2001:db8::1"; 0 when it is neither. */
char rewrite_family_of(struct span text)
{
	struct span host = text, digits = span_of("0");
	struct address address;
	unsigned number;

	span_split_last(text, '/', &host, &digits);
	if (!span_number(digits, &number))
		return 0;
	if (address_parse_as(AF_INET, host, &address))
		return '4';
	return address_parse_as(AF_INET6, host, &address) ? '6' : 0;
}

bool rewrite_append(struct text *out, struct span a, const char *b, struct span c)
{
	text_add(out, a);
	text_string(out, b);
	text_add(out, c);
	return !out->overflow;
}
