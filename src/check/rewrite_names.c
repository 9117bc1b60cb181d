/* SPDX-License-Identifier: MIT */
#include "rewrite_mistakes.h"

#include "base/nearest.h"

/* ---- names and separators ---- */

static const char *alias_of(const struct rewrite_parts *parts)
{
	static const struct {
		const char *alias, *name;
	} aliases[] = {
		{ "ipv4", "ip4" },     { "ip-4", "ip4" }, { "ip_4", "ip4" },
		{ "ip4v", "ip4" },     { "ipv6", "ip6" }, { "ip-6", "ip6" },
		{ "ip_6", "ip6" },     { "aaaa", "a" },	  { "includes", "include" },
		{ "incl", "include" },
	};
	char family = rewrite_family_of(parts->rest);

	if (span_is_nocase(parts->name, "ip") || span_is_nocase(parts->name, "ipv"))
		return family == '4' ? "ip4" : family == '6' ? "ip6" : NULL;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (span_is_nocase(parts->name, aliases[i].alias))
			return aliases[i].name;
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
	for (size_t i = 0; rewrite_names[i]; i++)
		consider(&best, &tie, rewrite_names[i]);
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

bool rewrite_correct_name(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	const char *name = rewrite_meant_name(&parts);

	return name && rewrite_append(out, parts.qualifier, name,
				      span_skip(text, parts.qualifier.length + parts.name.length));
}

bool rewrite_correct_separator(struct span text, struct text *out)
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
		return rewrite_append(out, head, "", span_skip(parts.rest, 1));
	}
	return rewrite_append(out, span_take(head, head.length - 1), modifier ? "=" : ":",
			      parts.rest);
}

/* "include:ip4:192.0.2.1", "include:include:a.example" */
bool rewrite_drop_outer_name(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct rewrite_parts inner = rewrite_take_apart(parts.rest);

	return parts.separator && inner.separator && rewrite_is_mechanism(parts.name) &&
	       (rewrite_is_mechanism(inner.name) || rewrite_is_modifier(inner.name)) &&
	       rewrite_append(out, parts.qualifier, "", parts.rest);
}

bool rewrite_drop_qualifier(struct span text, struct text *out)
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

bool rewrite_drop_empty_argument(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);

	if (!(parts.separator || parts.rest.length == 1) || parts.rest.length > 1 ||
	    (parts.rest.length == 1 && parts.rest.data[0] != '/'))
		return false;
	return rewrite_append(out, parts.qualifier, "", parts.name);
}

/* ---- domains ---- */

/* "http://a.example/x" is about a.example. */
bool rewrite_drop_url(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span rest = parts.rest;

	if (span_starts_with_nocase(rest, "https://"))
		rest = span_skip(rest, 8);
	else if (span_starts_with_nocase(rest, "http://"))
		rest = span_skip(rest, 7);
	else
		return false;
	return rewrite_append(out, span_take(text, text.length - parts.rest.length), "",
			      span_take(rest, span_find(rest, '/')));
}

bool rewrite_drop_local_part(struct span text, struct text *out)
{
	struct rewrite_parts parts = rewrite_take_apart(text);
	struct span local, domain;

	return parts.separator && span_split_last(parts.rest, '@', &local, &domain) &&
	       !span_contains(local, '%') &&
	       rewrite_append(out, span_take(text, text.length - parts.rest.length), "", domain);
}

size_t rewrite_find_brace(struct span text)
{
	for (size_t i = 0; i + 2 < text.length; i++)
		if (text.data[i] == '{' && (i == 0 || text.data[i - 1] != '%') &&
		    ascii_is_in(ascii_lower(text.data[i + 1]), "slodiphv") &&
		    span_contains(span_skip(text, i), '}'))
			return i;
	return text.length;
}

bool rewrite_insert_percent(struct span text, struct text *out)
{
	size_t at = rewrite_find_brace(text);

	return at < text.length &&
	       rewrite_append(out, span_take(text, at), "%", span_skip(text, at));
}

/* "%i" stands for "%{i}". */
bool rewrite_insert_braces(struct span text, struct text *out)
{
	bool found = false;

	for (size_t i = 0; i < text.length; i++) {
		bool macro = text.data[i] == '%' && i + 1 < text.length &&
			     ascii_is_in(ascii_lower(text.data[i + 1]), "slodipvh") &&
			     (i + 2 == text.length || !ascii_is_letter(text.data[i + 2]));

		if (macro)
			text_format(out, "%%{%c}", text.data[++i]);
		else
			text_char(out, text.data[i]);
		found = found || macro;
	}
	return found && !out->overflow;
}

/* "a.example:25", "192.0.2.1:25" */
bool rewrite_drop_port(struct span text, struct text *out)
{
	struct span host, port;
	unsigned number;

	if (!span_split_last(text, ':', &host, &port) || !span_number(port, &number) ||
	    number > 65535 || !span_contains(host, '.') || !span_contains(host, ':'))
		return false;
	text_add(out, host);
	return true;
}
