/* SPDX-License-Identifier: MIT */
/*
 * Header fields that go into the message: Received-SPF (RFC 7208 section 9.1), Authentication-Results
 * (RFC 8601), and the comment for mail that was not checked. Pure.
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
 *  - An "@" stands only before the sender's domain, and only if that is plain: letters, digits, ".", "-"
 *    and "_", as it was said or as A-labels. Each other one is "?" (\x40 in X-Comment): a reader that takes
 *    the first, or whose domain ends at an odd byte, sees no domain but the one that was judged.
 *  - The null sender is "<>", the way mail logs write it.
 */
#ifndef POSTFIX_HEADER_H
#define POSTFIX_HEADER_H

#include "policy/decision.h"
#include "policy/envelope.h"

enum {
	HEADER_VALUE_MAX = 512, /* bytes of one value as given; a longer one is left out */
	HEADER_LINE_MAX = 998,	/* RFC 5322 section 2.1.1; the line end is not counted */
	HEADER_MAX = HEADER_LINE_MAX + 1, /* storage that always suffices for one header line */
};

/*
 * Appends the header field:
 *
 * "Received-SPF: pass (mailfrom) identity=mailfrom; client-ip=192.0.2.5; helo=mail.pass.example;
 *  envelope-from="foo@pass.example"; receiver=dest.example; mechanism="ip4:192.0.2.0/24""
 * (one line): the identity that decided. problem= and mechanism= are present when the report has them. What
 * does not fit into the line is left out, value by value; the first to find room are identity, client-ip,
 * envelope-from, helo, receiver, problem, mechanism, in this order.
 *
 * "Authentication-Results: ID; spf=pass (comment) smtp.mailfrom=pass.example (client-ip=192.0.2.5)": one
 * result, that of the identity that decided, so MAIL FROM's unless the sender is null or HELO decided. Of
 * two, each reader took another for the only one: SpamAssassin the last, some the first. It stands under
 * its own name (CVE-2019-20790), which is the domain alone, as OpenDMARC needs it. Where the domain holds
 * other bytes than letters, digits, ".", "-" and "_", or nothing was checked: "ID; none (why
 * - client-ip=..)". The words go when the line would be too long.
 *
 * "X-Comment: SPF check N/A for local connections - client-ip=..; helo=..; envelope-from=..; receiver=..":
 * decision->why is set.
 */
void header_format(struct text *out, enum decision_header header, const struct config *config,
		   const struct envelope *envelope, const struct decision *decision);

/*
 * "client-ip=..; helo=..; envelope-from=..; receiver=.." as policyd-spf writes them, without quotes, for
 * the log: `;`, `\` and bytes outside printable ASCII are \xNN; each value takes at most
 * `max` characters (>= 64) and ends in "..." where it was cut.
 */
void header_envelope(struct text *out, const struct config *config, const struct envelope *envelope,
		     size_t max);

/* What receiver= shows: the first recipient's domain, "<UNKNOWN>" (Hide_Receiver), "none". Raw bytes. */
struct span header_receiver(const struct config *config, const struct envelope *envelope);

#endif
