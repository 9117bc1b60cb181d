/* SPDX-License-Identifier: MIT */
/*
 * The reply line of the policy protocol. Pure.
 *
 * A reply is "action=" VERB [" " TEXT] and two newlines, printable ASCII, in one buffer for one write.
 * Reply texts keep the SMTP line within 512 bytes whatever the sender's domain has to say: the
 * explanation is cut first, ending in "...". Enhanced status codes are those of RFC 7372.
 */
#ifndef POSTFIX_REPLY_H
#define POSTFIX_REPLY_H

#include "config/config.h"
#include "policy/decision.h"
#include "policy/envelope.h"
#include "base/text.h"

enum {
	REPLY_MAX = 8192, /* storage that always suffices */
	/* Characters after the status code; fewer when the recipient's address, which Postfix puts
	 * in front, needs the room. */
	REPLY_TEXT_MAX = 400,
};

/*
 * Formats the reply. `header` is the field to prepend, "" when there is none. Returns false, with nothing
 * to be sent, when what came out is not a reply that Postfix would take as meant (overflow, empty action,
 * an unknown verb): the caller must then end without a reply.
 */
bool reply_format(struct text *out, const struct config *config, const struct envelope *envelope,
		  const struct decision *decision, struct span header);

/*
 * The human text of a reject or deferral: Reason_Message with its fields filled in, at most
 * REPLY_TEXT_MAX characters. No code, no verb. The words of the sender's domain are marked as such, as
 * RFC 7208 section 8.4 asks: "Message rejected due to: SPF fail - not authorized. The domain
 * pass.example explains: TEXT".
 */
void reply_reason(struct text *out, const struct config *config, const struct envelope *envelope,
		  const struct decision *decision);

#endif
