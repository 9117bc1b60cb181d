/* SPDX-License-Identifier: MIT */
#include "postfix/reply.h"

#include "config/access_action.h"
#include "config/reason_message.h"
#include "postfix/header.h"
#include "base/template.h"

enum {
	VALUE_MAX = 128,      /* characters of one value from the request */
	DRAFT_SIZE = 4096,    /* more than REPLY_TEXT_MAX and the longest value together */
	EXPLANATION_MIN = 16, /* characters below which an explanation is no use */
	SMTP_TEXT_MAX = 512 - (int)sizeof("550 5.7.23 <>: Recipient address rejected: \r\n") + 1,
	/* recipient's address and our text; RFC 5321 section 4.5.3.1.5 */
	REPLY_TEXT_MIN = 100, /* whatever the recipient's address takes */
};

/* The values of the fields, for template_expand(). */
struct values {
	struct span spans[REASON_FIELD_COUNT];
	char client_ip[ADDRESS_TEXT_MAX];
	char explanation[SPF_EXPLANATION_MAX];
	char spf[SPF_PROBLEM_MAX + DNS_NAME_MAX + SPF_EXPLANATION_MAX + 64];
};

static struct template_value lookup(const void *arg, size_t field)
{
	const struct values *values = arg;
	bool ours = field == REASON_SPF || field == REASON_EXPLANATION;
	size_t max = ours ? sizeof(values->spf) : VALUE_MAX;

	return (struct template_value){ values->spans[field], max };
}

static void fill_values(struct values *values, const struct config *config,
			const struct envelope *envelope, const struct decision *decision)
{
	const struct spf_report *report = &decision->reports[decision->identity];
	bool defers = decision->verb == DECISION_DEFER;
	struct span *spans = values->spans;

	spans[REASON_REJECTDEFER] = span_of(defers ? "deferred" : "rejected");
	spans[REASON_URL] = (struct span){ NULL, 0 };
	spans[REASON_RESULT] = span_of(spf_result_name(report->result));
	spans[REASON_IDENTITY] = span_of(spf_identity_name(decision->identity));
	spans[REASON_CLIENT_IP] = envelope_client(envelope, values->client_ip);
	spans[REASON_HELO] = envelope->helo;
	spans[REASON_ENVELOPE_FROM] = envelope_sender(envelope);
	spans[REASON_DOMAIN] = span_of(report->domain);
	spans[REASON_RECIPIENT] = envelope->recipient;
	spans[REASON_RECEIVER] = header_receiver(config, envelope);
	spans[REASON_MECHANISM] = span_of(report->mechanism);
	for (size_t i = 0; i < REASON_FIELD_COUNT; i++)
		if (i != REASON_URL && !spans[i].data)
			spans[i] = span_of("");
}

/* With at most `max` characters of what the sender's domain has to say; 0 leaves it out. */
static void fill_words(struct values *values, const struct decision *decision, size_t max)
{
	const struct spf_report *report = &decision->reports[decision->identity];
	struct text explanation, spf;

	text_init(&explanation, values->explanation, sizeof(values->explanation));
	if (max >= EXPLANATION_MIN && report->result == SPF_FAIL)
		text_escape(&explanation, span_of(report->explanation), "", max);
	text_init(&spf, values->spf, sizeof(values->spf));
	if (decision->why)
		text_string(&spf, decision->why);
	else
		decision_describe(&spf, report);
	if (explanation.length > 0)
		text_format(&spf, ". The domain %s explains: %s", report->domain, explanation.data);
	values->spans[REASON_EXPLANATION] = text_span(&explanation);
	values->spans[REASON_SPF] = text_span(&spf);
}

/* Expands the template so that it fits, which the domain's words pay for. */
static struct span draft_reason(struct text *draft, struct span source, struct values *values,
				const struct decision *decision, size_t max)
{
	size_t explanation_max = SPF_EXPLANATION_MAX - 1;

	for (;;) {
		size_t excess;

		text_reset(draft);
		fill_words(values, decision, explanation_max);
		template_expand(draft, source, reason_field_names, lookup, values);
		if (draft->length <= max || explanation_max == 0)
			break;
		excess = draft->length - max;
		explanation_max -= excess < explanation_max ? excess : explanation_max;
	}
	return span_trim(text_span(draft), " ");
}

/* Postfix puts the recipient's address in front of the text. */
static size_t reason_max(const struct envelope *envelope)
{
	if (envelope->recipient.length >= SMTP_TEXT_MAX - REPLY_TEXT_MIN)
		return REPLY_TEXT_MIN;
	if (envelope->recipient.length <= SMTP_TEXT_MAX - REPLY_TEXT_MAX)
		return REPLY_TEXT_MAX;
	return SMTP_TEXT_MAX - envelope->recipient.length;
}

