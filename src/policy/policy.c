/* SPDX-License-Identifier: MIT */
#include "policy/policy.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "decide.h"
#include "dmarc/dmarc.h"
#include "last_message.h"
#include "spf/prefetch.h"

/* An answer that is later than this past the deadline could be taken for the next request's. */
enum { LATE_MS = 1000 };

/* The resolver's lane for DMARC: queries of its own, which no identity waits for or is short of. */
enum { DMARC_LANE = SPF_IDENTITY_COUNT };

struct policy {
	struct resolver *resolver;
	struct check_library *library;
	struct last_message last;
	struct evaluation_settings settings[SPF_IDENTITY_COUNT];
	struct evaluation evaluations[SPF_IDENTITY_COUNT];
	bool evaluating[SPF_IDENTITY_COUNT];
	uint64_t deadline_ms;
	bool session_open;
	exempt_miss *miss;
	void *miss_arg;
	bool warned_private;
};

struct policy *policy_create(struct resolver *resolver, struct check_library *library)
{
	struct policy *policy = xcalloc(1, sizeof(*policy));

	policy->resolver = resolver;
	policy->library = library;
	last_message_init(&policy->last);
	return policy;
}

void policy_tell_misses(struct policy *policy, exempt_miss *miss, void *arg)
{
	policy->miss = miss;
	policy->miss_arg = arg;
}

void policy_release(struct policy *policy)
{
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++) {
		if (policy->evaluating[i])
			evaluation_free(&policy->evaluations[i]);
		policy->evaluating[i] = false;
	}
	if (policy->session_open)
		resolver_end(policy->resolver);
	policy->session_open = false;
}

void policy_destroy(struct policy *policy)
{
	if (!policy)
		return;
	policy_release(policy);
	last_message_free(&policy->last);
	free(policy);
}

struct evaluation *policy_evaluation(struct policy *policy, enum spf_identity identity)
{
	return policy->evaluating[identity] ? &policy->evaluations[identity] : NULL;
}

/* ---- the lookup session ---- */

/* resolver_notify: an answer came, so both identities may know more queries. */
static void answer_arrived(void *arg)
{
	struct policy *policy = arg;

	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		if (policy->evaluating[i])
			prefetch_start(&policy->evaluations[i]);
}

static void open_session(struct policy *policy, uint64_t deadline_ms)
{
	policy_release(policy);
	resolver_begin(policy->resolver, deadline_ms, answer_arrived, policy);
	policy->session_open = true;
}

static uint64_t deadline_after(uint64_t start_ms, int seconds)
{
	return start_ms + (uint64_t)seconds * 1000;
}

/* The time of a part that must leave as much for what follows. */
static uint64_t half_way_to(uint64_t deadline_ms, uint64_t now_ms)
{
	return now_ms < deadline_ms ? now_ms + (deadline_ms - now_ms) / 2 : now_ms;
}

/* ---- judging ---- */

static void start_evaluation(struct policy *policy, enum spf_identity identity,
			     const struct envelope *envelope)
{
	const struct evaluation_subject subject = {
		.identity = identity,
		.client = envelope->client,
		.local = identity == SPF_HELO ? span_of("postmaster") : envelope->local,
		.sender_domain = span_of(envelope->domains[identity]),
		.helo = envelope->helo,
	};

	evaluation_init(&policy->evaluations[identity], &policy->settings[identity], &subject);
	policy->evaluating[identity] = true;
}

static unsigned places(const struct config *config)
{
	return config->prefetch ? (unsigned)config->prefetch_max : 0;
}

/*
 * HELO's DNS is in the hands of whoever connects. While MAIL FROM is judged too, each has half of the
 * queries in flight, and HELO, which is waited for first, at most half of the time that is left.
 */
static void set_shares(struct policy *policy, const struct config *config)
{
	struct evaluation_settings settings = {
		.resolver = policy->resolver,
		.void_limit = (unsigned)config->void_limit,
		.prefetch_max = places(config),
		.receiver = config->host_name,
		.deadline_ms = policy->deadline_ms,
	};
	bool both = policy->evaluating[SPF_HELO] && policy->evaluating[SPF_MAILFROM];

	if (both)
		settings.prefetch_max = (settings.prefetch_max + 1) / 2;
	policy->settings[SPF_HELO] = policy->settings[SPF_MAILFROM] = settings;
	if (both)
		policy->settings[SPF_HELO].deadline_ms = half_way_to(policy->deadline_ms,
								     resolver_now_ms());
}

static void start_evaluations(struct policy *policy, const struct config *config,
			      const struct envelope *envelope)
{
	open_session(policy, policy->deadline_ms);
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		if (decide_wants(config, envelope, i) && !policy->last.reports[i].checked)
			start_evaluation(policy, i, envelope);
	set_shares(policy, config);
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT; i++)
		if (policy->evaluating[i] && envelope->domains[i][0])
			prefetch_start(&policy->evaluations[i]);
}

