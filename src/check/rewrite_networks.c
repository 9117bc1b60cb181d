/* SPDX-License-Identifier: MIT */
#include "rewrite_mistakes.h"

#include "base/address.h"
#include "ranges.h"

bool rewrite_add_name(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span address = span_skip(text, parts.qualifier.length);
	char family = rewrite_family_of(address);

	return family &&
	       rewrite_append(out, parts.qualifier, family == '4' ? "ip4:" : "ip6:", address);
}

/* An address goes with the mechanism of its family, a name with a. */
bool rewrite_correct_mechanism(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	char family = rewrite_family_of(parts.rest);
	bool network = span_is_nocase(parts.name, "ip4") || span_is_nocase(parts.name, "ip6");
	struct span host = span_take(parts.rest, span_find(parts.rest, '/')), last = host, before;

	if (parts.separator != ':' || !rewrite_is_mechanism(parts.name))
		return false;
	if (family)
		return rewrite_append(out, parts.qualifier,
				      family == '4' ? "ip4:" : "ip6:", parts.rest);
	span_split_last(host, '.', &before, &last);
	return network && span_contains(host, '.') && !span_contains(host, ':') &&
	       span_all(last, ascii_is_letter) && last.length > 1 &&
	       rewrite_append(out, parts.qualifier, "a:", parts.rest);
}

bool rewrite_drop_brackets(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	size_t end = span_find(parts.rest, ']');

	if (parts.rest.length == 0 || parts.rest.data[0] != '[' || end == parts.rest.length)
		return false;
	text_add(out, span_take(text, text.length - parts.rest.length));
	return rewrite_append(out, span_skip(span_take(parts.rest, end), 1), "",
			      span_skip(parts.rest, end + 1));
}

/* "192.0.2.0/255.255.255.0" */
bool rewrite_read_netmask(struct span text, struct text *out)
{
	struct span before, mask;
	struct address address;
	uint32_t bits;

	if (!span_split_last(text, '/', &before, &mask) ||
	    !address_parse_as(AF_INET, mask, &address))
		return false;
	bits = (uint32_t)address.bytes[0] << 24 | (uint32_t)address.bytes[1] << 16 |
	       (uint32_t)address.bytes[2] << 8 | address.bytes[3];
	if (bits == 0 || (~bits & (~bits + 1)) != 0)
		return false;
	text_add(out, before);
	text_format(out, "/%d", __builtin_popcount(bits));
	return !out->overflow;
}

/* Zeros before a number of an IPv4 address or a prefix length. */
bool rewrite_drop_zeros(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	size_t start = text.length - parts.rest.length;
	bool network = span_is_nocase(parts.name, "ip4"), found = false;

	text_add(out, span_take(text, start));
	for (size_t i = start; i < text.length; i++) {
		bool first = i > 0 && !ascii_is_digit(text.data[i - 1]);
		bool more = i + 1 < text.length && ascii_is_digit(text.data[i + 1]);
		bool dual = i > 0 && text.data[i - 1] == '/';

		if (text.data[i] == '0' && (first || found) && more && (network || dual) &&
		    (i == 0 || !ascii_is_digit(text.data[i - 1]) || text.data[i - 1] == '0'))
			found = true;
		else
			text_char(out, text.data[i]);
	}
	return found && !out->overflow;
}

/* "192.0.2.*" and "192.0.2/24": octets that are left out are zero, if the prefix length does without. */
bool rewrite_complete_octets(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span rest = parts.rest, digits = { "", 0 }, octet;
	unsigned count = 0, value, prefix = 0;
	bool has_prefix, star = false;

	if (!span_is_nocase(parts.name, "ip4") || parts.separator != ':')
		return false;
	has_prefix = span_split(parts.rest, '/', &rest, &digits) && span_number(digits, &prefix);
	text_add(out, span_take(text, text.length - parts.rest.length));
	while ((octet = span_next(&rest, ".")).length > 0) {
		if (span_is(octet, "*") || span_is_nocase(octet, "x")) {
			star = true;
		} else if (star || !span_number(octet, &value) || value > 255) {
			return false;
		} else {
			text_format(out, count ? ".%u" : "%u", value);
			count++;
		}
	}
	if (count == 0 || count > 3 || star == has_prefix || (has_prefix && prefix > 8 * count))
		return false;
	prefix = has_prefix ? prefix : 8 * count;
	for (; count < 4; count++)
		text_string(out, ".0");
	text_format(out, "/%u", prefix);
	return !out->overflow;
}

