/* SPDX-License-Identifier: MIT */
#include "config/reason_message.h"

#include "base/template.h"

const char *const reason_field_names[REASON_FIELD_COUNT + 1] = {
	[REASON_REJECTDEFER] = "rejectdefer",
	[REASON_SPF] = "spf",
	[REASON_URL] = "url",
	[REASON_RESULT] = "result",
	[REASON_IDENTITY] = "identity",
	[REASON_CLIENT_IP] = "client-ip",
	[REASON_HELO] = "helo",
	[REASON_ENVELOPE_FROM] = "envelope-from",
	[REASON_DOMAIN] = "domain",
	[REASON_RECIPIENT] = "recipient",
	[REASON_RECEIVER] = "receiver",
	[REASON_MECHANISM] = "mechanism",
	[REASON_EXPLANATION] = "explanation",
};

const char *reason_message_check(struct span source)
{
	if (source.length == 0)
		return "is empty";
	if (source.length > REASON_MESSAGE_MAX)
		return "is longer than 400 bytes";
	return template_check(source, reason_field_names);
}