static void start_dmarc(struct policy *policy, const struct config *config,
			const struct envelope *envelope)
{
	resolver_lane(policy->resolver, DMARC_LANE, policy->deadline_ms);
	dmarc_want(policy->resolver, span_of(envelope->domains[SPF_MAILFROM]), places(config),
		   &policy->last.dmarc);
}

/* Started already, unless only this recipient's settings need it. */
static void find_dmarc(struct policy *policy, const struct config *config,
		       const struct envelope *envelope)
{
	start_dmarc(policy, config, envelope);
	dmarc_find(policy->resolver, span_of(envelope->domains[SPF_MAILFROM]), &policy->last.dmarc);
}

static void evaluate(struct policy *policy, const struct config *config,
		     const struct envelope *envelope, struct decision *decision)
{
	struct spf_report *reports = policy->last.reports;
	enum decide_missing missing;

	start_evaluations(policy, config, envelope);
	/* Beside SPF's first query, so that a fail need not wait for it. */
	if (policy->evaluating[SPF_MAILFROM] && decide_may_ask_dmarc(config, envelope))
		start_dmarc(policy, config, envelope);
	while ((missing = decide(config, envelope, reports, &policy->last.dmarc, decision)) !=
	       DECIDE_NOTHING) {
		if (missing == DECIDE_DMARC) {
			find_dmarc(policy, config, envelope);
			continue;
		}
		check_run(policy->library, &policy->evaluations[missing], &reports[missing]);
		policy->settings[SPF_MAILFROM].prefetch_max = places(config);
	}
	decision->dmarc.queries = policy->last.dmarc.queries;
}

void policy_evaluate(struct policy *policy, const struct config *config,
		     const struct envelope *envelope, struct decision *decision)
{
	policy->deadline_ms = deadline_after(resolver_now_ms(), config->lookup_time_s);
	last_message_recall(&policy->last, config, envelope);
	*decision = (struct decision){ .verb = DECISION_DUNNO };
	evaluate(policy, config, envelope, decision);
}

/* ---- deciding ---- */

/* Why SPF has nothing to say about this request: static text, NULL when it has. */
static const char *not_applicable(const struct envelope *envelope)
{
	if (envelope->stage == ENVELOPE_UNKNOWN_TYPE)
		return "unknown request type";
	if (envelope->client.family == AF_UNSPEC)
		return "client address not known";
	if (envelope->stage == ENVELOPE_SENDER_UNKNOWN)
		return "no sender at this protocol state";
	return NULL;
}

static struct exempt find_exemption(struct policy *policy, const struct config *config,
				    const struct envelope *envelope)
{
	struct last_message *message = &policy->last;
	struct exempt exempt = exempt_at_once(config, envelope);
	uint64_t now = resolver_now_ms(), until = half_way_to(policy->deadline_ms, now);

	if (exempt.why || !exempt_needs_dns(config))
		return exempt;
	if (message->exempt_for != config) {
		/* At most half of the time: the client's PTR must not keep its message from judgement. */
		if (until > deadline_after(now, config->whitelist_lookup_time_s))
			until = deadline_after(now, config->whitelist_lookup_time_s);
		open_session(policy, until);
		message->exempt = exempt_by_dns(&(struct exempt_search){
			config, envelope, policy->resolver, policy->library, until, policy->miss,
			policy->miss_arg });
		message->exempt_for = config;
		policy_release(policy);
	}
	return message->exempt;
}

static void judge_or_exempt(struct policy *policy, const struct config *config,
			    const struct envelope *envelope, struct decision *decision)
{
	struct exempt exempt;

	last_message_recall(&policy->last, config, envelope);
	exempt = find_exemption(policy, config, envelope);
	if (!exempt.why)
		exempt = exempt_private(config, envelope, &policy->warned_private);
	if (exempt.why) {
		decision->reason = DECISION_EXEMPT;
		decision->why = exempt.why;
		decision->verb = exempt.verb;
	} else {
		evaluate(policy, config, envelope, decision);
	}
	decision->test_mode = !config->enforce;
	/* Prospective: about mail that we will send, so nothing is written into it. Nor into a message that
	   Postfix has already: it takes no header any more. */
	if (config->prospective.family == AF_UNSPEC && envelope->stage != ENVELOPE_WHOLE_MESSAGE)
		last_message_give_header(&policy->last, config, decision);
	else if (decision->verb == DECISION_PREPEND)
		decision->verb = DECISION_DUNNO;
}

bool policy_decide(struct policy *policy, const struct config *config,
		   const struct envelope *envelope, struct decision *decision)
{
	uint64_t started = resolver_now_ms(), ended;

	policy_release(policy);
	policy->deadline_ms = deadline_after(started, config->lookup_time_s);
	*decision = (struct decision){ .reason = DECISION_NOT_APPLICABLE,
				       .why = not_applicable(envelope) };
	if (!decision->why)
		judge_or_exempt(policy, config, envelope, decision);
	ended = resolver_now_ms();
	decision->elapsed_ms = (unsigned)(ended - started);
	if (ended <= policy->deadline_ms + LATE_MS)
		return true;
	log_message(LOG_LEVEL_WARNING, "request: too late for an answer (%u ms)",
		    decision->elapsed_ms);
	return false;
}
