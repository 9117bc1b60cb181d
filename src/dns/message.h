/* SPDX-License-Identifier: MIT */
/*
 * The messages that go to a DNS server, and whether one that came is the answer to such a message.
 * Pure: no library, no I/O.
 *
 * A query has one question of class IN, recursion desired, and, unless the server did not
 * understand it, an OPT record (RFC 6891) that offers MESSAGE_UDP_SIZE bytes. An answer is
 * recognized by what RFC 5452 section 9.1 asks for: the id, and the question byte for byte; the
 * address that it came from is the socket's affair.
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "wire.h"

enum {
	MESSAGE_HEADER_SIZE = 12,
	MESSAGE_UDP_SIZE = 1232, /* passes unfragmented everywhere (DNS flag day 2020) */
	MESSAGE_QUERY_MAX = MESSAGE_HEADER_SIZE + WIRE_NAME_MAX + 4 + 11,
};

enum message_rcode {
	MESSAGE_NOERROR = 0,
	MESSAGE_FORMERR = 1,
	MESSAGE_SERVFAIL = 2,
	MESSAGE_NXDOMAIN = 3,
	MESSAGE_NOTIMP = 4,
	MESSAGE_REFUSED = 5,
};

struct message_query {
	size_t length;
	size_t question_end; /* offset after the question */
	uint8_t bytes[MESSAGE_QUERY_MAX];
};

/*
 * `name`: text without escapes or trailing dot; its bytes go out as they are. Returns false when it
 * is no name: an empty or over-long label, more than 253 bytes.
 */
bool message_build(struct message_query *query, struct span name, uint16_t type, bool with_edns);

void message_set_id(struct message_query *query, uint16_t id);
uint16_t message_id(const uint8_t *message); /* of at least 2 bytes */

/* A response (QR) to a standard query with this id and exactly this question. */
bool message_answers(const struct message_query *query, const uint8_t *message, size_t length);

/* Asks for the AD bit of the answer without its signatures (RFC 6840 section 5.7). */
void message_ask_validation(struct message_query *query);

/* "SERVFAIL", "RCODE 9". */
const char *message_rcode_name(unsigned rcode);

/* The following take a message of at least MESSAGE_HEADER_SIZE bytes. */
bool message_is_response(const uint8_t *message);
bool message_is_truncated(const uint8_t *message);
unsigned message_rcode(const uint8_t *message);	   /* 0..15 */
bool message_is_validated(const uint8_t *message); /* AD (RFC 4035 section 3.2.3) */

/* An answer to the query with an OPT record, and the size of datagrams that this one offers. */
bool message_has_opt(const struct message_query *query, const uint8_t *message, size_t length,
		     uint16_t *udp_size);

/*
 * The server did not understand the query's OPT record and says so as RFC 6891 section 7 wants:
 * FORMERR, without an OPT record of its own.
 */
bool message_declines_edns(const struct message_query *query, const uint8_t *message,
			   size_t length);

#endif
