/* SPDX-License-Identifier: MIT */
/*
 * The log line of one decision. Pure but for the log itself.
 */
#ifndef POSTFIX_DECISION_LOG_H
#define POSTFIX_DECISION_LOG_H

#include "base/text.h"
#include "config/config.h"
#include "policy/decision.h"
#include "policy/envelope.h"

/*
 * Logs a decision, in the form that logwatch, logcheck and munin know:
 *   prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=..; helo=..; envelope-from=..;
 *   receiver=..                       when a header is prepended and the mail goes on
 *   Fail; identity=mailfrom; client-ip=..; ...      rejects, deferrals, and what goes on without one
 * then "; action=prepend; restriction=..; mech=..; problem=..; lookups=..; voids=..; ms=..; dmarc=..;
 * dmarc-queries=..; qid=..", each
 * if there is one. Mail that was not judged, and repetitions of what goes on:
 *   decided action=prepend X-Comment: SPF check N/A for local connections - client-ip=..; ...
 * which logwatch passes over instead of reporting it as unknown. `;`, `\` and bytes outside printable
 * ASCII are \xNN inside values, so that no value can forge a key.
 *
 * Written at debugLevel >= 1; repeated decisions for further recipients of a message, and requests that
 * do not apply, are written for rejects and deferrals, and for the rest at debugLevel >= 2. In test mode
 * "would-" precedes what keeps mail out: action=would-reject.
 */
void decision_log_write(const struct config *config, const struct envelope *envelope,
			const struct decision *decision);

/* Appends the line without logging it. */
void decision_log_format(struct text *out, const struct config *config,
			 const struct envelope *envelope, const struct decision *decision);

#endif
