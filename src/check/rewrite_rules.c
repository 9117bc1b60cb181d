/* SPDX-License-Identifier: MIT */
#include "rewrite_rules.h"

#include "base/address.h"
#include "base/nearest.h"

static const char *const mechanisms[] = {
	"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"
};
static const char *const modifiers[] = { "redirect", "exp" };

enum {
	MECHANISMS = sizeof(mechanisms) / sizeof(*mechanisms),
	MODIFIERS = sizeof(modifiers) / sizeof(*modifiers),
};

/* ---- taking apart ---- */

static bool is_one_of(char c, const char *set)
{
	return memchr(set, c, strlen(set)) != NULL;
}

static bool is_among(struct span name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_is_nocase(name, words[i]))
			return true;
	return false;
}

bool rewrite_is_mechanism(struct span name)
{
	return is_among(name, mechanisms, MECHANISMS);
}

bool rewrite_is_modifier(struct span name)
{
	return is_among(name, modifiers, MODIFIERS);
}

struct rewrite_parts rewrite_take_apart(struct span text)
{
	struct rewrite_parts parts = { .separator = 0 };
	size_t signs = 0, name;

	while (signs < text.length && is_one_of(text.data[signs], "+-~?"))
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
static char family_of(struct span text)
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

static bool append(struct text *out, struct span a, const char *b, struct span c)
{
	text_add(out, a);
	text_string(out, b);
	text_add(out, c);
	return !out->overflow;
}

/* ---- bytes that do not belong ---- */

/* A character of UTF-8, or a byte of a code page of Windows, and what stands for it. */
struct replacement {
	const char *bytes, *ascii;
};

static const struct replacement dashes[] = {
	{ "\xe2\x80\x90", "-" }, { "\xe2\x80\x91", "-" }, { "\xe2\x80\x92", "-" },
	{ "\xe2\x80\x93", "-" }, { "\xe2\x80\x94", "-" }, { "\xe2\x80\x95", "-" },
	{ "\xe2\x88\x92", "-" }, { "\xef\xbc\x8d", "-" }, { "\x96", "-" },
	{ "\x97", "-" },	 { NULL, NULL },
};

static const struct replacement quotes[] = {
	{ "\xe2\x80\x98", "" },
	{ "\xe2\x80\x99", "" },
	{ "\xe2\x80\x9c", "" },
	{ "\xe2\x80\x9d", "" },
	{ "\xe2\x80\x9e", "" },
	{ "\x91", "" },
	{ "\x92", "" },
	{ "\x93", "" },
	{ "\x94", "" },
	{ "\"", "" },
	{ "'", "" },
	{ "`", "" },
	{ NULL, NULL },
};

static const struct replacement blanks[] = {
	{ "\t", " " },		 { "\r", " " },		 { "\n", " " },
	{ "\v", " " },		 { "\xc2\xa0", " " },	 { "\xe3\x80\x80", " " },
	{ "\xe2\x80\xaf", " " }, { "\xe2\x80\x8b", "" }, { "\xe2\x80\x8c", "" },
	{ "\xe2\x80\x8d", "" },	 { "\xef\xbb\xbf", "" }, { "\xc2\xad", "" },
	{ "\xa0", " " },	 { NULL, NULL },
};

static const struct replacement backslashes[] = { { "\\", "" }, { NULL, NULL } };

static bool is_high(struct span text, size_t i)
{
	return i < text.length && (text.data[i] & 0x80) != 0;
}

/* A byte of a code page stands among ASCII, not inside a character of UTF-8. */
static const struct replacement *find_replacement(const struct replacement *set, struct span text,
						  size_t i)
{
	for (; set->bytes; set++) {
		size_t length = strlen(set->bytes);
		bool alone = length > 1 || !is_high(text, i) ||
			     !(is_high(text, i + 1) || (i > 0 && is_high(text, i - 1)));

		if (alone && span_starts_with(span_skip(text, i), set->bytes))
			return set;
	}
	return NULL;
}

static bool replace(const struct replacement *set, struct span text, struct text *out)
{
	bool found = false;

	for (size_t i = 0; i < text.length;) {
		const struct replacement *r = find_replacement(set, text, i);

		if (r) {
			text_string(out, r->ascii);
			i += strlen(r->bytes);
			found = true;
		} else {
			text_char(out, text.data[i++]);
		}
	}
	return found && !out->overflow;
}

static bool replace_dashes(struct span text, struct text *out)
{
	return replace(dashes, text, out);
}

static bool drop_quotes(struct span text, struct text *out)
{
	return replace(quotes, text, out);
}

static bool replace_blanks(struct span text, struct text *out)
{
	return replace(blanks, text, out);
}

static bool drop_backslashes(struct span text, struct text *out)
{
	return replace(backslashes, text, out);
}

/* ---- between terms ---- */

static bool drop_punctuation(struct span text, struct text *out)
{
	struct span kept = span_trim(text, ",;");

	if (kept.length == text.length)
		return false;
	text_add(out, kept);
	return true;
}

/* "mx:a.example,b.example": the pieces are terms, or take the name of the first one. */
static bool split_list(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span head, rest = parts.rest, piece;
	bool several = false;

	if (!parts.separator || is_one_of(parts.separator, ",;"))
		rest = text;
	head = span_take(text, text.length - rest.length);
	while ((piece = span_next(&rest, ",;")).length > 0) {
		struct rewrite_parts own = rewrite_take_apart(piece);
		bool is_term = own.separator || own.qualifier.length > 0 ||
			       rewrite_is_mechanism(own.name);

		if (several)
			text_char(out, ' ');
		if (!is_term || !several)
			text_add(out, head);
		text_add(out, piece);
		several = true;
	}
	return several && !out->overflow && span_find_any(text, ",;") < text.length;
}

size_t rewrite_find_glued(struct span text)
{
	static const char *const words[] = { "-all",	  "~all",    "?all", "+all", "include:",
					     "redirect=", "exists:", "ip4:", "ip6:", "v=spf1" };

	for (size_t i = 1; i < text.length; i++) {
		struct span here = span_skip(text, i);
		bool all = here.length == 4;

		if (text.data[i - 1] == ':' || is_one_of(text.data[i - 1], "+-~?"))
			continue;
		for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++)
			if ((w >= 4 || all) && span_starts_with_nocase(here, words[w]))
				return i;
	}
	return text.length;
}

