/* SPDX-License-Identifier: MIT */
#include "policy/policy.h"

#include <stdlib.h>
#include <unistd.h>

#include "decide.h"
#include "exempt.h"
#include "postfix/header.h"
#include "base/log.h"
#include "config/config_load.h"
#include "dns/name.h"
#include "spf/prefetch.h"
#include "base/xalloc.h"

enum {
	/* An answer that is later than this past the deadline could be taken for the next request's. */
	LATE_MS = 1000,
	KEY_PARTS = 4, /* instance, client, HELO, sender */
	KEY_MAX = KEY_PARTS * (REQUEST_VALUE_MAX + 1),
};

/* What results depend on that can be set for single recipients. */
struct conditions {
	struct address client; /* Prospective */
	int void_limit;
	int lookup_time_s;
};

/* One message, over the requests about its recipients. */
struct message {
	size_t key_length;	      /* 0 = no message that could be recognized */
	char *key;		      /* KEY_MAX bytes */
	struct conditions conditions; /* of the reports */
	struct spf_report reports[SPF_IDENTITY_COUNT];
	struct exempt exempt; /* by DNS */
	bool exempt_known;
	unsigned headers_given;
};

/* One identity while it is judged. */
struct judged {
	bool active;
	char domain[DNS_NAME_MAX];
	struct evaluation evaluation;
};

struct policy {
	const struct config *config;
	struct resolver *resolver;
	struct check_library *library;
	char receiver[DNS_NAME_MAX];
	struct evaluation_settings settings;
	struct message message;
	struct judged judged[SPF_IDENTITY_COUNT];
	uint64_t deadline_ms;
	bool epoch_open;
	bool warned_private;
};

struct policy *policy_create(const struct config *config, struct resolver *resolver,
			     struct check_library *library)
{
	struct policy *policy = xcalloc(1, sizeof(*policy));

	policy->message.key = xmalloc(KEY_MAX);
	policy->config = config;
	policy->resolver = resolver;
	policy->library = library;
	if (gethostname(policy->receiver, sizeof(policy->receiver) - 1) != 0)
		memcpy(policy->receiver, "unknown", sizeof "unknown");
	return policy;
}

void policy_release(struct policy *policy)
{
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++) {
		if (policy->judged[i].active)
			evaluation_free(&policy->judged[i].evaluation);
		policy->judged[i].active = false;
	}
	if (policy->epoch_open)
		resolver_end(policy->resolver);
	policy->epoch_open = false;
}

void policy_destroy(struct policy *policy)
{
	if (!policy)
		return;
	policy_release(policy);
	free(policy->message.key);
	free(policy);
}

struct evaluation *policy_evaluation(struct policy *policy, enum spf_identity identity)
{
	return policy->judged[identity].active ? &policy->judged[identity].evaluation : NULL;
}

/* ---- the epoch ---- */

/* resolver_notify: an answer came, so both identities may know more questions. */
static void answer_arrived(void *arg)
{
	struct policy *policy = arg;

	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		if (policy->judged[i].active)
			prefetch_start(&policy->judged[i].evaluation);
}

static void open_epoch(struct policy *policy, uint64_t deadline_ms)
{
	policy_release(policy);
	resolver_begin(policy->resolver, deadline_ms, answer_arrived, policy);
	policy->epoch_open = true;
}

/* Without an "@" it is all domain (RFC 7208 section 4.3), as for the other verifiers. */
static struct span last_part(struct span sender, struct span *local)
{
	for (size_t i = sender.length; i > 0; i--) {
		if (sender.data[i - 1] != '@')
			continue;
		*local = (struct span){ sender.data, i - 1 };
		return (struct span){ sender.data + i, sender.length - i };
	}
	return sender;
}

