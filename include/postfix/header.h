/* SPDX-License-Identifier: MIT */
/*
 * Header fields that go into the message: Received-SPF (RFC 7208 section 9.1), Authentication-Results
 * (RFC 8601), and the comment for mail that was not checked. Pure but for the host's name.
 *
 * Whatever the values hold, what comes out is one line of printable ASCII of at most HEADER_LINE_MAX
 * bytes that its grammar reads back to the same fields, and that no value can make say something else
 * to the simple readers that split at ";" and "=" or stop at a parenthesis:
 *
 *  - A value is written as it is when it is a dot-atom, else as a quoted-string. So "2001:db8::5",
 *    "<UNKNOWN>" and every address stand in quotes: section 9.1 has no other form, and Mail::SPF
 *    writes the same.
 *  - Inside quotes and comments `"`, `\`, `(`, `)` and `=` are quoted-pairs. The last one is what lets
 *    OpenDMARC read SRS and VERP senders, whose "=" it takes for its own otherwise.
 *  - There `;`, and bytes outside printable ASCII, become "?": a quoted-pair would be right by the
 *    grammar, but readers that split at `;` would be left with half an address.
 *  - The null sender is "<>", the way mail logs write it.
 */
#ifndef POSTFIX_HEADER_H
#define POSTFIX_HEADER_H

#include "config/config.h"
#include "policy/decision.h"
#include "base/text.h"

enum {
	HEADER_VALUE_MAX = 512, /* bytes of one value as given; a longer one is left out */
	HEADER_LINE_MAX = 998,	/* RFC 5322 section 2.1.1; the line end is not counted */
	HEADER_MAX = HEADER_LINE_MAX + 1, /* storage that always suffices for one header line */
};

/*
 * Learns the host's name, which stands for an Authserv_Id that is not set: before the process confines
 * itself. Without it the name is asked for when it is needed, and "localhost" if that is refused.
 */
void header_prepare(void);

/*
 * "Received-SPF: pass (mailfrom) identity=mailfrom; client-ip=192.0.2.5; helo=mail.pass.example;
 *  envelope-from="foo@pass.example"; receiver=dest.example; mechanism="ip4:192.0.2.0/24""
 * (one line). problem= and mechanism= are present when the report has them. What does not fit into the
 * line is left out, value by value; the first to find room are identity, client-ip, envelope-from,
 * helo, receiver, problem, mechanism, in this order.
 */
void header_received_spf(struct text *out, const struct config *config,
			 const struct message_facts *facts, const struct spf_report *report);

/*
 * "Authentication-Results: ID; spf=pass (comment) smtp.mailfrom=pass.example": one resinfo per checked
 * identity, mailfrom first, each under its own name (CVE-2019-20790); smtp.mailfrom is the domain alone,
 * as OpenDMARC needs it. An identity whose domain holds other bytes than letters, digits, ".", "-" and
 * "_" is left out as a whole: a result without its name could be read as another's. With nothing left:
 * "ID; none (why)". The comments go when the line would be too long.
 */
void header_authentication_results(struct text *out, const struct config *config,
				   const struct message_facts *facts,
				   const struct decision *decision);

/* "X-Comment: SPF check N/A for local connections - client-ip=..; helo=..; envelope-from=..; receiver=.." */
void header_comment(struct text *out, const struct config *config,
		    const struct message_facts *facts, const char *why);

/*
 * "client-ip=..; helo=..; envelope-from=..; receiver=.." as policyd-spf writes them, without quotes, for
 * the comment and the log: `;`, `\` and bytes outside printable ASCII are \xNN; each value takes at most
 * `max` characters (>= 64) and ends in "..." where it was cut.
 */
void header_facts(struct text *out, const struct config *config, const struct message_facts *facts,
		  size_t max);

/* What receiver= shows: the first recipient's domain, "<UNKNOWN>" (Hide_Receiver), "none". Raw bytes. */
struct span header_receiver(const struct config *config, const struct message_facts *facts);

#endif
