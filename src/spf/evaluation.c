/* SPDX-License-Identifier: MIT */
#include "spf/evaluation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "spf/macro.h"
#include "dns/name.h"
#include "base/xalloc.h"

void evaluation_init(struct evaluation *e, const struct evaluation_settings *settings,
		     const struct evaluation_subject *subject)
{
	*e = (struct evaluation){ .settings = settings, .subject = *subject };
}

void evaluation_free(struct evaluation *e)
{
	for (size_t i = 0; i < e->published_count; i++)
		free(e->published[i]);
	e->published_count = 0;
}

void evaluation_set_problem(struct evaluation *e, const char *format, ...)
{
	char raw[2 * SPF_PROBLEM_MAX];
	struct text text;
	va_list arguments;

	if (e->problem[0])
		return;
	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	text_init(&text, e->problem, sizeof(e->problem));
	/* What records put into it is escaped already: a backslash stays one. */
	text_escape(&text, span_of(raw), "", sizeof(e->problem) - 1);
}

uint16_t evaluation_address_type(const struct evaluation *e)
{
	return e->subject.client.family == AF_INET6 ? DNS_AAAA : DNS_A;
}

/* ---- questions ---- */

static uint64_t question_key(struct span name, uint16_t type)
{
	uint64_t hash = 14695981039346656037u ^ type;

	for (size_t i = 0; i < name.length; i++)
		hash = (hash ^ (unsigned char)span_lower(name.data[i])) * 1099511628211u;
	return hash;
}

bool evaluation_has_room(const struct evaluation *e)
{
	size_t max = e->used_names ? EVALUATION_QUESTIONS_P_MAX : EVALUATION_QUESTIONS_MAX;

	return e->consumed_count < max;
}

static bool consume(struct evaluation *e, struct span name, uint16_t type)
{
	uint64_t key = question_key(name, type);

	for (size_t i = 0; i < e->consumed_count; i++)
		if (e->consumed[i] == key)
			return true;
	if (!evaluation_has_room(e)) {
		evaluation_set_problem(e, "Too many DNS questions");
		return false;
	}
	e->consumed[e->consumed_count++] = key;
	return true;
}

/*
 * An evaluation that has run into its ceiling gets no answer at all: the caller sees NULL while
 * waiting and makes it a permerror.
 */
const struct answer *evaluation_ask(struct evaluation *e, struct span name, uint16_t type,
				    enum evaluation_patience patience)
{
	struct resolver *resolver = e->settings->resolver;
	const struct answer *answer;

	if (patience == EVALUATION_WAIT) {
		if (!consume(e, name, type))
			return NULL;
		e->sent += resolver_want(resolver, name, type);
		return resolver_get(resolver, name, type);
	}
	answer = resolver_peek(resolver, name, type);
	if (answer || !e->may_ask || !e->may_ask(e->may_ask_arg))
		return answer;
	e->sent += resolver_want(resolver, name, type);
	return resolver_peek(resolver, name, type);
}

static enum evaluation_match no_answer(enum evaluation_patience patience)
{
	return patience == EVALUATION_GLANCE ? EVALUATION_UNKNOWN : EVALUATION_PERMERROR;
}

static bool is_void_answer(const struct answer *answer)
{
	return answer->status == ANSWER_NODATA || answer->status == ANSWER_NXDOMAIN;
}

static enum evaluation_match failed(struct evaluation *e, enum evaluation_patience patience,
				    struct span name, uint16_t type)
{
	if (patience == EVALUATION_WAIT)
		evaluation_set_problem(
			e, "DNS lookup of %s %.*s failed%s", dns_type_name(type), (int)name.length,
			name.data,
			resolver_deadline_passed(e->settings->resolver) ? ": out of time" : "");
	return EVALUATION_TEMPERROR;
}

/* ---- records ---- */

static struct published *find_record(struct evaluation *e, struct span domain)
{
	/* %{d} keeps the case in which a name was written, so records are told apart by it. */
	for (size_t i = 0; i < e->published_count; i++)
		if (span_equal(span_of(e->published[i]->domain), domain))
			return e->published[i];
	return NULL;
}

struct published *evaluation_record(struct evaluation *e, struct span domain,
				    enum evaluation_patience patience)
{
	struct published *p = find_record(e, domain);
	const struct answer *answer;

	/* Guesses must leave places for what is consumed: at most one record and ten terms. */
	size_t places = sizeof(e->published) / sizeof(*e->published) -
			(patience == EVALUATION_GLANCE ? 1 + EVALUATION_TERMS_MAX : 0);

	if (p && patience == EVALUATION_GLANCE)
		return p;
	answer = evaluation_ask(e, domain, DNS_TXT, patience);
	if (!answer || p)
		return answer ? p : NULL;
	if (e->published_count >= places)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	memcpy(p->domain, domain.data, domain.length);
	published_read(p, &e->subject.client, answer);
	e->published[e->published_count++] = p;
	return p;
}

/* ---- names ---- */

