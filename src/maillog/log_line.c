/* SPDX-License-Identifier: MIT */
#include "maillog/log_line.h"

#include "base/text.h"

/* ---- finding values ---- */

/* What follows the first `key` that stands at the start or after one of the bytes in `before`. */
static bool find(struct span line, const char *key, const char *before, struct span *rest)
{
	for (size_t i = 0; i < line.length; i++) {
		struct span here = span_skip(line, i);

		if (span_starts_with(here, key) && (i == 0 || strchr(before, line.data[i - 1]))) {
			*rest = span_skip(here, strlen(key));
			return true;
		}
	}
	return false;
}

static struct span until(struct span text, const char *ends)
{
	return span_take(text, span_find_any(text, ends));
}

/* ---- undoing escapes ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that two hexadecimal digits after `lead` stand for, or -1. */
static int escaped(struct span text, size_t i, const char *lead)
{
	struct span here = span_skip(text, i);
	size_t n = strlen(lead);

	if (!span_starts_with(here, lead) || here.length < n + 2 || hex_digit(here.data[n]) < 0 ||
	    hex_digit(here.data[n + 1]) < 0)
		return -1;
	return hex_digit(here.data[n]) * 16 + hex_digit(here.data[n + 1]);
}

/* What is found goes to the arena. */
struct reader {
	struct arena *arena;
	bool cut;
};

static bool keep(struct text *text, struct span *out)
{
	*out = text_span(text);
	return out->length <= ENVELOPE_VALUE_MAX && !span_contains(*out, '\0');
}

/* A copy that holds whatever becomes of `value`, which never grows. */
static struct text room_for(struct reader *reader, struct span value)
{
	struct text text;

	text_init(&text, arena_take(reader->arena, value.length + 1), value.length + 1);
	return text;
}

/* `lead` is "\x" in logs, "%" in URLs. False when the value cannot be one. */
static bool copy(struct reader *reader, struct span value, const char *lead, struct span *out)
{
	struct text text = room_for(reader, value);

	for (size_t i = 0; i < value.length; i++) {
		int byte = escaped(value, i, lead);

		if (byte >= 0)
			i += strlen(lead) + 1;
		text_char(&text, byte >= 0 ? (char)byte : value.data[i]);
	}
	if (text.length > 3 && memcmp(text.data + text.length - 3, "...", 3) == 0)
		reader->cut = true;
	return keep(&text, out);
}

/* ---- "key=value" pairs as in headers and logs ---- */

/* The length of the quoted-string (RFC 5322 section 3.2.4) that the text begins with; 0 = none. */
static size_t quoted_length(struct span text)
{
	if (!span_starts_with(text, "\""))
		return 0;
	for (size_t i = 1; i < text.length; i++) {
		if (text.data[i] == '"')
			return i + 1;
		if (text.data[i] == '\\')
			i++;
	}
	return 0;
}

static bool copy_quoted(struct reader *reader, struct span quoted, struct span *out)
{
	struct text text = room_for(reader, quoted);

	for (size_t i = 1; i + 1 < quoted.length; i++) {
		if (quoted.data[i] == '\\')
			i++;
		text_char(&text, quoted.data[i]);
	}
	return keep(&text, out);
}

/* In a comment of Received-SPF, postfix-policyd-spf-perl quotes the sender. */
static struct span skip_comment(struct span line)
{
	struct span rest;
	size_t depth = 0;

	if (!find(line, "Received-SPF: ", " \t", &rest) || !find(rest, "(", " ", &rest))
		return line;
	for (size_t i = 0; i < rest.length; i++) {
		if (rest.data[i] == ')' && depth-- == 0)
			return span_skip(rest, i + 1);
		depth += rest.data[i] == '(';
	}
	return line;
}

/* Is this the place of a key: after a ";"? A space alone may stand in a value. */
static bool follows_separator(struct span pairs, size_t i)
{
	while (i > 0 && strchr(" \t\r\n", pairs.data[i - 1]))
		i--;
	return i == 0 || pairs.data[i - 1] == ';';
}

static bool take_pair(struct reader *reader, struct span pairs, const char *key, struct span *out)
{
	size_t i = 0, quoted;
	struct span value;

	while (i < pairs.length &&
	       !(span_starts_with(span_skip(pairs, i), key) && follows_separator(pairs, i)))
		i++;
	if (i == pairs.length)
		return true;
	value = span_skip(pairs, i + strlen(key));
	quoted = quoted_length(value);
	if (quoted > 0)
		return copy_quoted(reader, span_take(value, quoted), out);
	value = span_trim(until(value, ";"), " \t\r\n");
	/* The comment of an Authentication-Results field ends after its last pair. */
	if (value.length > 0 && value.data[value.length - 1] == ')' && !span_contains(value, '('))
		value.length--;
	return copy(reader, value, "\\x", out);
}

/* Authentication-Results (RFC 8601): the domain that was judged. Pairs in its comments tell more. */
static bool take_judged(struct reader *reader, struct span line, const char *key, struct span *out)
{
	struct span rest;

	return !find(line, key, " \t\n", &rest) ||
	       copy(reader, until(rest, " \t\r\n;("), "\\x", out);
}

