/* SPDX-License-Identifier: MIT */
#include "spf/term.h"

#include <stdio.h>

#include "dns/addresses.h"
#include "dns/name.h"
#include "spf/macro.h"

static enum term_match no_answer(const struct walk *w)
{
	return w->source->waits ? TERM_PERMERROR : TERM_UNKNOWN;
}

static bool is_void_answer(const struct answer *answer)
{
	return answer->status == ANSWER_NODATA || answer->status == ANSWER_NXDOMAIN;
}

static enum term_match failed(struct walk *w, struct span name, uint16_t type)
{
	evaluation_set_failure(w, name, type);
	return TERM_TEMPERROR;
}

/* ---- addresses ---- */

unsigned term_prefix(const struct evaluation *e, const struct record_term *term)
{
	return e->subject.client.family == AF_INET6 ? term->prefix6 : term->prefix4;
}

const uint8_t *term_nearest(struct evaluation *e, const struct answer *answer)
{
	size_t at = (uintptr_t)answer / 64 % EVALUATION_ADDRESSES_MAX;
	size_t places = answer->count > 8 ? EVALUATION_ADDRESSES_MAX : 0;

	for (size_t i = 0; i < places; i++) {
		struct known_addresses *known = &e->addresses[(at + i) % EVALUATION_ADDRESSES_MAX];

		if (!known->answer)
			*known = (struct known_addresses){
				answer, addresses_nearest(answer, &e->subject.client)
			};
		if (known->answer == answer)
			return known->nearest;
	}
	return addresses_nearest(answer, &e->subject.client);
}

bool term_has_client(struct evaluation *e, const struct answer *answer, unsigned prefix)
{
	return address_has_prefix(&e->subject.client, term_nearest(e, answer), prefix);
}

/* ---- the client's names ---- */

void term_reverse_name(const struct address *client, char *name)
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
	memcpy(name, "ip6.arpa", sizeof("ip6.arpa"));
}

/*
 * Of at most 10 PTR names those that are forward-confirmed (section 5.5). A failing PTR means that there
 * are none, a failing address that this name is none. TERM_MATCH when they are known.
 */
static enum term_match validate_names(struct walk *w)
{
	struct validated_names found = w->names;
	char reverse[DNS_NAME_MAX];
	const struct answer *ptr, *addresses;

	if (w->names.known)
		return TERM_MATCH;
	term_reverse_name(&w->e->subject.client, reverse);
	ptr = evaluation_ask(w, span_of(reverse), DNS_PTR, &w->names.places[0]);
	if (!ptr)
		return no_answer(w);
	found.known = true;
	found.is_void = is_void_answer(ptr);
	for (size_t i = 0; i < ptr->count && i < EVALUATION_NAMES_MAX; i++) {
		struct span name = ptr->records[i].data;

		if (name.length == 0)
			continue;
		addresses = evaluation_ask(w, name, addresses_type(&w->e->subject.client),
					   &w->names.places[1 + i]);
		if (!addresses && w->source->waits)
			return TERM_PERMERROR;
		if (!addresses)
			found.known = false;
		else if (addresses->status == ANSWER_OK && term_has_client(w->e, addresses, 128))
			found.names[found.count++] = name;
	}
	if (!found.known)
		return TERM_UNKNOWN;
	w->names = found;
	return TERM_MATCH;
}

/* Section 7.3: the domain itself, else a name below it, else any; "unknown" when there is none. */
static struct span preferred_name(const struct validated_names *v, struct span domain)
{
	for (size_t i = 0; i < v->count; i++)
		if (span_equal_nocase(v->names[i], domain))
			return v->names[i];
	for (size_t i = 0; i < v->count; i++)
		if (name_is_within(v->names[i], domain))
			return v->names[i];
	return v->count ? v->names[0] : span_of("unknown");
}

/* ---- macros ---- */

static struct macro_values macro_values(const struct walk *w, struct span domain)
{
	const struct evaluation_subject *s = &w->e->subject;

	return (struct macro_values){
		.local = s->local,
		.sender_domain = s->sender_domain,
		.domain = domain,
		.helo = s->helo.length ? s->helo : span_of("unknown"),
		.validated = preferred_name(&w->names, domain),
		.receiver = span_of(w->e->settings->receiver),
		.client = s->client,
	};
}

static enum term_target expand_target(const struct walk *w, const struct known_record *in,
				      struct known_term *term)
{
	struct span spec = term->parsed->target, domain = span_of(in->domain);
	struct macro_values values = macro_values(w, domain);
	char storage[MACRO_EXPANSION_MAX];
	struct text out;

	if (spec.length == 0) {
		memcpy(term->name, in->domain, domain.length + 1);
		return TARGET_READY;
	}
	text_init(&out, storage, sizeof(storage));
	if (macro_expand(spec, MACRO_DOMAIN, &values, &out) != MACRO_OK)
		return TARGET_NO_MATCH;
	/* A macro that ends in a dot can leave a second one there, which is the root's then. */
	if (!name_is_valid_query(text_span(&out)) ||
	    !span_string(span_without_last(text_span(&out), '.'), term->name, sizeof(term->name)))
		return TARGET_INVALID;
	return TARGET_READY;
}

