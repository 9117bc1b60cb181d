/* SPDX-License-Identifier: MIT */
#include "bare_results.h"

static void drop(struct bare_result *result)
{
	arena_destroy(result->arena);
	result->arena = NULL;
}

static void hand_on(struct bare_result *result, bare_results_take take, void *arg)
{
	if (result->arena)
		take(arg, &result->decision, result->time);
	drop(result);
}

static void forget_settled(struct bare_results *bare)
{
	arena_destroy(bare->settled);
	bare->settled = NULL;
}

static bool is_same_message(const struct envelope *a, const struct envelope *b)
{
	return address_equal(&a->client, &b->client) && span_equal_nocase(a->helo, b->helo) &&
	       span_equal(a->sender, b->sender);
}

void bare_results_add(struct bare_results *bare, const struct logged_decision *result, time_t time,
		      bare_results_take take, void *arg)
{
	struct bare_result *place = &bare->ring[bare->next];

	for (unsigned i = 0; i < BARE_RESULTS_MAX; i++) {
		struct bare_result *held = &bare->ring[i];

		if (!held->arena || !is_same_message(&held->decision.envelope, &result->envelope))
			continue;
		if (held->decision.identity == SPF_HELO && result->identity == SPF_MAILFROM)
			drop(held);
		else
			hand_on(held, take, arg);
	}
	hand_on(place, take, arg);
	bare->next = (bare->next + 1) % BARE_RESULTS_MAX;
	place->arena = arena_create();
	place->decision = logged_decision_copy(result, place->arena);
	place->time = time;
}

/* Is the decision about this result, as far as its line tells? */
static bool is_about(const struct logged_decision *result, const struct logged_decision *decision)
{
	const struct envelope *a = &result->envelope, *b = &decision->envelope;

	if (b->client_text.length == 0)
		return decision->judged && decision->verb != DECISION_PREPEND &&
		       decision->result == result->result;
	return address_equal(&a->client, &b->client) &&
	       (!b->sender.data || span_equal_nocase(a->sender, b->sender)) &&
	       (!b->helo.data || span_equal_nocase(a->helo, b->helo));
}

void bare_results_settle(struct bare_results *bare, struct logged_decision *decision)
{
	forget_settled(bare);
	for (unsigned i = 1; decision->judged && i <= BARE_RESULTS_MAX; i++) {
		struct bare_result *held =
			&bare->ring[(bare->next + BARE_RESULTS_MAX - i) % BARE_RESULTS_MAX];
		struct logged_decision *result = &held->decision;

		if (!held->arena || !is_about(result, decision))
			continue;
		if (decision->source == LOGGED_BY_SMTPD ||
		    decision->envelope.client_text.length == 0) {
			result->verb = decision->verb;
			*decision = *result;
		}
		bare->settled = held->arena;
		held->arena = NULL;
		return;
	}
}

void bare_results_end(struct bare_results *bare, bare_results_take take, void *arg)
{
	for (unsigned i = 0; i < BARE_RESULTS_MAX; i++)
		hand_on(&bare->ring[(bare->next + i) % BARE_RESULTS_MAX], take, arg);
	forget_settled(bare);
}