/* RFC 7208 sections 2.3, 2.4, 4.3. A domain that is none leaves "". */
static void name_identity(struct policy *policy, enum spf_identity identity,
			  const struct message_facts *facts, struct span *local)
{
	struct judged *judged = &policy->judged[identity];
	struct span domain = facts->helo;

	*local = (struct span){ "", 0 };
	if (identity == SPF_MAILFROM)
		domain = last_part(facts->sender, local);
	if (local->length == 0)
		*local = span_of("postmaster");
	if (!name_from_identity(domain, judged->domain))
		judged->domain[0] = '\0';
}

static void start_identity(struct policy *policy, enum spf_identity identity,
			   const struct message_facts *facts)
{
	struct judged *judged = &policy->judged[identity];
	struct evaluation_subject subject = {
		.identity = identity,
		.client = facts->client,
		.helo = facts->helo,
	};

	name_identity(policy, identity, facts, &subject.local);
	subject.sender_domain = span_of(judged->domain);
	evaluation_init(&judged->evaluation, &policy->settings, &subject);
	judged->active = true;
}

static void start_checks(struct policy *policy, const struct config *config,
			 const struct message_facts *facts, const struct decide_subject *subject)
{
	policy->settings = (struct evaluation_settings){
		.resolver = policy->resolver,
		.void_limit = (unsigned)config->void_limit,
		.prefetch_max = config->prefetch ? (unsigned)config->prefetch_max : 0,
		.receiver = policy->receiver,
	};
	open_epoch(policy, policy->deadline_ms);
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		if (decide_wants(config, subject, i) && !policy->message.reports[i].checked)
			start_identity(policy, i, facts);
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		if (policy->judged[i].active && policy->judged[i].domain[0])
			prefetch_start(&policy->judged[i].evaluation);
}

/* ---- one message ---- */

static bool has_key(const struct message *message, const struct span *parts)
{
	size_t at = 0;

	if (message->key_length == 0)
		return false;
	for (size_t i = 0; i < KEY_PARTS; at += parts[i++].length + 1)
		if (at + parts[i].length >= message->key_length ||
		    memcmp(message->key + at, parts[i].data, parts[i].length) != 0 ||
		    message->key[at + parts[i].length] != '\0')
			return false;
	return at == message->key_length;
}

static void set_key(struct message *message, const struct span *parts)
{
	message->key_length = 0;
	for (size_t i = 0; i < KEY_PARTS; i++) {
		memcpy(message->key + message->key_length, parts[i].data, parts[i].length);
		message->key_length += parts[i].length;
		message->key[message->key_length++] = '\0';
	}
}

static void forget_reports(struct message *message)
{
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		message->reports[i].checked = false;
}

static bool same_conditions(const struct conditions *a, const struct conditions *b)
{
	return a->client.family == b->client.family &&
	       address_within(&a->client, &b->client, 128) && a->void_limit == b->void_limit &&
	       a->lookup_time_s == b->lookup_time_s;
}

/* A recipient with settings of its own may not share the results of the others. */
static void recall_reports(struct message *message, const struct config *config,
			   const struct message_facts *facts)
{
	const struct conditions conditions = {
		facts->client,
		config->void_limit,
		config->lookup_time_s,
	};

	if (!same_conditions(&message->conditions, &conditions))
		forget_reports(message);
	message->conditions = conditions;
}

/* Forgets the last message unless this request is about it. */
static void recall_message(struct policy *policy, const struct message_facts *facts)
{
	struct message *last = &policy->message;
	const struct span parts[KEY_PARTS] = {
		facts->instance,
		facts->client_text,
		facts->helo,
		facts->sender,
	};

	if (facts->instance.length > 0 && has_key(last, parts))
		return;
	last->key_length = 0;
	if (facts->instance.length > 0)
		set_key(last, parts);
	last->exempt_known = false;
	last->headers_given = 0;
	forget_reports(last);
}

/* decide_report */
static const struct spf_report *report_of(void *arg, enum spf_identity identity)
{
	struct policy *policy = arg;
	struct spf_report *report = &policy->message.reports[identity];

	if (!report->checked)
		check_run(policy->library, &policy->judged[identity].evaluation, report);
	return report;
}