static bool insert_blank(struct span text, struct text *out)
{
	size_t at = rewrite_find_glued(text);

	return at < text.length && append(out, span_take(text, at), " ", span_skip(text, at));
}

bool rewrite_is_version(struct span text)
{
	return span_is_nocase(text, "v=spf1") || span_is_nocase(text, "spf1");
}

static bool drop_version(struct span text, struct text *out)
{
	(void)out;
	return rewrite_is_version(text);
}

/* ---- names and separators ---- */

static const char *alias_of(const struct rewrite_parts *parts)
{
	static const struct replacement aliases[] = {
		{ "ipv4", "ip4" },     { "ip-4", "ip4" }, { "ip_4", "ip4" },
		{ "ip4v", "ip4" },     { "ipv6", "ip6" }, { "ip-6", "ip6" },
		{ "ip_6", "ip6" },     { "aaaa", "a" },	  { "includes", "include" },
		{ "incl", "include" }, { NULL, NULL },
	};
	char family = family_of(parts->rest);

	if (span_is_nocase(parts->name, "ip") || span_is_nocase(parts->name, "ipv"))
		return family == '4' ? "ip4" : family == '6' ? "ip6" : NULL;
	for (size_t i = 0; aliases[i].bytes; i++)
		if (span_is_nocase(parts->name, aliases[i].bytes))
			return aliases[i].ascii;
	return NULL;
}

static void consider(struct nearest *best, bool *tie, const char *word)
{
	unsigned limit = strlen(word) >= 6 ? 2 : 1, distance;

	if (strlen(word) < 3 || best->given.length < 2 || best->given.length > NEAREST_WORD_MAX)
		return;
	distance = nearest_distance(best->given, span_of(word), limit);
	if (distance > limit || distance > best->distance)
		return;
	*tie = distance == best->distance;
	best->distance = distance;
	best->word = word;
}