/* "/24/64" is for IPv4 and IPv6: "/24//64". With ip6, "//64" is one too many. */
bool rewrite_correct_dual(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	bool network = span_is_nocase(parts.name, "ip4") || span_is_nocase(parts.name, "ip6");
	struct span before, last, middle, first;
	unsigned number;

	if (!span_split_last(text, '/', &before, &last) || !span_number(last, &number) ||
	    !span_split_last(before, '/', &first, &middle))
		return false;
	if (middle.length == 0 && network)
		return rewrite_append(out, first, "/", last);
	return !network && span_number(middle, &number) && rewrite_append(out, before, "//", last);
}

bool rewrite_backslash_is_slash(struct span text, struct text *out)
{
	size_t at = span_find_last(text, '\\');
	unsigned number;

	return at < text.length && span_number(span_skip(text, at + 1), &number) &&
	       rewrite_append(out, span_take(text, at), "/", span_skip(text, at + 1));
}

/* "a:24" */
bool rewrite_colon_is_slash(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	unsigned number;

	return parts.separator == ':' &&
	       (span_is_nocase(parts.name, "a") || span_is_nocase(parts.name, "mx")) &&
	       span_number(parts.rest, &number) && number <= 32 &&
	       rewrite_append(out, span_take(text, text.length - parts.rest.length - 1), "/",
			      parts.rest);
}

/* "192.0.2.1-192.0.2.9", "192.0.2.1-9" */
static bool parse_range(struct span text, struct range *range)
{
	struct span first, last, before, octet;
	struct address from, to;
	unsigned number;

	if (!span_split(text, '-', &first, &last) || !address_parse_as(AF_INET, first, &from))
		return false;
	if (span_number(last, &number)) {
		if (number > 255 || !span_split_last(first, '.', &before, &octet))
			return false;
		to = from;
		to.bytes[3] = (uint8_t)number;
	} else if (!address_parse_as(AF_INET, last, &to)) {
		return false;
	}
	*range = (struct range){ .family = AF_INET };
	memcpy(range->first, from.bytes, 4);
	memcpy(range->last, to.bytes, 4);
	return memcmp(range->first, range->last, 4) < 0;
}

/* The networks that a range of addresses is. */
bool rewrite_read_range(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	char storage[ADDRESS_TEXT_MAX];
	struct network network;
	struct range range;

	if (!span_is_nocase(parts.name, "ip4") || !parse_range(parts.rest, &range))
		return false;
	while (ranges_next_network(&range, &network)) {
		text_string(out, out->length ? " " : "");
		text_add(out, parts.qualifier);
		text_format(out, "ip4:%s", address_format(&network.address, storage));
		if (network.prefix < 32)
			text_format(out, "/%u", network.prefix);
	}
	return !out->overflow;
}

/* "192.0.2.1.", "192.0.2.0./24", "a:shop.example/24/" */
bool rewrite_drop_end(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	bool network = span_is_nocase(parts.name, "ip4");
	struct span host, kept = parts.rest;
	size_t slash;

	if (kept.length > 1 && kept.data[kept.length - 1] == '/')
		kept.length--;
	slash = span_find(kept, '/');
	host = span_take(kept, slash);
	text_add(out, span_take(text, text.length - parts.rest.length));
	if (network && host.length > 1 && host.data[host.length - 1] == '.')
		host.length--;
	return rewrite_append(out, host, "", span_skip(kept, slash)) &&
	       host.length + kept.length - slash < parts.rest.length;
}
