/* SPDX-License-Identifier: MIT */
/*
 * What the client has told of one message: made once, from a policy request or for `check`, and passed
 * down as const. The spans are raw bytes, borrowed from whoever made the envelope.
 */
#ifndef POLICY_ENVELOPE_H
#define POLICY_ENVELOPE_H

#include "config/config.h"

enum { ENVELOPE_VALUE_MAX = 2048 }; /* bytes of a value: Postfix's line_length_limit */

enum envelope_stage {
	ENVELOPE_SENDER_KNOWN,	 /* from MAIL on */
	ENVELOPE_WHOLE_MESSAGE,	 /* END-OF-MESSAGE: Postfix takes no header any more */
	ENVELOPE_SENDER_UNKNOWN, /* before MAIL */
	ENVELOPE_UNKNOWN_TYPE,	 /* a request that is not about mail */
};

struct envelope {
	enum envelope_stage stage;
	struct span client_text; /* as the peer wrote it */
	struct span helo;	 /* "" = none */
	struct span sender;	 /* "" = the null sender */
	struct span recipient;
	struct span instance; /* of the message; never reused on a connection; "" = not told */
	struct span queue_id;
	struct span login; /* SASL; "" = not authenticated */

	/* What follows from these: envelope_complete(). */
	struct address client;				/* AF_UNSPEC = not known */
	struct span local;				/* sender's; "postmaster" if it has none */
	char domains[SPF_IDENTITY_COUNT][DNS_NAME_MAX]; /* what each identity is judged for
							   (RFC 7208 sections 2.3, 2.4, 4.3), as
							   A-labels; "" = no domain name */
};

/* Derives the second half from the first. Prospective, where it is set, is the client. */
void envelope_complete(struct envelope *envelope, const struct config *config);

/* The client as headers and logs show it. `storage` holds ADDRESS_TEXT_MAX bytes. */
struct span envelope_client(const struct envelope *envelope, char *storage);

/* The sender as headers and logs show it: "<>" for the null sender. */
struct span envelope_sender(const struct envelope *envelope);

#endif
