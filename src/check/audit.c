/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include "audit_ask.h"
#include "audit_beside.h"
#include "audit_limits.h"
#include "spf/macro.h"

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

static void start_term(struct auditing *a, const struct audit_term *t)
{
	struct span name = span_of(t->target == AUDIT_NAME ? t->name : "");

	if (t->target != AUDIT_NAME || t->unused)
		return;
	switch ((unsigned)t->term.mechanism) {
	case RECORD_A: audit_start_addresses(a, name); break;
	case RECORD_MX: audit_start(a, name, DNS_MX); break;
	case RECORD_EXISTS: audit_start(a, name, DNS_A); break;
	default: audit_start(a, name, DNS_TXT); break;
	}
}

static void ask_hosts(struct auditing *a, struct audit_term *t)
{
	const struct answer *mx = t->answer = audit_ask(a, span_of(t->name), DNS_MX);

	/* Over the limit nobody asks for any of them. */
	if (!mx || mx->count > EVALUATION_NAMES_MAX)
		return;
	t->hosts = arena_take_array(a->arena, mx->count, sizeof(*t->hosts));
	for (size_t i = 0; i < mx->count; i++)
		if (mx->records[i].data.length > 0)
			t->hosts[t->host_count++].name = arena_string(a->arena,
								      mx->records[i].data);
	for (size_t i = 0; i < t->host_count; i++)
		audit_start_addresses(a, span_of(t->hosts[i].name));
	for (size_t i = 0; i < t->host_count; i++)
		audit_ask_addresses(a, &t->hosts[i]);
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
		const struct answer *ipv4 = audit_ask(a, name, DNS_A),
				    *ipv6 = audit_ask(a, name, DNS_AAAA);

		t->has_address = (ipv4 && ipv4->count > 0) || (ipv6 && ipv6->count > 0);
	}
	/* A host may well have a record of its own. */
	t->has_record = !t->record && !t->has_address && !is_inside(in, t->name) &&
			audit_has_record(audit_ask(a, name, DNS_TXT));
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
		audit_ask_addresses(a, t->hosts);
		break;
	case RECORD_MX: ask_hosts(a, t); break;
	case RECORD_EXISTS: t->answer = audit_ask(a, span_of(t->name), DNS_A); break;
	case RECORD_EXP: t->answer = audit_ask(a, span_of(t->name), DNS_TXT); break;
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
	record->answer = above || !a->subject->record ? audit_ask(a, domain, DNS_TXT) :
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

	audit->dmarc.text = audit->dmarc.near = audit->dmarc.misplaced = span_of("");
	audit->spf_type = span_of("");
	audit->top = read_record(&a, subject->domain, NULL, 0);
	audit->alias = audit->top->answer && audit->top->answer->alias;
	if (subject->with_mail)
		audit_beside(&a);
	audit_count(audit);
	audit->unanswered = resolver_is_unanswered(resolver);
	return audit;
}
