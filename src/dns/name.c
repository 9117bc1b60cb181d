/* SPDX-License-Identifier: MIT */
#include "dns/name.h"

#include <idn2.h>

enum {
	NAME_LENGTH_MAX = 253,
	LABEL_LENGTH_MAX = 63,
	/* Each byte of an A-label stands for at most one character of at most four bytes. More than a
	   label may stand here: other characters are dots to UTS 46. */
	LABEL_UTF8_MAX = 4 * NAME_LENGTH_MAX,
};

static struct span without_dot(struct span name)
{
	return span_without_last(name, '.');
}

static bool is_host_byte(char c)
{
	return ascii_is_atext(c) || c == ':';
}

static bool is_any_byte(char c)
{
	return c != '\0';
}

/* Labels of the right sizes made of such bytes, and no trailing dot. */
static bool is_name(struct span name, bool (*is_allowed)(char c))
{
	size_t label = 0;

	if (name.length == 0 || name.length > NAME_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < name.length; i++) {
		if (name.data[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (++label > LABEL_LENGTH_MAX || !is_allowed(name.data[i])) {
			return false;
		}
	}
	return label > 0;
}

/* At least two labels, and the last is not a number: an address is not a name. */
static bool is_qualified(struct span name)
{
	bool numeric = true;

	for (size_t i = name.length; i > 0; i--) {
		if (name.data[i - 1] == '.')
			return !numeric;
		numeric = numeric && ascii_is_digit(name.data[i - 1]);
	}
	return false;
}

/*
 * RFC 5322's dot-atom is the widest form of a domain that mail knows. Letters, digits and hyphens
 * would be too narrow: names with "_" send mail, and what Postfix writes in place of a byte that
 * it does not like is "?".
 */
static bool keep_domain(struct span domain, char *out)
{
	return is_name(domain, ascii_is_atext) && is_qualified(domain) &&
	       span_string(domain, out, DNS_NAME_MAX);
}

/* A name on its way to A-labels: as long as it may be, and a trailing dot. */
struct conversion {
	char bytes[NAME_LENGTH_MAX + 1];
	size_t length;
};

static bool append(struct conversion *name, struct span piece)
{
	if (piece.length > sizeof(name->bytes) - name->length)
		return false;
	memcpy(name->bytes + name->length, piece.data, piece.length);
	name->length += piece.length;
	return true;
}

static bool append_u_label(struct conversion *name, struct span label)
{
	char input[LABEL_UTF8_MAX + 1];
	uint8_t *ascii;
	bool fits;

	if (!span_string(label, input, sizeof(input)) ||
	    idn2_lookup_u8((const uint8_t *)input, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
		    IDN2_OK)
		return false;
	fits = append(name, span_of((const char *)ascii));
	idn2_free(ascii);
	return fits;
}

/*
 * Label by label, so that the rules for U-labels do not reach the ASCII labels beside them: "ab--c"
 * is no reason to give a domain up. The mapping of UTS 46 can make any ASCII character, dots
 * included, out of others; so what comes out is looked at like everything else.
 */
static bool convert_domain(struct span domain, char *out)
{
	struct conversion name = { .length = 0 };

	for (size_t end; domain.length > 0; domain = span_skip(domain, end)) {
		struct span label = span_take(domain, span_find(domain, '.'));

		if (!(span_all(label, ascii_is_ascii) ? append(&name, label) :
							append_u_label(&name, label)))
			return false;
		end = label.length + (label.length < domain.length);
		if (end > label.length && !append(&name, span_of(".")))
			return false;
	}
	return keep_domain(without_dot((struct span){ name.bytes, name.length }), out);
}

bool name_from_identity(struct span domain, char *out)
{
	if (!span_all(domain, ascii_is_ascii))
		return convert_domain(domain, out);
	return keep_domain(without_dot(domain), out);
}

bool name_is_valid_query(struct span name)
{
	return is_name(without_dot(name), is_any_byte);
}

bool name_is_host(struct span name)
{
	return is_name(name, is_host_byte);
}

bool name_is_within(struct span name, struct span domain)
{
	struct span end;

	name = without_dot(name);
	domain = without_dot(domain);
	if (domain.length == 0 || name.length < domain.length)
		return false;
	end = span_skip(name, name.length - domain.length);
	return span_equal_nocase(end, domain) &&
	       (name.length == domain.length || end.data[-1] == '.');
}

const char *name_library_version(void)
{
	return idn2_check_version(NULL);
}
