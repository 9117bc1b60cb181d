/* SPDX-License-Identifier: MIT */
#include "audit_beside.h"

/* ---- DMARC ---- */

/* Something that was to be a record, right or wrong: "p=none; v=DMARC1", "p=reject", "DMARC1; p=none". */
static bool is_near_dmarc(struct span text)
{
	struct span trimmed = span_trim(text, " \t\"'"), rest = trimmed;

	for (; rest.length > 0; rest = span_skip(rest, 1))
		if (span_starts_with_nocase(rest, "dmarc1"))
			return true;
	return span_starts_with_nocase(trimmed, "v=dmarc") ||
	       span_starts_with_nocase(trimmed, "p=none") ||
	       span_starts_with_nocase(trimmed, "p=quarantine") ||
	       span_starts_with_nocase(trimmed, "p=reject");
}

/* The texts at one name of the walk; `counts`: it is where the record stands. */
static void look_at_dmarc(struct auditing *a, struct span domain, const struct answer *answer,
			  bool counts)
{
	struct audit_dmarc *dmarc = &a->audit->dmarc;
	size_t count = 0;

	for (size_t i = 0; answer && i < answer->count; i++) {
		struct span text = answer->records[i].data;
		bool record = span_starts_with(text, "v=DMARC1");

		count += record;
		if (record && counts)
			dmarc->text = text;
		else if (is_near_dmarc(text))
			dmarc->near = text;
	}
	if (count < 2)
		return;
	dmarc->near = span_of("");
	dmarc->several = arena_string(a->arena, domain);
}

/* At the domain itself nobody looks for it. */
static void find_misplaced(struct auditing *a)
{
	const struct answer *answer = a->audit->top->answer;

	for (size_t i = 0; answer && i < answer->count; i++)
		if (span_starts_with_nocase(answer->records[i].data, "v=dmarc1"))
			a->audit->dmarc.misplaced = answer->records[i].data;
}

static void find_dmarc(struct auditing *a)
{
	const struct dmarc_report *report = &a->audit->dmarc.report;
	char storage[DNS_NAME_MAX];
	struct span name, label, domain;

	if (!audit_enter_lane(a))
		return;
	dmarc_find(a->resolver, a->subject->domain, &a->audit->dmarc.report);
	a->audit->queries += report->queries;
	for (size_t i = 0; i < report->names; i++) {
		bool counts;

		if (!dmarc_query_name(a->subject->domain, i, storage, &name) ||
		    !span_split(name, '.', &label, &domain))
			return;
		counts = span_is_nocase(domain, report->domain);
		/* What the domains above it got wrong is not its owner's. */
		if (i == 0 || counts)
			look_at_dmarc(a, domain, audit_ask(a, name, DNS_TXT), counts);
	}
}

/* ---- mail hosts ---- */

static bool has_address(const struct answer *answer, const struct network *network)
{
	for (size_t i = 0; answer && i < answer->count; i++) {
		struct address address = { .family = network->address.family };

		memcpy(address.bytes, answer->records[i].data.data, answer->records[i].data.length);
		if (network_contains(network, &address))
			return true;
	}
	return false;
}

static bool is_among(const struct audit_term *t, const char *host)
{
	for (size_t i = 0; i < t->host_count; i++)
		if (span_equal_nocase(span_of(t->hosts[i].name), span_of(host)))
			return true;
	return false;
}

/* A term of the owner's own names the host. */
static bool is_listed(const struct audit_record *record, const struct audit_host *host)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];
		enum record_mechanism mechanism = t->term.mechanism;

		if (t->unused || t->term.qualifier != '+')
			continue;
		if (is_among(t, host->name) ||
		    (mechanism == RECORD_IP4 &&
		     has_address(host->addresses[AUDIT_IPV4], &t->term.network)) ||
		    (mechanism == RECORD_IP6 &&
		     has_address(host->addresses[AUDIT_IPV6], &t->term.network)) ||
		    (mechanism == RECORD_REDIRECT && t->record && is_listed(t->record, host)))
			return true;
	}
	return false;
}

/*
 * Bounces of the domain's mail servers are judged by the servers' names. A host below the domain is the
 * owner's; another one is taken for a sender of the domain if the record lists it, and not by an include.
 */
static void find_mute_hosts(struct auditing *a)
{
	const struct answer *mx = audit_ask(a, a->subject->domain, DNS_MX);
	size_t count = mx && mx->count < EVALUATION_NAMES_MAX ? mx->count : EVALUATION_NAMES_MAX;

	for (size_t i = 0; mx && i < count && i < mx->count; i++) {
		struct span name = mx->records[i].data;

		audit_start_addresses(a, name);
		audit_start(a, name, DNS_TXT);
	}
	for (size_t i = 0; mx && i < count && i < mx->count; i++) {
		struct audit_host host = { .name = arena_string(a->arena, mx->records[i].data) };
		bool own = name_is_within(mx->records[i].data, a->subject->domain);
		const struct answer *answer;

		if (!host.name[0])
			continue;
		audit_ask_addresses(a, &host);
		answer = audit_ask(a, mx->records[i].data, DNS_TXT);
		if (answer && answer->status != ANSWER_FAILURE && !audit_has_record(answer) &&
		    (own || is_listed(a->audit->top, &host)))
			a->audit->mute_hosts[a->audit->mute_host_count++] =
				(struct audit_mute_host){ host.name, own };
	}
}

/* ---- the name ---- */

static void look_at_names(struct auditing *a)
{
	const struct zone *zone = a->subject->zone;
	struct span domain = a->subject->domain;

	if (!zone)
		return;
	a->audit->alias |= !span_equal(zone_follow(zone, domain, DNS_TXT), domain);
	a->audit->alias_beside = zone_has_alias_beside(zone, domain);
	a->audit->no_dns = !zone_has_apex(zone);
}

/* ---- the whole ---- */

void audit_beside(struct auditing *a)
{
	const struct answer *answer;

	find_dmarc(a);
	find_misplaced(a);
	find_mute_hosts(a);
	look_at_names(a);
	answer = audit_ask(a, a->subject->domain, DNS_SPF);
	for (size_t i = 0; answer && i < answer->count; i++)
		if (a->audit->spf_type.length == 0)
			a->audit->spf_type = answer->records[i].data;
}