/* The one name that is near. "mx" and "a" are too short to tell. */
static const char *nearest_name(struct span name)
{
	struct nearest best;
	bool tie = false;

	nearest_init(&best, name);
	for (size_t i = 0; i < MECHANISMS; i++)
		consider(&best, &tie, mechanisms[i]);
	for (size_t i = 0; i < MODIFIERS; i++)
		consider(&best, &tie, modifiers[i]);
	return tie ? NULL : best.word;
}

const char *rewrite_meant_name(const struct rewrite_parts *parts)
{
	const char *name = alias_of(parts);

	if (parts->name.length == 0 || rewrite_is_mechanism(parts->name) ||
	    rewrite_is_modifier(parts->name))
		return NULL;
	return name ? name : nearest_name(parts->name);
}

static bool correct_name(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	const char *name = rewrite_meant_name(&parts);

	return name && append(out, parts.qualifier, name,
			      span_skip(text, parts.qualifier.length + parts.name.length));
}

static bool correct_separator(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	bool modifier = rewrite_is_modifier(parts.name);
	struct span head = span_take(text, text.length - parts.rest.length);

	if (!parts.separator || !(modifier || rewrite_is_mechanism(parts.name)))
		return false;
	if (parts.separator == (modifier ? '=' : ':')) {
		/* "ip4::192.0.2.1", and not "ip6:::1" */
		if (!span_starts_with(parts.rest, ":") && !span_starts_with(parts.rest, "="))
			return false;
		return append(out, head, "", span_skip(parts.rest, 1));
	}
	return append(out, span_take(head, head.length - 1), modifier ? "=" : ":", parts.rest);
}

/* "include:ip4:192.0.2.1", "include:include:a.example" */
static bool drop_outer_name(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct rewrite_parts inner = rewrite_take_apart(parts.rest);

	return parts.separator && inner.separator && rewrite_is_mechanism(parts.name) &&
	       (rewrite_is_mechanism(inner.name) || rewrite_is_modifier(inner.name)) &&
	       append(out, parts.qualifier, "", parts.rest);
}

static bool drop_qualifier(struct span text, struct text *out)
{
	size_t length = rewrite_take_apart(text).qualifier.length;

	for (size_t i = 1; i < length; i++)
		if (text.data[i] != text.data[0])
			return false;
	if (length < 2)
		return false;
	text_add(out, span_skip(text, length - 1));
	return true;
}

static bool drop_empty_argument(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);

	if (!(parts.separator || parts.rest.length == 1) || parts.rest.length > 1 ||
	    (parts.rest.length == 1 && parts.rest.data[0] != '/'))
		return false;
	return append(out, parts.qualifier, "", parts.name);
}

/* ---- domains ---- */

/* "http://a.example/x" is about a.example. */
static bool drop_url(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span rest = parts.rest;

	if (span_starts_with_nocase(rest, "https://"))
		rest = span_skip(rest, 8);
	else if (span_starts_with_nocase(rest, "http://"))
		rest = span_skip(rest, 7);
	else
		return false;
	return append(out, span_take(text, text.length - parts.rest.length), "",
		      span_take(rest, span_find(rest, '/')));
}

static bool drop_local_part(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span local, domain;

	return parts.separator && span_split_last(parts.rest, '@', &local, &domain) &&
	       !span_contains(local, '%') &&
	       append(out, span_take(text, text.length - parts.rest.length), "", domain);
}

size_t rewrite_find_brace(struct span text)
{
	for (size_t i = 0; i + 2 < text.length; i++)
		if (text.data[i] == '{' && (i == 0 || text.data[i - 1] != '%') &&
		    is_one_of(ascii_lower(text.data[i + 1]), "slodiphv") &&
		    span_contains(span_skip(text, i), '}'))
			return i;
	return text.length;
}

static bool insert_percent(struct span text, struct text *out)
{
	size_t at = rewrite_find_brace(text);

	return at < text.length && append(out, span_take(text, at), "%", span_skip(text, at));
}

/* "a.example:25", "192.0.2.1:25" */
static bool drop_port(struct span text, struct text *out)
{
	struct span host, port;
	unsigned number;

	if (!span_split_last(text, ':', &host, &port) || !span_number(port, &number) ||
	    number > 65535 || !span_contains(host, '.') || !span_contains(host, ':'))
		return false;
	text_add(out, host);
	return true;
}

