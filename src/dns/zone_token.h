/* SPDX-License-Identifier: MIT */
/*
 * A master file as a row of tokens: words, strings in quotes, ends of lines. Comments are passed
 * over, and so are line ends inside parentheses. Pure.
 */
#ifndef DNS_ZONE_TOKEN_H
#define DNS_ZONE_TOKEN_H

#include "base/span.h"

enum zone_token {
	ZONE_TOKEN_WORD,
	ZONE_TOKEN_STRING, /* in quotes */
	ZONE_TOKEN_LINE_END,
	ZONE_TOKEN_FILE_END,
	ZONE_TOKEN_BAD, /* said why in `error`; nothing follows */
};

struct zone_tokens {
	const char *label; /* of the file, for messages */
	char *error;
	size_t error_size; /* > 0 */

	struct span text;
	size_t offset;
	unsigned line;	       /* from 1; that of the current token */
	unsigned depth;	       /* of parentheses */
	enum zone_token token; /* the current one */
	struct span word;      /* its bytes, escapes as written; empty at an end */
};

/* Before the first token; zone_token_line() and zone_token_next() go on from here. */
void zone_token_init(struct zone_tokens *tokens, const char *label, struct span text, char *error,
		     size_t error_size);

/* Goes over the line end that is the current token. */
void zone_token_line(struct zone_tokens *tokens);
void zone_token_next(struct zone_tokens *tokens);

/* The text goes on with a space. */
bool zone_token_at_blank(const struct zone_tokens *tokens);

/* The current token is this word, without regard to case. */
bool zone_token_is(const struct zone_tokens *tokens, const char *word);

/* A word or a string: something with bytes. */
bool zone_token_is_text(const struct zone_tokens *tokens);

/*
 * One byte of a word with its escape (\X, \DDD) undone; moves *at, which is below word.length.
 * Returns -1 for a malformed escape.
 */
int zone_token_byte(struct span word, size_t *at);

/* Both write "LABEL:LINE: ..." unless an error was written before, and return false. */
bool zone_token_fail(struct zone_tokens *tokens, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "PROBLEM, not WORD" */
bool zone_token_unexpected(struct zone_tokens *tokens, const char *problem);

#endif