static bool needs_dns_to_exempt(const struct config *config)
{
	return config->domain_whitelist.count || config->helo_whitelist.count ||
	       config->domain_whitelist_ptr.count;
}

static struct exempt find_exemption(struct policy *policy, const struct request *request,
				    const struct policy_result *result)
{
	const struct config *config = result->config;
	bool authenticated = request_get(request, REQUEST_SASL_USERNAME).length > 0;
	struct exempt exempt = exempt_at_once(config, &result->facts, authenticated);
	uint64_t until;

	if (exempt.why || !needs_dns_to_exempt(config))
		return exempt;
	if (policy->message.exempt_known && config == policy->config)
		return policy->message.exempt;
	until = resolver_now_ms() + (uint64_t)config->whitelist_lookup_time_s * 1000;
	open_epoch(policy, until < policy->deadline_ms ? until : policy->deadline_ms);
	exempt = exempt_by_dns(config, &result->facts, policy->resolver, policy->library);
	policy_release(policy);
	policy->message.exempt = exempt;
	policy->message.exempt_known = config == policy->config;
	return exempt;
}

static void judge_message(struct policy *policy, struct policy_result *result)
{
	struct decide_subject subject = { .null_sender = result->facts.sender.length == 0 };
	char names[SPF_IDENTITY_COUNT][DNS_NAME_MAX];
	struct span local;

	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++) {
		name_identity(policy, i, &result->facts, &local);
		memcpy(names[i], policy->judged[i].domain, sizeof(names[i]));
		subject.domains[i] = span_of(names[i]);
	}
	start_checks(policy, result->config, &result->facts, &subject);
	decide(result->config, &subject, report_of, policy, &result->decision);
}

/* ---- headers ---- */

static void write_header(struct policy_result *result, bool authentication_results)
{
	const struct decision *decision = &result->decision;
	const struct message_facts *facts = &result->facts;

	if (authentication_results)
		header_authentication_results(&result->header, result->config, facts, decision);
	else if (decision->reason == DECISION_EXEMPT)
		header_comment(&result->header, result->config, facts, decision->why);
	else
		header_received_spf(&result->header, result->config, facts,
				    &decision->reports[decision->identity]);
}

/* Postfix prepends one header per reply: a message's second one goes out with its next request. */
static void hand_out_header(struct policy *policy, struct policy_result *result)
{
	struct message *message = &policy->message;
	enum config_header type = result->config->header_type;
	unsigned headers = type == CONFIG_HEADER_NONE ? 0 : type == CONFIG_HEADER_BOTH ? 2 : 1;
	struct decision *decision = &result->decision;
	bool would = decision->test_mode && decision->verb != DECISION_DUNNO;

	if (decision->verb != DECISION_PREPEND && !would)
		return;
	if (message->headers_given < headers)
		write_header(result, type == CONFIG_HEADER_AR || message->headers_given == 1);
	else if (decision->verb == DECISION_PREPEND) {
		decision->verb = DECISION_DUNNO;
		if (message->headers_given > 0)
			decision->reason = DECISION_REPEATED;
	}
	if (result->header.length > 0 && message->headers_given++ > 0)
		decision->reason = DECISION_REPEATED;
}

/* ---- one request ---- */

static void collect_facts(const struct request *request, const struct config *config,
			  struct message_facts *facts)
{
	*facts = (struct message_facts){
		.client_text = request_get(request, REQUEST_CLIENT_ADDRESS),
		.helo = request_get(request, REQUEST_HELO_NAME),
		.sender = request_get(request, REQUEST_SENDER),
		.recipient = request_get(request, REQUEST_RECIPIENT),
		.queue_id = request_get(request, REQUEST_QUEUE_ID),
		.instance = request_get(request, REQUEST_INSTANCE),
	};
	if (config->prospective.family != AF_UNSPEC)
		facts->client = config->prospective;
	else
		address_parse(facts->client_text, &facts->client);
}