/* ---- networks ---- */

static bool add_name(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span address = span_skip(text, parts.qualifier.length);
	char family = family_of(address);

	return family && append(out, parts.qualifier, family == '4' ? "ip4:" : "ip6:", address);
}

/* An address goes with the mechanism of its family, a name with a. */
static bool correct_mechanism(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	char family = family_of(parts.rest);
	bool network = span_is_nocase(parts.name, "ip4") || span_is_nocase(parts.name, "ip6");
	struct span host = span_take(parts.rest, span_find(parts.rest, '/')), last = host, before;

	if (parts.separator != ':' || !rewrite_is_mechanism(parts.name))
		return false;
	if (family)
		return append(out, parts.qualifier, family == '4' ? "ip4:" : "ip6:", parts.rest);
	span_split_last(host, '.', &before, &last);
	return network && span_contains(host, '.') && !span_contains(host, ':') &&
	       span_all(last, ascii_is_letter) && last.length > 1 &&
	       append(out, parts.qualifier, "a:", parts.rest);
}

static bool drop_brackets(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	size_t end = span_find(parts.rest, ']');

	if (parts.rest.length == 0 || parts.rest.data[0] != '[' || end == parts.rest.length)
		return false;
	text_add(out, span_take(text, text.length - parts.rest.length));
	return append(out, span_skip(span_take(parts.rest, end), 1), "",
		      span_skip(parts.rest, end + 1));
}

/* "192.0.2.0/255.255.255.0" */
static bool read_netmask(struct span text, struct text *out)
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
static bool drop_zeros(struct span text, struct text *out)
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
static bool complete_octets(struct span text, struct text *out)
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
static bool correct_dual(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	bool network = span_is_nocase(parts.name, "ip4") || span_is_nocase(parts.name, "ip6");
	struct span before, last, middle, first;
	unsigned number;

	if (!span_split_last(text, '/', &before, &last) || !span_number(last, &number) ||
	    !span_split_last(before, '/', &first, &middle))
		return false;
	if (middle.length == 0 && network)
		return append(out, first, "/", last);
	return !network && span_number(middle, &number) && append(out, before, "//", last);
}

static bool backslash_is_slash(struct span text, struct text *out)
{
	size_t at = span_find_last(text, '\\');
	unsigned number;

	return at < text.length && span_number(span_skip(text, at + 1), &number) &&
	       append(out, span_take(text, at), "/", span_skip(text, at + 1));
}

const struct rewrite_rule rewrite_rules[REWRITE_RULES] = {
	{ replace_dashes, "the dash is not the ASCII character \"-\"" },
	{ replace_blanks, "only the ASCII space separates terms" },
	{ backslash_is_slash, "a slash comes before a prefix length" },
	{ drop_backslashes, "the backslash does not belong there" },
	{ drop_quotes, "quotes do not belong into a record" },
	{ drop_punctuation, "terms are separated by spaces alone" },
	{ split_list, "spaces separate terms, and each has one name or network" },
	{ insert_blank, "a space is missing between two terms" },
	{ drop_version, "\"v=spf1\" stands at the start only" },
	{ correct_separator, "mechanisms take \":\", modifiers \"=\"" },
	{ correct_name, "that is no mechanism" },
	{ add_name, "a network needs its mechanism" },
	{ drop_outer_name, "a term has one mechanism only" },
	{ correct_mechanism, "networks go with ip4 and ip6, host names with a" },
	{ drop_qualifier, "one qualifier is enough" },
	{ drop_empty_argument, "nothing follows it" },
	{ drop_url, "a domain is wanted, not an address on the Web" },
	{ drop_local_part, "a domain is wanted, not a mail address" },
	{ insert_percent, "a macro begins with \"%{\"" },
	{ drop_port, "there are no ports in a record" },
	{ drop_brackets, "an address stands without brackets" },
	{ read_netmask, "a prefix length is wanted, not a netmask" },
	{ drop_zeros, "numbers have no leading zeros" },
	{ complete_octets, "a network has four numbers and a prefix length" },
	{ correct_dual, "the prefix length for IPv6 comes after \"//\", and only with a and mx" },
};
