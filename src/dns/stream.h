/* SPDX-License-Identifier: MIT */
/*
 * One DNS connection over TCP, in both directions a sequence of messages that follow their length of
 * two bytes (RFC 1035 section 4.2.2). Whole messages of the server are taken out here, and c-ares
 * reads placeholder answers instead. Pure: no library, no I/O.
 */
#ifndef DNS_STREAM_H
#define DNS_STREAM_H

#include "exchange.h"

enum { STREAM_FRAME_MAX = 2 + 65535 };

struct stream {
	size_t sent; /* bytes of the query now being sent that the socket has taken */
	size_t told; /* bytes of `answer` that c-ares has read */
	size_t answer_length;
	uint8_t answer[2 + PLACEHOLDER_MAX];
	size_t received; /* bytes of `frame` */
	uint8_t frame[STREAM_FRAME_MAX];
};

/* Nothing is on its way: for a new connection, and when one is closed. */
void stream_reset(struct stream *stream);

/* Our query as it goes out; `out` holds 2 + MESSAGE_QUERY_MAX bytes. Returns the length. */
size_t stream_frame(const struct message_query *query, uint8_t *out);

/* Bytes still missing of the length or of the message; they belong at frame + received. */
size_t stream_missing(const struct stream *stream);

/*
 * To be called after each read, with `received` raised. A whole message that answers an exchange is
 * kept in it, and its placeholder answer is there to be read; a whole message that answers none is
 * dropped. Returns false when the server talks no DNS: the connection is of no more use.
 */
bool stream_take(struct stream *stream, struct exchange *list, const void *carrier);

/* Bytes of a placeholder answer that c-ares has yet to read. */
size_t stream_untold(const struct stream *stream);
size_t stream_tell(struct stream *stream, void *data, size_t size);

#endif
