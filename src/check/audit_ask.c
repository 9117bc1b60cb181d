/* SPDX-License-Identifier: MIT */
#include "audit_ask.h"

bool audit_enter_lane(struct auditing *a)
{
	uint64_t now = resolver_now_ms(), until = now + AUDIT_WAIT_MS;

	if (a->audit->ended)
		return false;
	if (a->audit->queries >= AUDIT_QUERIES_MAX)
		a->audit->ended = "more than 1000 DNS queries";
	else if (now >= a->deadline_ms)
		a->audit->ended = "more than 60 seconds";
	/* A dead server costs AUDIT_WAIT_MS, not the time for all. */
	resolver_lane(a->resolver, a->lane, until < a->deadline_ms ? until : a->deadline_ms);
	return !a->audit->ended;
}

void audit_start(struct auditing *a, struct span name, uint16_t type)
{
	enum { IN_FLIGHT_MAX = 20 };

	if (resolver_in_flight(a->resolver) < IN_FLIGHT_MAX && audit_enter_lane(a))
		a->audit->queries += resolver_want(a->resolver, name, type);
}

void audit_start_addresses(struct auditing *a, struct span name)
{
	audit_start(a, name, DNS_A);
	audit_start(a, name, DNS_AAAA);
}

const struct answer *audit_ask(struct auditing *a, struct span name, uint16_t type)
{
	if (!audit_enter_lane(a))
		return NULL;
	a->audit->queries += resolver_want(a->resolver, name, type);
	return resolver_get(a->resolver, name, type);
}

void audit_ask_addresses(struct auditing *a, struct audit_host *host)
{
	host->addresses[AUDIT_IPV4] = audit_ask(a, span_of(host->name), DNS_A);
	host->addresses[AUDIT_IPV6] = audit_ask(a, span_of(host->name), DNS_AAAA);
}

bool audit_has_record(const struct answer *answer)
{
	for (size_t i = 0; answer && i < answer->count; i++)
		if (record_is_spf(answer->records[i].data))
			return true;
	return false;
}
