/* SPDX-License-Identifier: MIT */
#include "log_line.h"

#include "base/text.h"

/* ---- finding values ---- */

static struct span from_offset(struct span line, size_t offset)
{
	return (struct span){ line.data + offset, line.length - offset };
}

static bool starts_with(struct span text, const char *word)
{
	size_t length = strlen(word);

	return text.length >= length && memcmp(text.data, word, length) == 0;
}

/* What follows the first `key` that stands at the start or behind one of the bytes in `before`. */
static bool find(struct span line, const char *key, const char *before, struct span *rest)
{
	for (size_t i = 0; i < line.length; i++) {
		struct span here = from_offset(line, i);

		if (starts_with(here, key) && (i == 0 || strchr(before, line.data[i - 1]))) {
			*rest = from_offset(here, strlen(key));
			return true;
		}
	}
	return false;
}

static struct span until(struct span text, const char *ends)
{
	size_t length = 0;

	while (length < text.length &&
	       (text.data[length] == '\0' || !strchr(ends, text.data[length])))
		length++;
	return (struct span){ text.data, length };
}

static struct span trim(struct span text)
{
	while (text.length > 0 && strchr(" \t\n\r", text.data[text.length - 1]))
		text.length--;
	return text;
}

/* ---- undoing escapes ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = span_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that two hexadecimal digits behind `lead` stand for, or -1. */
static int escaped(struct span text, size_t i, const char *lead)
{
	struct span here = from_offset(text, i);
	size_t n = strlen(lead);

	if (!starts_with(here, lead) || here.length < n + 2 || hex_digit(here.data[n]) < 0 ||
	    hex_digit(here.data[n + 1]) < 0)
		return -1;
	return hex_digit(here.data[n]) * 16 + hex_digit(here.data[n + 1]);
}

/* `lead` is "\x" in logs, "%" in URLs. False when the value can not be one. */
static bool copy(char *out, struct span value, const char *lead, bool *cut)
{
	struct text text;

	text_init(&text, out, REQUEST_VALUE_MAX + 1);
	for (size_t i = 0; i < value.length; i++) {
		int byte = escaped(value, i, lead);

		if (byte >= 0)
			i += strlen(lead) + 1;
		text_char(&text, byte >= 0 ? (char)byte : value.data[i]);
	}
	if (text.length > 3 && memcmp(text.data + text.length - 3, "...", 3) == 0)
		*cut = true;
	return !text.overflow && memchr(text.data, '\0', text.length) == NULL;
}

/* A quoted-string (RFC 5322 section 3.2.4), `text` starting behind its first quote. */
static bool copy_quoted(char *out, struct span text)
{
	size_t length = 0;

	for (size_t i = 0; i < text.length && text.data[i] != '"'; i++) {
		if (text.data[i] == '\\' && i + 1 < text.length)
			i++;
		if (length == REQUEST_VALUE_MAX || text.data[i] == '\0')
			return false;
		out[length++] = text.data[i];
	}
	out[length] = '\0';
	return true;
}

/* ---- the forms ---- */

/* "key=value" pairs as in headers and logs. A value that is not there leaves "". */
static bool take_pair(struct span line, const char *key, char *out, bool *cut)
{
	struct span rest;

	if (!find(line, key, " ;(\t\n", &rest))
		return true;
	if (starts_with(rest, "\""))
		return copy_quoted(out, from_offset(rest, 1));
	rest = trim(until(rest, ";"));
	/* The comment of an Authentication-Results field ends behind its last pair. */
	if (rest.length > 0 && rest.data[rest.length - 1] == ')' &&
	    !memchr(rest.data, '(', rest.length))
		rest.length--;
	return copy(out, rest, "\\x", cut);
}

static bool parse_pairs(struct span line, struct log_line *m)
{
	return take_pair(line, "client-ip=", m->client, &m->cut) && m->client[0] &&
	       take_pair(line, "helo=", m->helo, &m->cut) &&
	       take_pair(line, "envelope-from=", m->sender, &m->cut) &&
	       take_pair(line, "receiver=", m->recipient, &m->cut);
}

/* "key=<value>", ended by ">" and a blank or the end. */
static bool take_bracketed(struct span line, const char *key, char *out, bool *cut)
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
	return copy(out, (struct span){ rest.data, length }, "\\x", cut);
}

static bool parse_smtpd(struct span line, struct log_line *m)
{
	struct span rest, host;

	if (!find(line, "from ", " ", &rest))
		return false;
	host = until(rest, " ");
	if (!find(host, "[", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._",
		  &rest))
		return false;
	rest = until(rest, "]");
	if (starts_with(rest, "IPv6:"))
		rest = from_offset(rest, 5);
	return copy(m->client, rest, "\\x", &m->cut) && m->client[0] &&
	       take_bracketed(line, "from=<", m->sender, &m->cut) &&
	       take_bracketed(line, "to=<", m->recipient, &m->cut) &&
	       take_bracketed(line, "helo=<", m->helo, &m->cut);
}

/* Separators are ";" or "&", values may be percent-encoded. */
static bool take_query(struct span query, const char *key, char *out, bool *cut)
{
	struct span rest;

	return !find(query, key, ";&?", &rest) || copy(out, until(rest, ";& "), "%", cut);
}

static bool parse_url(struct span line, struct log_line *m)
{
	char scope[REQUEST_VALUE_MAX + 1] = "";
	struct span query;
	bool cut;

	if (!find(line, "?", "y", &query))
		return false;
	if (!take_query(query, "s=", scope, &cut) ||
	    !take_query(query, "ip=", m->client, &m->cut) ||
	    !take_query(query, "r=", m->recipient, &m->cut))
		return false;
	return m->client[0] &&
	       take_query(query, "id=", strcmp(scope, "helo") == 0 ? m->helo : m->sender, &m->cut);
}

/* ---- the whole ---- */

/* A hidden or unknown receiver is none. */
static void tidy(struct log_line *m)
{
	static const char *const nobody[] = { "<UNKNOWN>", "none", "unknown" };

	if (strcmp(m->sender, "<>") == 0)
		m->sender[0] = '\0';
	for (size_t i = 0; i < sizeof(nobody) / sizeof(*nobody); i++)
		if (strcmp(m->recipient, nobody[i]) == 0)
			m->recipient[0] = '\0';
}

bool log_line_parse(struct span line, struct log_line *message)
{
	static bool (*const forms[])(struct span, struct log_line *) = {
		parse_pairs,
		parse_smtpd,
		parse_url,
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		*message = (struct log_line){ .cut = false };
		if (forms[i](line, message)) {
			tidy(message);
			return true;
		}
	}
	return false;
}
