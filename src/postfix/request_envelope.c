/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "request.h"

static enum envelope_stage stage_of(struct span type, struct span state)
{
	static const char *const states[] = { "", "MAIL", "RCPT", "DATA", "BDAT" };

	if (!span_is(type, "smtpd_access_policy"))
		return ENVELOPE_UNKNOWN_TYPE;
	if (span_is_nocase(state, "END-OF-MESSAGE"))
		return ENVELOPE_WHOLE_MESSAGE;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (span_is_nocase(state, states[i]))
			return ENVELOPE_SENDER_KNOWN;
	return ENVELOPE_SENDER_UNKNOWN;
}

static void warn_if_odd(const struct envelope *envelope)
{
	struct span client = envelope->client_text;

	if (envelope->stage == ENVELOPE_UNKNOWN_TYPE)
		log_message(LOG_LEVEL_WARNING, "request: unknown type, answered dunno");
	else if (envelope->client.family == AF_UNSPEC && client.length > 0 &&
		 !span_is(client, "unknown"))
		log_message(LOG_LEVEL_WARNING, "request: client_address is no IP address");
}

bool request_envelope(const struct request *request, const struct config *config,
		      struct envelope *envelope)
{
	if (!request_has(request, REQUEST_TYPE)) {
		log_message(LOG_LEVEL_WARNING, "request: no request= attribute");
		return false;
	}
	*envelope = (struct envelope){
		.stage = stage_of(request_get(request, REQUEST_TYPE),
				  request_get(request, REQUEST_PROTOCOL_STATE)),
		.client_text = request_get(request, REQUEST_CLIENT_ADDRESS),
		.helo = request_get(request, REQUEST_HELO_NAME),
		.sender = request_get(request, REQUEST_SENDER),
		.recipient = request_get(request, REQUEST_RECIPIENT),
		.instance = request_get(request, REQUEST_INSTANCE),
		.queue_id = request_get(request, REQUEST_QUEUE_ID),
		.login = request_get(request, REQUEST_SASL_USERNAME),
	};
	envelope_complete(envelope, config);
	warn_if_odd(envelope);
	return true;
}
