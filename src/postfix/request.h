/* SPDX-License-Identifier: MIT */
/*
 * One Postfix policy-delegation request (SMTPD_POLICY_README): attribute lines up to an empty line.
 *
 * A push parser without I/O: feed it bytes as they arrive, in pieces of any size. Values are kept
 * byte for byte. Attributes that we do not use are skipped whatever they hold; one that we use and
 * that does not fit is an error, never cut. Of a repeated attribute the first is kept.
 *
 * Everything is inside struct request (about 20 KiB); nothing is allocated. Values are valid until
 * the next request_reset().
 */
#ifndef POSTFIX_REQUEST_H
#define POSTFIX_REQUEST_H

#include "policy/envelope.h"

enum {
	REQUEST_VALUE_MAX = ENVELOPE_VALUE_MAX,
	REQUEST_LINE_MAX = 8192,		    /* bytes of any line, newline not counted */
	REQUEST_LINE_KEPT = 16 + REQUEST_VALUE_MAX, /* name, "=" and value of a line that we use */
	REQUEST_ATTRIBUTES_MAX = 1000, /* lines of one request; Postfix itself stops at 1024 */
};

enum request_attribute {
	REQUEST_TYPE, /* request= */
	REQUEST_PROTOCOL_STATE,
	REQUEST_CLIENT_ADDRESS,
	REQUEST_HELO_NAME,
	REQUEST_SENDER,
	REQUEST_RECIPIENT,
	REQUEST_INSTANCE,
	REQUEST_QUEUE_ID,
	REQUEST_SASL_USERNAME,
	REQUEST_ATTRIBUTE_COUNT
};

enum request_status {
	REQUEST_MORE,  /* the block is not complete */
	REQUEST_READY, /* the empty line was read; values may be asked */
	REQUEST_ERROR, /* malformed peer; request_error() says how. Stays until reset */
};

struct request {
	enum request_status status;
	size_t attributes;	      /* lines seen */
	size_t bytes;		      /* bytes of the block consumed; 0 = between requests */
	size_t line_length;	      /* bytes of the unfinished line seen in earlier pieces */
	bool line_equals;	      /* an "=" was among them */
	char line[REQUEST_LINE_KEPT]; /* the first of them */
	char error[128];	      /* printable ASCII, NUL-terminated; "" when there is none */
	struct span values[REQUEST_ATTRIBUTE_COUNT]; /* in data; NULL = not sent */
	size_t data_length;
	char data[REQUEST_ATTRIBUTE_COUNT *
		  REQUEST_VALUE_MAX]; /* one after the other: few pages touched */
};

void request_reset(struct request *request);

/*
 * Takes bytes up to and including the empty line that ends the block; what follows belongs to the
 * next request and is left. Returns the number of bytes taken and sets request->status.
 * Errors: a line without "=", an empty name, a NUL, a line or a used value over its limit, too many
 * attributes, an empty block.
 */
size_t request_push(struct request *request, const char *data, size_t length);

/* Nothing of a block has been read yet: an end of input here is the normal end. */
bool request_is_idle(const struct request *request);

/* The value, empty when the attribute is absent. */
struct span request_get(const struct request *request, enum request_attribute attribute);
bool request_has(const struct request *request, enum request_attribute attribute);

/*
 * What a complete request tells of a message. A type or an address that is not what Postfix would send is
 * logged. False, logged: not even a request= was sent. The spans are the request's.
 */
bool request_envelope(const struct request *request, const struct config *config,
		      struct envelope *envelope);

#endif