void reply_reason(struct text *out, const struct config *config, const struct envelope *envelope,
		  const struct decision *decision)
{
	size_t max = reason_max(envelope);
	char storage[DRAFT_SIZE];
	struct values values = { .client_ip = "" };
	struct text draft;
	struct span source = span_of(config->reason_message), reason;

	fill_values(&values, config, envelope, decision);
	text_init(&draft, storage, sizeof(storage));
	reason = draft_reason(&draft, source, &values, decision, max);
	/* A template of nothing but empty fields: a reply needs a text. */
	if (reason.length == 0) {
		source = span_of(REASON_MESSAGE_DEFAULT);
		reason = draft_reason(&draft, source, &values, decision, max);
	}
	/* Where the draft overflowed, what it holds is cut here as well. */
	text_escape(out, reason, "", max);
}

/* What goes out: in test mode nothing that keeps mail out, and never a header that is not there. */
static enum decision_verb outgoing_verb(const struct decision *decision, struct span header)
{
	enum decision_verb verb = decision->verb;

	if (decision->test_mode && verb != DECISION_DUNNO)
		verb = DECISION_PREPEND;
	if (verb == DECISION_PREPEND && header.length == 0)
		verb = DECISION_DUNNO;
	return verb;
}

/* RFC 7372 section 3.2, RFC 3463 section 3.4 where no result decided. Where there is none, Postfix adds 5.7.1 or
   4.7.1. */
static const char *status_code(const struct config *config, const struct decision *decision)
{
	enum spf_result result = decision->reports[decision->identity].result;

	if (!config->enhanced_status_codes)
		return "";
	if (decision->verb == DECISION_DEFER)
		return decision->reason == DECISION_EXEMPT ? "4.3.5 " : "4.7.24 ";
	return result == SPF_PERMERROR ? "5.7.24 " : "5.7.23 ";
}

/* "Name: text" (RFC 5322 section 2.2). */
static bool is_header(struct span header)
{
	size_t name = 0;

	while (name < header.length && header.data[name] > 0x20 && header.data[name] != ':')
		name++;
	return name > 0 && header.length > name + 2 && header.data[name] == ':' &&
	       header.data[name + 1] == ' ' && header.data[name + 2] != ' ';
}

static bool takes_after(struct span *action, const char *verb)
{
	if (!span_starts_with(*action, verb) || action->length == strlen(verb))
		return false;
	*action = span_skip(*action, strlen(verb));
	return true;
}

/*
 * The last look at what leaves: Postfix takes an empty action or a number for OK, and what follows
 * a newline for the answer to the next request.
 */
static bool is_sound(struct span reply, enum decision_verb verb)
{
	struct span action = reply;

	if (!takes_after(&action, "action=") || action.length < 3 ||
	    memcmp(action.data + action.length - 2, "\n\n", 2) != 0)
		return false;
	action.length -= 2;
	if (!span_all(action, ascii_is_printable))
		return false;
	switch (verb) {
	case DECISION_DUNNO: return span_is(action, "dunno");
	case DECISION_PREPEND: return takes_after(&action, "prepend ") && is_header(action);
	case DECISION_REJECT: return takes_after(&action, "550 ") && action.data[0] != ' ';
	case DECISION_DEFER:
		return takes_after(&action, "defer_if_permit ") && action.data[0] != ' ';
	case DECISION_RESTRICTION: return access_action_check(action) == NULL;
	}
	return false;
}

bool reply_format(struct text *out, const struct config *config, const struct envelope *envelope,
		  const struct decision *decision, struct span header)
{
	enum decision_verb verb = outgoing_verb(decision, header);

	text_reset(out);
	text_string(out, "action=");
	switch (verb) {
	case DECISION_DUNNO: text_string(out, "dunno"); break;
	case DECISION_PREPEND:
		text_string(out, "prepend ");
		text_add(out, header);
		break;
	case DECISION_REJECT:
		text_format(out, "550 %s", status_code(config, decision));
		reply_reason(out, config, envelope, decision);
		break;
	case DECISION_DEFER:
		text_format(out, "defer_if_permit %s", status_code(config, decision));
		reply_reason(out, config, envelope, decision);
		break;
	case DECISION_RESTRICTION:
		text_string(out, decision->restriction ? decision->restriction : "");
		break;
	}
	text_string(out, "\n\n");
	return !out->overflow && is_sound(text_span(out), verb);
}
