/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include "audit_limits.h"
#include "spf/macro.h"

struct auditing {
	struct audit *audit;
	struct resolver *resolver;
	unsigned lane;
	struct arena *arena;
	const struct audit_subject *subject;
	uint64_t deadline_ms;
	size_t terms;
};

/* ---- queries ---- */

static bool may_ask(struct auditing *a)
{
	if (a->audit->ended)
		return false;
	if (a->audit->queries >= AUDIT_QUERIES_MAX)
		a->audit->ended = "more than 1000 DNS queries";
	else if (resolver_now_ms() >= a->deadline_ms)
		a->audit->ended = "more than 60 seconds";
	return !a->audit->ended;
}

/* A dead server costs AUDIT_WAIT_MS, not the time for all. */
static void enter_lane(struct auditing *a)
{
	uint64_t until = resolver_now_ms() + AUDIT_WAIT_MS;

	resolver_lane(a->resolver, a->lane, until < a->deadline_ms ? until : a->deadline_ms);
}

/* So that the queries of a record are under way together. */
static void start(struct auditing *a, struct span name, uint16_t type)
{
	enum { IN_FLIGHT_MAX = 20 };

	if (!may_ask(a) || resolver_in_flight(a->resolver) >= IN_FLIGHT_MAX)
		return;
	enter_lane(a);
	a->audit->queries += resolver_want(a->resolver, name, type);
}

static const struct answer *ask(struct auditing *a, struct span name, uint16_t type)
{
	if (!may_ask(a))
		return NULL;
	enter_lane(a);
	a->audit->queries += resolver_want(a->resolver, name, type);
	return resolver_get(a->resolver, name, type);
}

/* ---- names ---- */

/* Of macros, those that are the same for every client and sender: the domains. */
static bool is_fixed(struct span target)
{
	static const char varies[] = "slivhpcrt";

	for (size_t i = 0; varies[i]; i++)
		if (macro_uses(target, varies[i]))
			return false;
	return true;
}

static enum audit_target find_target(const struct auditing *a, const struct audit_record *in,
				     struct audit_term *t)
{
	struct macro_values values = { .sender_domain = a->subject->domain,
				       .domain = span_of(in->domain) };
	char storage[MACRO_EXPANSION_MAX];
	struct span target = t->term.target, name;
	struct text out;

	if (t->term.mechanism == RECORD_PTR)
		return AUDIT_MACROS;
	if (!is_fixed(target))
		return AUDIT_MACROS;
	text_init(&out, storage, sizeof(storage));
	if (target.length == 0)
		text_add(&out, values.domain);
	else if (macro_expand(target, MACRO_DOMAIN, &values, &out) != MACRO_OK)
		return AUDIT_INVALID;
	name = text_span(&out);
	if (!name_is_valid_query(name))
		return AUDIT_INVALID;
	if (name.data[name.length - 1] == '.')
		name.length--;
	t->name = arena_string(a->arena, name);
	return AUDIT_NAME;
}

static bool needs_name(enum record_mechanism mechanism)
{
	return record_counts(mechanism) || mechanism == RECORD_EXP;
}

static bool is_inside(const struct audit_record *record, const char *domain)
{
	for (; record; record = record->above)
		if (span_equal_nocase(span_of(record->domain), span_of(domain)))
			return true;
	return false;
}

/* ---- terms ---- */

static void read_terms(struct auditing *a, struct audit_record *record)
{
	struct record_reader reader;
	struct record_term term;
	struct record_error error;

	record_begin(&reader, record->text);
	while (record_next(&reader, &term, &error) == RECORD_TERM)
		record->count++;
	if (record->count > AUDIT_TERMS_MAX - a->terms) {
		a->audit->ended = "more than 4000 terms";
		record->count = AUDIT_TERMS_MAX - a->terms;
	}
	a->terms += record->count;
	record->terms = arena_take_array(a->arena, record->count, sizeof(*record->terms));
	record_begin(&reader, record->text);
	for (size_t i = 0; i < record->count; i++) {
		struct audit_term *t = &record->terms[i];

		record_next(&reader, &t->term, &error);
		if (needs_name(t->term.mechanism))
			t->target = find_target(a, record, t);
	}
}

