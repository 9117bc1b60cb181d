/* SPDX-License-Identifier: MIT */
/*
 * Header fields that go into the message: Received-SPF (RFC 7208 section 9.1), Authentication-Results
 * (RFC 8601), and the comment for mail that was not checked. Pure.
 *
 * Whatever the values hold, what comes out is one line of printable ASCII that its grammar reads back
 * to the same fields: values are dot-atoms or quoted-strings, a byte outside printable ASCII is
 * written as "?" inside the quotes, a value past HEADER_VALUE_MAX is left out as a whole.
 */
#ifndef HEADER_H
#define HEADER_H

#include "config.h"
#include "decision.h"
#include "text.h"

enum {
	HEADER_VALUE_MAX = 512,		/* bytes of one value as given */
	HEADER_MAX = 4096,		/* storage that always suffices for one header line */
};

/*
 * "Received-SPF: pass (mailfrom) identity=mailfrom; client-ip=192.0.2.5; helo=mail.pass.example;
 *  envelope-from="foo@pass.example"; receiver=dest.example; mechanism="ip4:192.0.2.0/24""
 * (one line). problem= is present exactly when the report has one.
 */
void header_received_spf(struct text *out, const struct config *config,
			 const struct message_facts *facts, const struct spf_report *report);

/*
 * "Authentication-Results: ID; spf=pass (comment) smtp.mailfrom=pass.example": one resinfo per checked
 * identity, mailfrom first, each under its own name (CVE-2019-20790); smtp.mailfrom is the domain alone,
 * as OpenDMARC needs it. With nothing checked: "ID; none (why)".
 */
void header_authentication_results(struct text *out, const struct config *config,
				   const struct message_facts *facts, const struct decision *decision);

/* "X-Comment: SPF check N/A for local connections - client-ip=..; helo=..; envelope-from=..; receiver=.." */
void header_comment(struct text *out, const struct config *config,
		    const struct message_facts *facts, const char *why);

/* What receiver= shows: the first recipient's domain, "<UNKNOWN>" (Hide_Receiver), "none". Raw bytes. */
struct span header_receiver(const struct config *config, const struct message_facts *facts);

#endif