void evaluation_reverse_name(const struct address *client, char *name)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *b = client->bytes;

	if (client->family == AF_INET) {
		snprintf(name, DNS_NAME_MAX, "%d.%d.%d.%d.in-addr.arpa", b[3], b[2], b[1], b[0]);
		return;
	}
	for (int i = 15; i >= 0; i--) {
		*name++ = hex[b[i] & 15];
		*name++ = '.';
		*name++ = hex[b[i] >> 4];
		*name++ = '.';
	}
	memcpy(name, "ip6.arpa", sizeof "ip6.arpa");
}

static bool has_client(const struct evaluation *e, const struct answer *answer, unsigned prefix)
{
	const struct address *client = &e->subject.client;
	struct address base = { .family = client->family };

	for (size_t i = 0; i < answer->count; i++) {
		memcpy(base.bytes, answer->records[i].data.data, answer->records[i].data.length);
		if (address_within(client, &base, prefix))
			return true;
	}
	return false;
}

/*
 * The client's validated names (section 5.5): of at most 10 PTR names those that lead back to the
 * client. A failing PTR means that there are none, a failing address that this name is none.
 */
static enum evaluation_match validate_names(struct evaluation *e, enum evaluation_patience patience)
{
	char reverse[DNS_NAME_MAX];
	const struct answer *ptr, *addresses;
	bool unknown = false;
	struct span names[EVALUATION_NAMES_MAX];
	size_t count = 0;

	if (e->names_known)
		return EVALUATION_MATCH;
	evaluation_reverse_name(&e->subject.client, reverse);
	ptr = evaluation_ask(e, span_of(reverse), DNS_PTR, patience);
	if (!ptr)
		return no_answer(patience);
	for (size_t i = 0; i < ptr->count && i < EVALUATION_NAMES_MAX; i++) {
		struct span name = ptr->records[i].data;

		if (name.length == 0)
			continue;
		addresses = evaluation_ask(e, name, evaluation_address_type(e), patience);
		if (!addresses && patience == EVALUATION_WAIT)
			return EVALUATION_PERMERROR;
		if (!addresses)
			unknown = true;
		else if (addresses->status == ANSWER_OK && has_client(e, addresses, 128))
			names[count++] = name;
	}
	if (unknown)
		return EVALUATION_UNKNOWN;
	/* A glance must not settle what waiting has yet to pay for. */
	e->names_known = patience == EVALUATION_WAIT;
	e->names_void = is_void_answer(ptr);
	e->names_count = count;
	memcpy(e->names, names, sizeof(names));
	return EVALUATION_MATCH;
}

/* Section 7.3: the domain itself, else a name below it, else any; "unknown" when there is none. */
static struct span preferred_name(const struct evaluation *e, struct span domain)
{
	for (size_t i = 0; i < e->names_count; i++)
		if (span_equal_nocase(e->names[i], domain))
			return e->names[i];
	for (size_t i = 0; i < e->names_count; i++)
		if (name_is_within(e->names[i], domain))
			return e->names[i];
	return e->names_count ? e->names[0] : span_of("unknown");
}

static struct macro_values macro_values(const struct evaluation *e, struct span domain)
{
	const struct evaluation_subject *s = &e->subject;

	return (struct macro_values){
		.local = s->local,
		.sender_domain = s->sender_domain,
		.domain = domain,
		.helo = s->helo.length ? s->helo : span_of("unknown"),
		.validated = preferred_name(e, domain),
		.receiver = span_of(e->settings->receiver),
		.client = s->client,
	};
}

static enum published_name expand_target(struct evaluation *e, const struct published *in,
					 struct published_term *term)
{
	struct span spec = term->term.target, domain = span_of(in->domain), name;
	struct macro_values values = macro_values(e, domain);
	char storage[MACRO_EXPANSION_MAX];
	struct text out;

	if (spec.length == 0) {
		memcpy(term->name, in->domain, domain.length + 1);
		return PUBLISHED_NAME_READY;
	}
	text_init(&out, storage, sizeof(storage));
	if (macro_expand(spec, MACRO_DOMAIN, &values, &out) != MACRO_OK)
		return PUBLISHED_NAME_NO_MATCH;
	name = text_span(&out);
	if (!name_is_askable(name))
		return PUBLISHED_NAME_UNASKABLE;
	/* A macro that ends in a dot can leave a second one behind, which is the root's then. */
	if (name.data[name.length - 1] == '.')
		name.length--;
	memcpy(term->name, name.data, name.length);
	term->name[name.length] = '\0';
	return PUBLISHED_NAME_READY;
}

enum published_name evaluation_target(struct evaluation *e, const struct published *in,
				      struct published_term *term,
				      enum evaluation_patience patience)
{
	enum published_name state;

