/* SPDX-License-Identifier: MIT */
#include "pending.h"

static void hand_on(struct pending_rejection *rejection, pending_take take, void *arg)
{
	if (!rejection->arena)
		return;
	take(arg, &rejection->decision);
	arena_destroy(rejection->arena);
	rejection->arena = NULL;
}

/* Does smtpd's line tell of this rejection? */
static bool is_the_same(const struct logged_decision *service, const struct logged_decision *smtpd)
{
	const struct envelope *a = &service->envelope, *b = &smtpd->envelope;

	if (!address_equal(&a->client, &b->client))
		return false;
	if (service->identity == SPF_HELO && a->helo.length > 0)
		return span_equal_nocase(a->helo, b->helo);
	return span_equal_nocase(a->sender, b->sender);
}

/* What the service did not say, smtpd does. */
static void complete(struct pending_rejection *rejection, const struct logged_decision *smtpd)
{
	struct envelope *e = &rejection->decision.envelope;

	if (!e->helo.data)
		e->helo = arena_span(rejection->arena, smtpd->envelope.helo);
	if (!e->sender.data)
		e->sender = arena_span(rejection->arena, smtpd->envelope.sender);
}

void pending_add(struct pending *pending, const struct logged_decision *decision, pending_take take,
		 void *arg)
{
	struct pending_rejection *place = &pending->rejections[pending->next];
	bool rejection = decision->verb == DECISION_REJECT || decision->verb == DECISION_DEFER;

	if (decision->source == LOGGED_BY_SMTPD) {
		for (unsigned i = 0; i < PENDING_MAX; i++) {
			struct pending_rejection *waiting = &pending->rejections[i];

			if (waiting->arena && is_the_same(&waiting->decision, decision)) {
				complete(waiting, decision);
				hand_on(waiting, take, arg);
				return;
			}
		}
	}
	if (decision->source != LOGGED_BY_SERVICE || !rejection || decision->would) {
		take(arg, decision);
		return;
	}
	hand_on(place, take, arg);
	place->arena = arena_create();
	place->decision = logged_decision_copy(decision, place->arena);
	pending->next = (pending->next + 1) % PENDING_MAX;
}

void pending_end(struct pending *pending, pending_take take, void *arg)
{
	for (unsigned i = 0; i < PENDING_MAX; i++)
		hand_on(&pending->rejections[(pending->next + i) % PENDING_MAX], take, arg);
}