/* Section 5.1 and 6.1: nothing comes after "all", and no redirect beside it. */
static void mark_unused(struct audit_record *record)
{
	const struct audit_term *all = audit_find(record, RECORD_ALL);

	for (size_t i = 0; all && i < record->count; i++) {
		struct audit_term *t = &record->terms[i];

		t->unused = t->term.mechanism == RECORD_REDIRECT ||
			    (t > all && t->term.mechanism < RECORD_REDIRECT);
	}
}

static void start_addresses(struct auditing *a, struct span name)
{
	start(a, name, DNS_A);
	start(a, name, DNS_AAAA);
}

static void start_term(struct auditing *a, const struct audit_term *t)
{
	struct span name = span_of(t->target == AUDIT_NAME ? t->name : "");

	if (t->target != AUDIT_NAME || t->unused)
		return;
	switch ((unsigned)t->term.mechanism) {
	case RECORD_A: start_addresses(a, name); break;
	case RECORD_MX: start(a, name, DNS_MX); break;
	case RECORD_EXISTS: start(a, name, DNS_A); break;
	default: start(a, name, DNS_TXT); break;
	}
}

static void ask_addresses(struct auditing *a, struct audit_host *host)
{
	host->addresses[AUDIT_IPV4] = ask(a, span_of(host->name), DNS_A);
	host->addresses[AUDIT_IPV6] = ask(a, span_of(host->name), DNS_AAAA);
}

static void ask_hosts(struct auditing *a, struct audit_term *t)
{
	const struct answer *mx = t->answer = ask(a, span_of(t->name), DNS_MX);

	/* Over the limit nobody asks for any of them. */
	if (!mx || mx->count > EVALUATION_NAMES_MAX)
		return;
	t->hosts = arena_take_array(a->arena, mx->count, sizeof(*t->hosts));
	for (size_t i = 0; i < mx->count; i++)
		if (mx->records[i].data.length > 0)
			t->hosts[t->host_count++].name = arena_string(a->arena,
								      mx->records[i].data);
	for (size_t i = 0; i < t->host_count; i++)
		start_addresses(a, span_of(t->hosts[i].name));
	for (size_t i = 0; i < t->host_count; i++)
		ask_addresses(a, &t->hosts[i]);
}

static struct audit_record *read_record(struct auditing *a, struct span domain,
					const struct audit_record *above, unsigned depth);

static void follow(struct auditing *a, const struct audit_record *in, struct audit_term *t,
		   unsigned depth)
{
	t->loop = is_inside(in, t->name);
	if (t->loop)
		return;
	if (depth == AUDIT_DEPTH_MAX)
		a->audit->ended = "more than 24 records inside each other";
	else
		t->record = read_record(a, span_of(t->name), in, depth + 1);
}

static bool is_record(const struct answer *answer)
{
	for (size_t i = 0; answer && i < answer->count; i++)
		if (record_is_spf(answer->records[i].data))
			return true;
	return false;
}

/* Where a term finds nothing, another mechanism may have been meant; never an include of a record that it stands in. */
static void look_further(struct auditing *a, const struct audit_record *in, struct audit_term *t)
{
	struct span name = span_of(t->name);
	bool mx = t->term.mechanism == RECORD_MX && audit_is_void(t->answer);
	bool address = t->term.mechanism == RECORD_A &&
		       audit_is_void(t->hosts->addresses[AUDIT_IPV4]) &&
		       audit_is_void(t->hosts->addresses[AUDIT_IPV6]);

	if (t->record && t->record->status == PARSED_NONE && t->record->answer)
		mx = true;
	if (t->term.target.length == 0 || !(mx || address))
		return;
	if (mx) {
		const struct answer *ipv4 = ask(a, name, DNS_A), *ipv6 = ask(a, name, DNS_AAAA);

		t->has_address = (ipv4 && ipv4->count > 0) || (ipv6 && ipv6->count > 0);
	}
	/* A host may well have a record of its own. */
	t->has_record = !t->record && !t->has_address && !is_inside(in, t->name) &&
			is_record(ask(a, name, DNS_TXT));
}