	if (term->state != PUBLISHED_NAME_UNSET)
		return term->state;
	if (!term->uses_names)
		return term->state = expand_target(e, in, term);
	if (patience == EVALUATION_WAIT)
		e->used_names = true;
	else if (term->foreseen != PUBLISHED_NAME_UNSET)
		return term->foreseen;
	if (validate_names(e, patience) == EVALUATION_UNKNOWN)
		return PUBLISHED_NAME_UNSET;
	state = expand_target(e, in, term);
	/* What a glance found does not settle it: waiting has to pay for the names first. */
	if (patience == EVALUATION_WAIT)
		term->state = state;
	else
		term->foreseen = state;
	return state;
}

bool evaluation_target_is_void(const struct evaluation *e, const struct published_term *term)
{
	return e->names_void && term->uses_names;
}

bool evaluation_explain(struct evaluation *e, const struct published *in, struct span text,
			struct text *out)
{
	struct macro_values values;
	size_t where;

	if (!macro_check(text, MACRO_EXPLANATION, &where))
		return false;
	if (macro_uses(text, 'p')) {
		e->used_names = true;
		validate_names(e, EVALUATION_WAIT);
	}
	values = macro_values(e, span_of(in->domain));
	values.now = time(NULL);
	return macro_expand(text, MACRO_EXPLANATION, &values, out) == MACRO_OK;
}

/* ---- terms ---- */

struct term_query {
	struct evaluation *e;
	enum evaluation_patience patience;
	struct span name;
	unsigned prefix;
	bool *is_void;
};

static enum evaluation_match match_addresses(struct term_query *q, struct span host, uint16_t type,
					     bool any)
{
	const struct answer *answer = evaluation_ask(q->e, host, type, q->patience);

	if (!answer)
		return no_answer(q->patience);
	if (answer->status == ANSWER_FAILURE)
		return failed(q->e, q->patience, host, type);
	if (is_void_answer(answer)) {
		*q->is_void = true;
		return EVALUATION_NO_MATCH;
	}
	return any || has_client(q->e, answer, q->prefix) ? EVALUATION_MATCH : EVALUATION_NO_MATCH;
}

/* Section 5.4. More than 10 hosts are a permerror before any of them is asked for (4.6.4). */
static enum evaluation_match match_mx(struct term_query *q)
{
	const struct answer *answer = evaluation_ask(q->e, q->name, DNS_MX, q->patience);
	enum evaluation_match result = EVALUATION_NO_MATCH;

	if (!answer)
		return no_answer(q->patience);
	if (answer->status == ANSWER_FAILURE)
		return failed(q->e, q->patience, q->name, DNS_MX);
	if (answer->count > EVALUATION_NAMES_MAX) {
		if (q->patience == EVALUATION_WAIT)
			evaluation_set_problem(q->e, "More than 10 MX records returned");
		return EVALUATION_PERMERROR;
	}
	*q->is_void = *q->is_void || is_void_answer(answer);
	for (size_t i = 0; i < answer->count; i++) {
		struct span host = answer->records[i].data;
		enum evaluation_match match;

		if (host.length == 0)
			continue;
		match = match_addresses(q, host, evaluation_address_type(q->e), false);
		if (match == EVALUATION_UNKNOWN)
			result = match;
		else if (match == EVALUATION_MATCH ||
			 (match != EVALUATION_NO_MATCH && result == EVALUATION_NO_MATCH))
			return match;
	}
	return result;
}

/* Section 5.5. */
static enum evaluation_match match_ptr(struct term_query *q)
{
	enum evaluation_match known = validate_names(q->e, q->patience);

	if (known != EVALUATION_MATCH)
		return known;
	*q->is_void = *q->is_void || q->e->names_void;
	for (size_t i = 0; i < q->e->names_count; i++)
		if (name_is_within(q->e->names[i], q->name))
			return EVALUATION_MATCH;
	return EVALUATION_NO_MATCH;
}

enum evaluation_match evaluation_match(struct evaluation *e, const struct published *in,
				       struct published_term *term,
				       enum evaluation_patience patience, bool *is_void)
{
	enum published_name state = evaluation_target(e, in, term, patience);
	bool six = e->subject.client.family == AF_INET6;
	struct term_query q = {
		.e = e,
		.patience = patience,
		.name = span_of(term->name),
		.prefix = six ? term->term.prefix6 : term->term.prefix4,
		.is_void = is_void,
	};

	*is_void = state != PUBLISHED_NAME_UNSET && evaluation_target_is_void(e, term);
	if (state != PUBLISHED_NAME_READY)
		return state == PUBLISHED_NAME_UNSET ? EVALUATION_UNKNOWN : EVALUATION_NO_MATCH;
	switch (term->term.mechanism) {
	case RECORD_A: return match_addresses(&q, q.name, evaluation_address_type(e), false);
	case RECORD_EXISTS: return match_addresses(&q, q.name, DNS_A, true);
	case RECORD_MX: return match_mx(&q);
	case RECORD_PTR: return match_ptr(&q);
	case RECORD_ALL:
	case RECORD_INCLUDE:
	case RECORD_IP4:
	case RECORD_IP6:
	case RECORD_REDIRECT:
	case RECORD_EXP:
	case RECORD_UNKNOWN_MODIFIER: break;
	}
	return EVALUATION_NO_MATCH;
}
