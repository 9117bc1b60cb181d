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

enum logged_source {
	LOGGED_BY_SERVICE, /* or told by smtpd of a result of the service */
	LOGGED_BY_SMTPD,   /* the rejection as Postfix tells it; whose result it was is a guess */
	LOGGED_IN_FIELD,   /* a Received-SPF field of a message that was delivered */
};

struct logged_decision {
	enum logged_source source;
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

/* "Pass; identity=mailfrom; client-ip=..; helo=..; envelope-from=..; receiver=..": a result of policyd-spf without a word
 * of what was decided; as if it were DECISION_DUNNO. */
bool logged_result_parse(struct span message, struct arena *arena,
			 struct logged_decision *decision);

/* The same with spans that live as long as the arena. */
struct logged_decision logged_decision_copy(const struct logged_decision *decision,
					    struct arena *arena);

/* smtpd's "NOQUEUE: reject: RCPT from mx.example[192.0.2.5]: 550 5.7.23 ..", if the words are those of an SPF
 * service. Without a sender it was HELO's result. */
bool logged_rejection_parse(struct span message, struct arena *arena,
			    struct logged_decision *decision);

/* A Received-SPF field, unfolded, from its name on. */
bool logged_field_parse(struct span field, struct arena *arena, struct logged_decision *decision);

#endif