static void ask_term(struct auditing *a, const struct audit_record *in, struct audit_term *t,
		     unsigned depth)
{
	if (t->target != AUDIT_NAME || t->unused)
		return;
	switch ((unsigned)t->term.mechanism) {
	case RECORD_A:
		t->hosts = arena_take(a->arena, sizeof(*t->hosts));
		t->host_count = 1;
		t->hosts->name = t->name;
		ask_addresses(a, t->hosts);
		break;
	case RECORD_MX: ask_hosts(a, t); break;
	case RECORD_EXISTS: t->answer = ask(a, span_of(t->name), DNS_A); break;
	case RECORD_EXP: t->answer = ask(a, span_of(t->name), DNS_TXT); break;
	default: follow(a, in, t, depth); break;
	}
	if (t->term.mechanism != RECORD_EXP && t->term.mechanism != RECORD_EXISTS)
		look_further(a, in, t);
}

/* ---- records ---- */

/* The answer that the domain would give with that record alone. */
static const struct answer *answer_of(struct arena *arena, const char *text)
{
	struct answer *answer = arena_take(arena, sizeof(*answer) + sizeof(answer->records[0]));
	struct span data = span_of(text);

	*answer = (struct answer){ .status = ANSWER_OK, .type = DNS_TXT, .count = 1 };
	answer->records[0] = (struct answer_record){
		.strings = (uint16_t)((data.length + 254) / 255),
		.data = data,
	};
	return answer;
}

static struct audit_record *read_record(struct auditing *a, struct span domain,
					const struct audit_record *above, unsigned depth)
{
	static const struct address nobody = { .family = AF_UNSPEC };
	struct audit_record *record = arena_take(a->arena, sizeof(*record));
	struct parsed_record *parsed = arena_take(a->arena, sizeof(*parsed));

	record->domain = arena_string(a->arena, domain);
	record->above = above;
	record->text = span_of("");
	record->problem = "";
	record->status = PARSED_TEMPERROR;
	record->answer = above || !a->subject->record ? ask(a, domain, DNS_TXT) :
							answer_of(a->arena, a->subject->record);
	if (!record->answer)
		return record;
	parsed_record_read(parsed, &nobody, record->answer);
	record->status = parsed->status;
	record->text = parsed->text;
	record->problem = parsed->error.problem;
	if (record->text.length > 0)
		record->repair = repair_record(record->text, a->arena);
	if (record->status != PARSED_USABLE)
		return record;
	read_terms(a, record);
	mark_unused(record);
	for (size_t i = 0; i < record->count; i++)
		start_term(a, &record->terms[i]);
	for (size_t i = 0; i < record->count; i++)
		ask_term(a, record, &record->terms[i], depth);
	return record;
}

/* ---- beside the record ---- */

static void find_dmarc(struct auditing *a)
{
	char storage[DNS_NAME_MAX];
	const struct answer *answer;
	struct text name;

	text_init(&name, storage, sizeof(storage));
	text_string(&name, "_dmarc.");
	text_add(&name, a->subject->domain);
	if (name.overflow || !name_is_valid_query(text_span(&name)))
		return;
	answer = ask(a, text_span(&name), DNS_TXT);
	for (size_t i = 0; answer && i < answer->count; i++)
		if (span_starts_with(answer->records[i].data, "v=DMARC1"))
			a->audit->dmarc = answer->records[i].data;
}

/* Bounces of the domain's own mail servers are judged by their names. */
static void find_mute_hosts(struct auditing *a)
{
	const struct answer *mx = ask(a, a->subject->domain, DNS_MX), *answer;

	for (size_t i = 0; mx && i < mx->count && i < EVALUATION_NAMES_MAX; i++) {
		struct span host = mx->records[i].data;

		/* Those of a provider are not the owner's. */
		if (!name_is_within(host, a->subject->domain) || host.length == 0)
			continue;
		answer = ask(a, host, DNS_TXT);
		if (answer && answer->status != ANSWER_FAILURE && !is_record(answer))
			a->audit->mute_hosts[a->audit->mute_host_count++] = arena_string(a->arena,
											 host);
	}
}

struct audit *audit_build(struct resolver *resolver, unsigned lane,
			  const struct audit_subject *subject, struct arena *arena)
{
	struct audit *audit = arena_take(arena, sizeof(*audit));
	struct auditing a = {
		.audit = audit,
		.resolver = resolver,
		.lane = lane,
		.arena = arena,
		.subject = subject,
		.deadline_ms = resolver_now_ms() + AUDIT_TIME_MS,
	};

	audit->dmarc = span_of("");
	audit->top = read_record(&a, subject->domain, NULL, 0);
	if (subject->with_mail) {
		find_dmarc(&a);
		find_mute_hosts(&a);
	}
	audit_count(audit);
	return audit;
}