enum term_target term_find_target(struct walk *w, const struct known_record *in,
				  struct known_term *term)
{
	if (term->uses_names) {
		/* Also for a name that is expanded: whoever waits has these queries to count. */
		w->e->uses_names |= w->source->waits;
		if (validate_names(w) != TERM_MATCH)
			return TARGET_UNKNOWN;
	}
	if (term->target == TARGET_UNKNOWN)
		term->target = expand_target(w, in, term);
	return term->target;
}

bool term_target_is_void(const struct walk *w, const struct known_term *term)
{
	return term->uses_names && w->names.is_void;
}

bool term_explain(struct walk *w, const struct known_record *in, struct span text, struct text *out)
{
	struct macro_values values;
	size_t where;

	if (!macro_check(text, MACRO_EXPLANATION, &where))
		return false;
	if (macro_uses(text, 'p')) {
		w->e->uses_names = true;
		validate_names(w);
	}
	values = macro_values(w, span_of(in->domain));
	values.now = time(NULL);
	return macro_expand(text, MACRO_EXPLANATION, &values, out) == MACRO_OK;
}

/* ---- mechanisms ---- */

/* `any`: it needs not be the client's. */
static enum term_match match_addresses(struct walk *w, struct known_term *term, size_t place,
				       struct span host, bool any, bool *is_void)
{
	uint16_t type = any ? DNS_A : addresses_type(&w->e->subject.client);
	const struct answer *answer = evaluation_ask(w, host, type, &term->places[place]);

	if (!answer)
		return no_answer(w);
	if (answer->status == ANSWER_FAILURE)
		return failed(w, host, type);
	*is_void = *is_void || is_void_answer(answer);
	if (any)
		return answer->status == ANSWER_OK ? TERM_MATCH : TERM_NO_MATCH;
	return term_has_client(w->e, answer, term_prefix(w->e, term->parsed)) ? TERM_MATCH :
										TERM_NO_MATCH;
}

/* Section 5.4. More than 10 hosts are a permerror before any of them is asked for (4.6.4). */
static enum term_match match_mx(struct walk *w, struct known_term *term, bool *is_void)
{
	struct span name = span_of(term->name);
	const struct answer *answer = evaluation_ask(w, name, DNS_MX, &term->places[0]);
	enum term_match result = TERM_NO_MATCH;

	if (!answer)
		return no_answer(w);
	if (answer->status == ANSWER_FAILURE)
		return failed(w, name, DNS_MX);
	if (answer->count > EVALUATION_NAMES_MAX) {
		evaluation_set_problem(w, "More than 10 MX records returned");
		return TERM_PERMERROR;
	}
	*is_void = *is_void || is_void_answer(answer);
	for (size_t i = 0; i < answer->count; i++) {
		struct span host = answer->records[i].data;
		enum term_match match;

		if (host.length == 0)
			continue;
		match = match_addresses(w, term, 1 + i, host, false, is_void);
		if (match == TERM_UNKNOWN)
			result = match;
		else if (match == TERM_MATCH || (match != TERM_NO_MATCH && result == TERM_NO_MATCH))
			return match;
	}
	return result;
}

/* Section 5.5. */
static enum term_match match_ptr(struct walk *w, struct span name, bool *is_void)
{
	enum term_match known = validate_names(w);

	if (known != TERM_MATCH)
		return known;
	*is_void = *is_void || w->names.is_void;
	for (size_t i = 0; i < w->names.count; i++)
		if (name_is_within(w->names.names[i], name))
			return TERM_MATCH;
	return TERM_NO_MATCH;
}

static enum term_match find_match(struct walk *w, const struct known_record *in,
				  struct known_term *term, bool *is_void)
{
	enum term_target target = term_find_target(w, in, term);
	struct span name = span_of(term->name);

	*is_void = target != TARGET_UNKNOWN && term_target_is_void(w, term);
	if (target != TARGET_READY)
		return target == TARGET_UNKNOWN ? no_answer(w) : TERM_NO_MATCH;
	switch ((unsigned)term->parsed->mechanism) {
	case RECORD_A: return match_addresses(w, term, 0, name, false, is_void);
	case RECORD_EXISTS: return match_addresses(w, term, 0, name, true, is_void);
	case RECORD_MX: return match_mx(w, term, is_void);
	case RECORD_PTR: return match_ptr(w, name, is_void);
	default: return TERM_NO_MATCH;
	}
}

enum term_match term_matches(struct walk *w, const struct known_record *in, struct known_term *term,
			     bool *is_void)
{
	*is_void = term->is_void;
	if (term->match != TERM_UNKNOWN && !w->source->waits)
		return term->match;
	term->match = find_match(w, in, term, is_void);
	term->is_void = *is_void;
	return term->match;
}
