/* SPDX-License-Identifier: MIT */
/*
 * A decision read back from the log line that it left: ours (postfix/decision_log.h), policyd-spf's at its
 * debugLevel 1, and postfix-policyd-spf-perl's. Pure.
 */
#ifndef MAILLOG_LOGGED_DECISION_H
#define MAILLOG_LOGGED_DECISION_H

#include "base/arena.h"
#include "policy/decision.h"
#include "policy/envelope.h"

struct logged_decision {
	bool judged; /* SPF was looked at: identity and result are set, else `why` */
	enum spf_identity identity;
	enum spf_result result;
	enum decision_verb verb;
	bool would; /* test mode: the verb would have happened */
	bool timed; /* elapsed_ms is known */
	unsigned elapsed_ms;
	struct span why;     /* not judged: the line's words for the reason */
	struct span problem; /* of a temperror or permerror; "" = not told */
	struct span
		domain; /* judged: that of the identity, as the client wrote it; "" = not told */
	struct envelope
		envelope; /* client_text, helo, sender, recipient as of log_line_parse(); client */
};

/*
 * `message` is what stands behind "ident[pid]: ". False for all that is no decision: other messages, details of
 * higher debug levels, and the DUNNO with which postfix-policyd-spf-perl answers further recipients.
 * Spans point into the message or the arena.
 */
bool logged_decision_parse(struct span message, struct arena *arena,
			   struct logged_decision *decision);

#endif
