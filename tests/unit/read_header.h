/* SPDX-License-Identifier: MIT */
/*
 * Readers of the Received-SPF header, written apart from what writes it: one by the grammar of RFC 7208
 * section 9.1, and three as careless as those in the field. For tests and fuzzers.
 */
#ifndef READ_HEADER_H
#define READ_HEADER_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "span.h"

enum { READ_PAIRS_MAX = 16, READ_VALUE_MAX = 1200 };

struct read_pair {
	char key[READ_VALUE_MAX];
	char value[READ_VALUE_MAX];
};

struct read_header {
	char result[READ_VALUE_MAX];
	char comment[READ_VALUE_MAX];
	struct read_pair pairs[READ_PAIRS_MAX];
	size_t count;
};

static inline void read_append(char *to, char c)
{
	size_t length = strlen(to);

	if (length + 1 >= READ_VALUE_MAX)
		abort();
	to[length] = c;
	to[length + 1] = '\0';
}

static inline const char *read_value(const struct read_header *header, const char *key)
{
	for (size_t i = 0; i < header->count; i++)
		if (strcmp(header->pairs[i].key, key) == 0)
			return header->pairs[i].value;
	return NULL;
}

static inline bool read_literal(const char **p, const char *text)
{
	if (strncmp(*p, text, strlen(text)) != 0)
		return false;
	*p += strlen(text);
	return true;
}

static inline bool read_is_atext(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* dot-atom / quoted-string; the value without quotes and quoted-pairs. */
static inline bool read_grammar_value(const char **p, char *to)
{
	if (**p == '"') {
		for ((*p)++; **p != '"'; (*p)++) {
			if (**p == '\\')
				(*p)++;
			if (**p < 0x20 || **p > 0x7e)
				return false;
			read_append(to, **p);
		}
		(*p)++;
		return true;
	}
	do {
		if (!read_is_atext(**p))
			return false;
		while (read_is_atext(**p))
			read_append(to, *(*p)++);
		if (**p == '.' && read_is_atext((*p)[1]))
			read_append(to, *(*p)++);
	} while (read_is_atext(**p));
	return true;
}

/* The strict reader. `line` is NUL-terminated and has no line end. */
static inline bool read_grammar(const char *line, struct read_header *header)
{
	const char *p = line;

	memset(header, 0, sizeof(*header));
	if (!read_literal(&p, "Received-SPF: "))
		return false;
	while (islower((unsigned char)*p))
		read_append(header->result, *p++);
	if (!read_literal(&p, " ("))
		return false;
	for (; *p != ')'; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '(')
			return false;
		if (*p < 0x20 || *p > 0x7e)
			return false;
		read_append(header->comment, *p);
	}
	if (!read_literal(&p, ") "))
		return false;
	for (;;) {
		struct read_pair *pair = &header->pairs[header->count];

		if (header->count++ >= READ_PAIRS_MAX || !isalpha((unsigned char)*p))
			return false;
		while (isalnum((unsigned char)*p) || (*p && strchr("-_.", *p)))
			read_append(pair->key, *p++);
		if (*p++ != '=' || !read_grammar_value(&p, pair->value))
			return false;
		if (*p == '\0')
			return true;
		if (!read_literal(&p, "; "))
			return false;
	}
}

/* As log readers do with ([-\w]+)=([^;]+): every key=value anywhere, quotes are nothing to them. */
static inline void read_by_regex(const char *line, struct read_header *header)
{
	const char *p = line;

	memset(header, 0, sizeof(*header));
	while (*p) {
		const char *key = p, *end, *stop;

		while (isalnum((unsigned char)*p) || *p == '-' || *p == '_')
			p++;
		end = p;
		if (end == key || *end != '=' || end[1] == '\0' || end[1] == ';') {
			p = end == key ? p + 1 : end;
			continue;
		}
		stop = strchr(end, ';');
		stop = stop ? stop : end + strlen(end);
		if (header->count >= READ_PAIRS_MAX)
			abort();
		for (; key < end; key++)
			read_append(header->pairs[header->count].key, *key);
		for (p = end + 1; p < stop; p++)
			read_append(header->pairs[header->count].value, *p);
		header->count++;
	}
}

/* As SpamAssassin does: the last identity= in the line, up to a blank or semicolon. */
static inline void read_last_identity(const char *line, char *identity)
{
	static const char key[] = "identity=";
	const char *found = NULL, *p = line;

	identity[0] = '\0';
	while ((p = strstr(p, key)) != NULL) {
		if (p == line || !(isalnum((unsigned char)p[-1]) || p[-1] == '_'))
			found = p;
		p++;
	}
	if (!found)
		return;
	for (p = found + strlen(key); *p && *p != ' ' && *p != ';'; p++)
		read_append(identity, *p);
}

/*
 * As OpenDMARC up to 1.4 does: a backslash takes the next character as it is, parentheses skip, quotes
 * and blanks drop out, and everywhere else "=" starts a value anew and ";" ends the pair.
 */
static inline void read_like_opendmarc(const char *line, struct read_header *header)
{
	const char *p = strchr(line, ' ') + 1;
	char *to = header->result;
	int depth = 0;

	memset(header, 0, sizeof(*header));
	for (; *p; p++) {
		struct read_pair *pair = &header->pairs[header->count];

		if (*p == '\\' && p[1]) {
			p++;
			if (depth == 0)
				read_append(to, *p);
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')' && depth > 0) {
			depth--;
		} else if (depth > 0 || *p == '"') {
			continue;
		} else if (*p == ' ') {
			if (to == header->result)
				to = pair->key;
		} else if (*p == '=' && to != header->result) {
			pair->value[0] = '\0';
			to = pair->value;
		} else if (*p == ';' && to != header->result) {
			if (++header->count >= READ_PAIRS_MAX)
				abort();
			to = header->pairs[header->count].key;
		} else {
			read_append(to, *p);
		}
	}
	header->count++;
}

#endif
