/* SPDX-License-Identifier: MIT */
#include "spf/name.h"

#include <idn2.h>

enum {
	NAME_LENGTH_MAX = 253,
	LABEL_LENGTH_MAX = 63,
	/* Each byte of an A-label stands for one character at most, of four bytes of UTF-8 at most. */
	UNICODE_LENGTH_MAX = 4 * (NAME_LENGTH_MAX + 1),
};

static struct span without_dot(struct span name)
{
	if (name.length > 0 && name.data[name.length - 1] == '.')
		name.length--;
	return name;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alphanum(char c)
{
	char lower = span_lower(c);

	return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

/* RFC 5322 section 3.2.3. */
static bool is_atext(char c)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";

	return is_alphanum(c) || memchr(others, c, sizeof others - 1) != NULL;
}

static bool is_host_byte(char c)
{
	return is_alphanum(c) || c == '-' || c == '_';
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
		numeric = numeric && is_digit(name.data[i - 1]);
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
	if (!is_name(domain, is_atext) || !is_qualified(domain))
		return false;
	memcpy(out, domain.data, domain.length);
	out[domain.length] = '\0';
	return true;
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] > 0x7f)
			return false;
	return true;
}

/* The mapping of UTS 46 can make any ASCII character out of others, so that what comes out is
 * looked at like everything else. */
static bool convert_domain(struct span domain, char *out)
{
	uint8_t input[UNICODE_LENGTH_MAX + 1];
	uint8_t *ascii;
	bool kept;

	if (domain.length > UNICODE_LENGTH_MAX || memchr(domain.data, '\0', domain.length))
		return false;
	memcpy(input, domain.data, domain.length);
	input[domain.length] = '\0';
	if (idn2_lookup_u8(input, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	kept = keep_domain(without_dot(span_of((const char *)ascii)), out);
	idn2_free(ascii);
	return kept;
}

bool name_from_identity(struct span domain, char *out)
{
	if (!is_ascii(domain))
		return convert_domain(domain, out);
	return keep_domain(without_dot(domain), out);
}

bool name_is_askable(struct span name)
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
	end = (struct span){ name.data + name.length - domain.length, domain.length };
	return span_equal_nocase(end, domain) &&
	       (name.length == domain.length || end.data[-1] == '.');
}
