/* SPDX-License-Identifier: MIT */
/*
 * What stands between c-ares and a DNS server. c-ares carries a placeholder, a query for an A record
 * of "q17", and never sees anything else; on the socket goes our own query, and of what comes back
 * c-ares is told only that placeholder 17 has been answered. Pure: no library, no I/O.
 *
 * To c-ares every answer is a SERVFAIL without records: such an answer ends the query in every
 * release, is neither cached nor parsed any further, and does not teach the newer ones a round-trip
 * time by which they would give up sooner than they were told.
 */
#ifndef DNS_EXCHANGE_H
#define DNS_EXCHANGE_H

#include "message.h"

enum {
	PLACEHOLDER_NAME_MAX = 12,			/* "q4294967295", NUL included */
	PLACEHOLDER_MAX = MESSAGE_HEADER_SIZE + 13 + 4, /* header and question */
};

struct exchange {
	struct exchange *next;
	unsigned number; /* in the placeholder's name */
	struct message_query query;
	size_t placeholder_length;	      /* 0 until c-ares has sent it */
	uint8_t placeholder[PLACEHOLDER_MAX]; /* as c-ares wrote it, with the id that it chose */
	uint8_t *answer;		      /* NULL until there is one; owned */
	size_t answer_length;
	int fd;	       /* that it was sent on */
	void *carrier; /* whoever has it in flight now */
};

/* `name` holds PLACEHOLDER_NAME_MAX bytes. */
void exchange_placeholder_name(const struct exchange *exchange, char *name);

/*
 * The exchange in `list` whose placeholder this message of c-ares is; the message is remembered.
 * NULL when it is none.
 */
struct exchange *exchange_sent(struct exchange *list, const uint8_t *message, size_t length);

/*
 * The exchange in `list` in flight with `carrier` that this message from a server answers and that
 * had none yet; the message is copied into it. NULL when it is none.
 */
struct exchange *exchange_answered(struct exchange *list, const void *carrier,
				   const uint8_t *message, size_t length);

/* The answer that c-ares is told; `out` holds PLACEHOLDER_MAX bytes. Returns its length. */
size_t exchange_placeholder_answer(const struct exchange *exchange, uint8_t *out);

#endif