/* "(mx: domain of transitioning a@b.example does not designate 192.0.2.1 as permitted sender)": where no pair tells
 * the sender, the comment does. */
static bool take_commented(struct reader *reader, struct span line, struct envelope *e)
{
	struct span rest;

	if (e->sender.data || !find(line, "domain of ", " (", &rest))
		return true;
	if (span_starts_with(rest, "transitioning "))
		rest = span_skip(rest, strlen("transitioning "));
	return copy(reader, until(rest, " )"), "\\x", &e->sender);
}

/* The pairs begin with the first key that is found. */
static bool parse_pairs(struct reader *reader, struct span whole, struct envelope *e)
{
	static const char *const keys[] = { "identity=", "client-ip=", "helo=", "envelope-from=",
					    "receiver=" };
	struct span line = skip_comment(whole), pairs = { NULL, 0 }, rest;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (find(line, keys[i], " ;(\t\n", &rest) &&
		    rest.length + strlen(keys[i]) > pairs.length)
			pairs = span_skip(line, (size_t)(rest.data - line.data) - strlen(keys[i]));
	return take_judged(reader, line, "smtp.mailfrom=", &e->sender) &&
	       take_judged(reader, line, "smtp.helo=", &e->helo) &&
	       take_pair(reader, pairs, "client-ip=", &e->client_text) &&
	       e->client_text.length > 0 && take_pair(reader, pairs, "helo=", &e->helo) &&
	       take_pair(reader, pairs, "envelope-from=", &e->sender) &&
	       take_pair(reader, pairs, "receiver=", &e->recipient) &&
	       take_commented(reader, whole, e);
}

/* ---- other forms ---- */

/* "key=<value>", ended by ">" and a space or the end. */
static bool take_bracketed(struct reader *reader, struct span line, const char *key,
			   struct span *out)
{
	struct span rest;
	size_t length = 0;

	if (!find(line, key, " ;", &rest))
		return true;
	while (length < rest.length &&
	       !(rest.data[length] == '>' &&
		 (length + 1 == rest.length || rest.data[length + 1] == ' ' ||
		  rest.data[length + 1] == ',')))
		length++;
	return copy(reader, (struct span){ rest.data, length }, "\\x", out);
}

static bool parse_smtpd(struct reader *reader, struct span line, struct envelope *e)
{
	struct span rest, host;

	if (!find(line, "from ", " ", &rest))
		return false;
	host = until(rest, " ");
	if (!find(host, "[", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._",
		  &rest))
		return false;
	rest = until(rest, "]");
	if (span_starts_with(rest, "IPv6:"))
		rest = span_skip(rest, 5);
	return copy(reader, rest, "\\x", &e->client_text) && e->client_text.length > 0 &&
	       take_bracketed(reader, line, "from=<", &e->sender) &&
	       take_bracketed(reader, line, "to=<", &e->recipient) &&
	       take_bracketed(reader, line, "helo=<", &e->helo);
}

/* Separators are ";" or "&", values may be percent-encoded. */
static bool take_query(struct reader *reader, struct span query, const char *key, struct span *out)
{
	struct span rest;

	return !find(query, key, ";&?", &rest) || copy(reader, until(rest, ";& "), "%", out);
}

static bool parse_url(struct reader *reader, struct span line, struct envelope *e)
{
	struct span query, scope = { NULL, 0 };

	if (!find(line, "?", "y", &query) || !take_query(reader, query, "s=", &scope) ||
	    !take_query(reader, query, "ip=", &e->client_text) ||
	    !take_query(reader, query, "r=", &e->recipient))
		return false;
	return e->client_text.length > 0 &&
	       take_query(reader, query, "id=", span_is(scope, "helo") ? &e->helo : &e->sender);
}

/* ---- the whole ---- */

/* A hidden or unknown receiver is none. */
static void tidy(struct envelope *e)
{
	static const char *const nobody[] = { "<UNKNOWN>", "none", "unknown" };

	if (span_is(e->sender, "<>"))
		e->sender = span_of("");
	for (size_t i = 0; i < sizeof(nobody) / sizeof(*nobody); i++)
		if (span_is(e->recipient, nobody[i]))
			e->recipient = (struct span){ NULL, 0 };
}

bool log_line_parse(struct span line, struct arena *arena, struct envelope *envelope, bool *cut)
{
	static bool (*const forms[])(struct reader *, struct span, struct envelope *) = {
		parse_pairs,
		parse_smtpd,
		parse_url,
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct reader reader = { .arena = arena };

		*envelope = (struct envelope){ .sender = { NULL, 0 } };
		if (forms[i](&reader, line, envelope)) {
			tidy(envelope);
			*cut = reader.cut;
			return true;
		}
	}
	return false;
}

struct span log_line_value(struct span line, const char *key, struct arena *arena)
{
	struct reader reader = { .arena = arena };
	struct span value = { NULL, 0 };

	return take_pair(&reader, skip_comment(line), key, &value) ? value :
								     (struct span){ NULL, 0 };
}
