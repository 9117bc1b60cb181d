/* SPDX-License-Identifier: MIT */
/*
 * c-ares, three channels per server, one for UDP and two for TCP. Only this file and the carrier under it know
 * c-ares.
 *
 * c-ares moves messages and sees nothing untrusted: what goes out is our own message in place of its
 * own (any name, our id, EDNS as we want it), what comes in is checked and kept by us, and c-ares is
 * told only that a placeholder was answered (exchange.h). So no release refuses a name, parses or
 * caches an answer, or adapts its time-outs to them, and all behave alike.
 *
 * c-ares 1.18.1 cannot change the order of the servers of a busy channel and forgets that one is
 * dead as soon as the next query comes, so each server has channels of its own and whoever asks
 * chooses the server, and when to send again. A query whose answer was cut is sent over TCP by
 * itself. It ends with an answer, a refusal or a broken connection, or when it is cancelled; c-ares'
 * clock decides nothing. All queries to a server share one connection. When that breaks, each of them is
 * asked once more on a connection where it is alone, one after the other: whichever broke it takes
 * no other with it. Sockets exist while there are queries.
 *
 * Nothing is read from the environment or from files except random bytes in channels_open().
 */
#ifndef DNS_CHANNEL_H
#define DNS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/servers.h"
#include "base/span.h"

enum channel_outcome {
	CHANNEL_TRUNCATED, /* over UDP; now asked over TCP. The only one that is not the last */
	CHANNEL_MESSAGE,   /* a response to this query; any RCODE, else unread */
	CHANNEL_NO_EDNS,   /* the server did not understand EDNS (RFC 6891 section 7) */
	CHANNEL_SILENCE,   /* c-ares gave up by itself */
	CHANNEL_REFUSED,   /* nobody listens there */
	CHANNEL_BROKEN,	   /* no socket, no route, reset */
	CHANNEL_CANCELLED,
};

/*
 * What happens to a query, called from inside channels_ask(), channels_wait() or channels_cancel().
 * `message` is valid during the call. Must not call into this file.
 */
typedef void channel_event(void *arg, enum channel_outcome outcome, const uint8_t *message,
			   size_t length);

struct channel_query {
	struct span
		name; /* a valid query name (dns/name.h), no trailing dot; goes out byte for byte */
	uint16_t type;
	bool with_edns;
};

/* One query that is in flight with one server. */
struct channel_exchange;

struct channels;

/* Returns NULL with a message in error (size > 0) when c-ares cannot be used. */
struct channels *channels_open(const struct servers *servers, char *error, size_t size);
void channels_close(struct channels *channels); /* cancels; NULL allowed */

/*
 * Sends a query. *handle is the exchange as long as it is in flight, NULL before the last event is
 * told; it is written until then.
 */
void channels_ask(struct channels *channels, size_t server, const struct channel_query *query,
		  struct channel_exchange **handle, channel_event *event, void *arg);

/* Sends it again, the same bytes from the same port. It must not have gone over to TCP. */
void channels_repeat(struct channel_exchange *exchange);

/*
 * Nobody waits for it any more. It ends at once if no other shares its connection, else it may still
 * be answered.
 */
void channels_abandon(struct channel_exchange *exchange);

/* Waits for the network, at most `timeout_ms`, and processes what came or timed out. */
void channels_wait(struct channels *channels, int timeout_ms);

/* Ends every open query; their sockets are closed. */
void channels_cancel(struct channels *channels);

const char *channels_library_version(void);

#endif
