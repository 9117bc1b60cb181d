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
#include "base/text.h"

enum {
	REPLY_MAX = 8192, /* storage that always suffices */
	REPLY_TEXT_MAX =
		400, /* characters after the status code; fewer when the recipient's address,
				   which Postfix puts in front, needs the room */
};

/*
 * Formats the reply. `header` is the field to prepend, "" when there is none left to prepend. Returns
 * false, with nothing to be sent, when what came out is not a reply that Postfix would take as meant
 * (overflow, empty action, a verb that is not ours): the caller must then end without a word.
 */
bool reply_format(struct text *out, const struct config *config, const struct message_facts *facts,
		  const struct decision *decision, struct span header);

/*
 * The human text of a reject or deferral: Reason_Message with its fields filled in, at most
 * REPLY_TEXT_MAX characters. No code, no verb. The words of the sender's domain are marked as such, as
 * RFC 7208 section 8.4 asks: "Message rejected due to: SPF fail - not authorized. The domain
 * pass.example explains: TEXT".
 */
void reply_reason(struct text *out, const struct config *config, const struct message_facts *facts,
		  const struct decision *decision);

/*
 * Checks a Reason_Message template: text with {fields} (template.h). Returns NULL when it is right, else
 * what is wrong (static). Fields: {rejectdefer} {spf} {url} {result} {identity} {client-ip} {helo}
 * {envelope-from} {domain} {recipient} {receiver} {mechanism} {explanation}. {spf} is the result in words
 * and the explanation, if there is one. {url} pointed to a site that is gone: it stands for nothing, and
 * the words that lead to it ("Please see {url}") go with it.
 */
const char *reply_check_template(struct span text);

/* The default Reason_Message. */
extern const char reply_default_template[];

#endif
