/* SPDX-License-Identifier: MIT */
/*
 * c-ares, two channels per server, UDP and TCP, and the sockets under them. The only file that knows
 * c-ares.
 *
 * c-ares moves messages and sees nothing untrusted: what goes out is our own message in place of its
 * own (any name, our id, EDNS as we want it), what comes in is checked and kept by us, and c-ares is
 * told only that a placeholder was answered (exchange.h). So no release refuses a name, parses or
 * caches an answer, or adapts its time-outs to them, and all behave alike.
 *
 * c-ares 1.18.1 can not change the order of the servers of a busy channel and forgets that one is
 * dead as soon as the next query comes, so each server has channels of its own and whoever asks
 * chooses the server. A query is sent once (and once more over TCP if its answer was cut), and
 * ends after CHANNEL_TIMEOUT_MS or twice that with TCP. Datagrams that are no answers do not end
 * it. A connection that breaks fails all queries that it carries. Sockets exist while there are
 * queries, are never one of the descriptors 0..2, and are closed on exec.
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

enum { CHANNEL_TIMEOUT_MS = 3000 };

enum channel_outcome {
	CHANNEL_MESSAGE, /* a response to this query; any RCODE, else unread */
	CHANNEL_NO_EDNS, /* the server did not understand EDNS (RFC 6891 section 7) */
	CHANNEL_SILENCE, /* time-out */
	CHANNEL_BROKEN,	 /* no socket, refused, reset */
	CHANNEL_CANCELLED,
};

/*
 * Called exactly once for a query, from inside channels_ask(), channels_wait() or
 * channels_cancel(). `message` is valid during the call. Must not call into this file.
 */
typedef void channel_done(void *arg, enum channel_outcome outcome, const uint8_t *message,
			  size_t length);

struct channels;

/* Returns NULL with a message in error (size > 0) when c-ares can not be used. */
struct channels *channels_open(const struct servers *servers, char *error, size_t size);
void channels_close(struct channels *channels); /* cancels; NULL allowed */

/* `name`: askable (spf/name.h), no trailing dot; goes out byte for byte. */
void channels_ask(struct channels *channels, size_t server, struct span name, uint16_t type,
		  bool with_edns, channel_done *done, void *arg);

/* Waits for the network, at most `timeout_ms`, and processes what came or timed out. */
void channels_wait(struct channels *channels, int timeout_ms);

/* Ends every open query; their sockets are closed. */
void channels_cancel(struct channels *channels);

const char *channels_library_version(void);

#endif
