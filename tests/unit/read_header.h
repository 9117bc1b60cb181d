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

#include "base/span.h"

enum { READ_PAIRS_MAX = 16, READ_VALUE_MAX = 1200 };

struct read_text {
	size_t length;
	char data[READ_VALUE_MAX];
};

struct read_pair {
	struct read_text key, value;
};

struct read_header {
	struct read_text result, comment;
	struct read_pair pairs[READ_PAIRS_MAX];
	size_t count;
};

static inline void read_append(struct read_text *to, char c)
{
	if (to->length + 1 >= READ_VALUE_MAX)
		abort();
	to->data[to->length++] = c;
}

static inline void read_append_run(struct read_text *to, const char *start, const char *end)
{
	size_t n = (size_t)(end - start);

	if (to->length + n >= READ_VALUE_MAX)
		abort();
	memcpy(to->data + to->length, start, n);
	to->length += n;
}

static inline void read_clear(struct read_text *text)
{
	text->length = 0;
}

static inline void read_terminate(struct read_text *text)
{
	text->data[text->length] = '\0';
}

static inline void read_start(struct read_header *header)
{
	read_clear(&header->result);
	read_clear(&header->comment);
	header->count = 0;
}

/* Every reader ends with it: what was appended becomes strings. */
static inline void read_finish(struct read_header *header)
{
	read_terminate(&header->result);
	read_terminate(&header->comment);
	for (size_t i = 0; i < header->count; i++) {
		read_terminate(&header->pairs[i].key);
		read_terminate(&header->pairs[i].value);
	}
}

/* Begins the next pair, empty so far. */
static inline struct read_pair *read_next_pair(struct read_header *header)
{
	struct read_pair *pair = &header->pairs[header->count];

	if (header->count++ >= READ_PAIRS_MAX)
		abort();
	read_clear(&pair->key);
	read_clear(&pair->value);
	return pair;
}

static inline const char *read_value(const struct read_header *header, const char *key)
{
	for (size_t i = 0; i < header->count; i++)
		if (strcmp(header->pairs[i].key.data, key) == 0)
			return header->pairs[i].value.data;
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
static inline bool read_grammar_value(const char **p, struct read_text *to)
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

	read_start(header);
	if (!read_literal(&p, "Received-SPF: "))
		return false;
	while (islower((unsigned char)*p))
		read_append(&header->result, *p++);
	if (!read_literal(&p, " ("))
		return false;
	for (; *p != ')'; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '(')
			return false;
		if (*p < 0x20 || *p > 0x7e)
			return false;
		read_append(&header->comment, *p);
	}
	if (!read_literal(&p, ") "))
		return false;
	for (;;) {
		struct read_pair *pair = read_next_pair(header);

		if (!isalpha((unsigned char)*p))
			return false;
		while (isalnum((unsigned char)*p) || (*p && strchr("-_.", *p)))
			read_append(&pair->key, *p++);
		if (*p++ != '=' || !read_grammar_value(&p, &pair->value))
			return false;
		if (*p == '\0')
			break;
		if (!read_literal(&p, "; "))
			return false;
	}
	read_finish(header);
	return true;
}

/* As log readers do with ([-\w]+)=([^;]+): every key=value anywhere, quotes are nothing to them. */
static inline void read_by_regex(const char *line, struct read_header *header)
{
	const char *p = line;

	read_start(header);
	while (*p) {
		struct read_pair *pair;
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
		pair = read_next_pair(header);
		read_append_run(&pair->key, key, end);
		read_append_run(&pair->value, end + 1, stop);
		p = stop;
	}
	read_finish(header);
}

/* As SpamAssassin does: the last identity= in the line, up to a blank or semicolon. */
static inline void read_last_identity(const char *line, struct read_text *identity)
{
	static const char key[] = "identity=";
	const char *found = NULL, *p = line;

	read_clear(identity);
	read_terminate(identity);
	while ((p = strstr(p, key)) != NULL) {
		if (p == line || !(isalnum((unsigned char)p[-1]) || p[-1] == '_'))
			found = p;
		p++;
	}
	if (!found)
		return;
	found += strlen(key);
	read_append_run(identity, found, found + strcspn(found, " ;"));
	read_terminate(identity);
}

/*
 * As OpenDMARC up to 1.4 does: a backslash takes the next character as it is, parentheses skip, quotes
 * and blanks drop out, and everywhere else "=" starts a value anew and ";" ends the pair.
 */
static inline void read_like_opendmarc(const char *line, struct read_header *header)
{
	const char *p = strchr(line, ' ') + 1;
	struct read_text *to = &header->result;
	struct read_pair *pair = NULL;
	int depth = 0;

	read_start(header);
	for (; *p; p++) {
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
			if (!pair) {
				pair = read_next_pair(header);
				to = &pair->key;
			}
		} else if (*p == '=' && pair) {
			to = &pair->value;
			read_clear(to);
		} else if (*p == ';' && pair) {
			pair = read_next_pair(header);
			to = &pair->key;
		} else {
			read_append(to, *p);
		}
	}
	read_finish(header);
}

#endif