/*
 * Why SPF has nothing to say about this request: static text, NULL when it has. It needs a client and, from
 * MAIL on, a sender.
 */
static const char *not_ours(const struct request *request, const struct message_facts *facts)
{
	static const char *const states[] = {
		"", "MAIL", "RCPT", "DATA", "BDAT", "END-OF-MESSAGE"
	};
	struct span type = request_get(request, REQUEST_TYPE);
	struct span state = request_get(request, REQUEST_PROTOCOL_STATE);

	if (!span_equal(type, span_of("smtpd_access_policy"))) {
		log_message(LOG_LEVEL_WARNING, "request: unknown type, answered dunno");
		return "unknown request type";
	}
	if (facts->client.family == AF_UNSPEC) {
		if (facts->client_text.length > 0 &&
		    !span_equal(facts->client_text, span_of("unknown")))
			log_message(LOG_LEVEL_WARNING, "request: client_address is no IP address");
		return "client address not known";
	}
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (span_equal_nocase(state, span_of(states[i])))
			return NULL;
	return "no sender at this protocol state";
}

static void warn_private(struct policy *policy, const struct message_facts *facts)
{
	char text[ADDRESS_TEXT_MAX];

	if (policy->warned_private || !address_is_private(&facts->client))
		return;
	policy->warned_private = true;
	log_message(
		LOG_LEVEL_WARNING,
		"client %s: a private or shared address is being judged; if a NAT or "
		"proxy hides the real one, every mail will fail (add it to skip_addresses or fix it)",
		address_format(&facts->client, text));
}

static void judge_or_exempt(struct policy *policy, const struct request *request,
			    struct policy_result *result)
{
	struct decision *decision = &result->decision;
	struct exempt exempt;

	recall_message(policy, &result->facts);
	recall_reports(&policy->message, result->config, &result->facts);
	exempt = find_exemption(policy, request, result);
	if (exempt.why) {
		decision->reason = DECISION_EXEMPT;
		decision->why = exempt.why;
		decision->verb = exempt.silent ? DECISION_DUNNO : DECISION_PREPEND;
	} else {
		warn_private(policy, &result->facts);
		judge_message(policy, result);
	}
	decision->test_mode = !result->config->enforce;
	/* Prospective: about mail that we will send, so nothing is written into it. Postfix takes no header
	   once it has the whole message. */
	if (result->config->prospective.family != AF_UNSPEC ||
	    span_equal_nocase(request_get(request, REQUEST_PROTOCOL_STATE),
			      span_of("END-OF-MESSAGE"))) {
		if (decision->verb == DECISION_PREPEND)
			decision->verb = DECISION_DUNNO;
		return;
	}
	hand_out_header(policy, result);
}

enum policy_status policy_decide(struct policy *policy, const struct request *request,
				 struct policy_result *result)
{
	uint64_t started = resolver_now_ms(), ended;

	policy_release(policy);
	result->decision = (struct decision){ .reason = DECISION_NOT_OURS };
	text_init(&result->header, result->header_storage, sizeof(result->header_storage));
	if (!request_has(request, REQUEST_TYPE)) {
		log_message(LOG_LEVEL_WARNING, "request: no request= attribute");
		return POLICY_TROUBLE;
	}
	result->config = config_for_recipient(policy->config,
					      request_get(request, REQUEST_RECIPIENT));
	collect_facts(request, result->config, &result->facts);
	policy->deadline_ms = started + (uint64_t)result->config->lookup_time_s * 1000;
	result->decision.why = not_ours(request, &result->facts);
	if (!result->decision.why)
		judge_or_exempt(policy, request, result);
	ended = resolver_now_ms();
	result->decision.elapsed_ms = (unsigned)(ended - started);
	if (ended > policy->deadline_ms + LATE_MS) {
		log_message(LOG_LEVEL_WARNING, "request: too late for an answer (%u ms)",
			    result->decision.elapsed_ms);
		return POLICY_TROUBLE;
	}
	return POLICY_ANSWER;
}
