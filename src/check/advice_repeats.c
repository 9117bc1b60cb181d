/* SPDX-License-Identifier: MIT */
#include "advice_repeats.h"

enum { REPEATS_MAX = 64 }; /* terms of a record that are looked at */

static bool is_network(const struct record_term *term)
{
	return term->mechanism == RECORD_IP4 || term->mechanism == RECORD_IP6;
}

static void tell(struct advice_list *list, const char *domain, enum advice_kind kind,
		 const struct audit_term *t, const struct audit_term *other, const char *words)
{
	struct advice_draft draft;

	advice_begin(&draft, list, domain, kind, t->term.text);
	advice_quote(&draft, other->term.text);
	text_string(&draft.text, words);
	advice_give(&draft, NULL);
}

/* ---- lookups ---- */

/* Both ask for the same and say the same of it, in other words perhaps ("a", "a:x.example", "a:x.example."). */
static bool is_same(const struct audit_term *a, const struct audit_term *b)
{
	if (a->term.mechanism != b->term.mechanism || a->term.qualifier != b->term.qualifier ||
	    a->term.prefix4 != b->term.prefix4 || a->term.prefix6 != b->term.prefix6)
		return false;
	if (a->target == AUDIT_NAME && b->target == AUDIT_NAME)
		return span_equal_nocase(span_of(a->name), span_of(b->name));
	return span_equal_nocase(a->term.target, b->term.target);
}

/* That domain's record counts below this one, by includes that let pass. */
static bool leads_to(const struct audit_record *record, const char *domain)
{
	for (size_t i = 0; record && i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (t->unused || t->term.mechanism != RECORD_INCLUDE || t->term.qualifier != '+' ||
		    !t->record)
			continue;
		if (span_equal_nocase(span_of(t->record->domain), span_of(domain)) ||
		    leads_to(t->record, domain))
			return true;
	}
	return false;
}

/* One of the two is the other's domain, or both are below one that has two labels or more. */
static bool is_related(const char *a, const char *b)
{
	struct span one = span_of(a), other = span_of(b), label, parent;

	return name_is_within(one, other) || name_is_within(other, one) ||
	       (span_split(one, '.', &label, &parent) && span_contains(parent, '.') &&
		name_is_within(other, parent));
}

/* What somebody else's record includes may go at any time: of use only where lookups are short. */
static void about_inside(struct advice_list *list, const struct audit_record *record,
			 const struct audit_term *t, const struct audit_term *other)
{
	if (is_related(t->record->domain, other->record->domain))
		tell(list, record->domain, REPEATED_INSIDE, t, other, ". Remove it.");
	else if (record->lookups >= ADVICE_LOOKUPS_NEAR)
		tell(list, record->domain, REPEATED_ABROAD, t, other,
		     ", as long as that one leads there. Its lookups could be saved.");
}

/* A term that takes a lookup for what another one says. */
static void about_lookup(struct advice_list *list, const struct audit_record *record, size_t count,
			 size_t i)
{
	const struct audit_term *t = &record->terms[i];

	for (size_t j = 0; j < i; j++) {
		const struct audit_term *other = &record->terms[j];

		if (!is_same(t, other))
			continue;
		if (span_equal_nocase(t->term.text, other->term.text))
			advice_say(list, record->domain, REPEATED, t->term.text, "");
		else
			tell(list, record->domain, REPEATED_AS, t, other, ". Remove one of them.");
		return;
	}
	for (size_t j = 0; t->term.mechanism == RECORD_INCLUDE && t->record && j < count; j++) {
		const struct audit_term *other = &record->terms[j];

		if (i != j && !other->unused && other->term.mechanism == RECORD_INCLUDE &&
		    other->term.qualifier == t->term.qualifier && other->record &&
		    leads_to(other->record, t->record->domain)) {
			about_inside(list, record, t, other);
			return;
		}
	}
}

/* ---- networks ---- */

static bool covers(const struct record_term *a, const struct record_term *b)
{
	return is_network(a) && is_network(b) && a->qualifier == b->qualifier &&
	       a->network.prefix <= b->network.prefix &&
	       network_contains(&a->network, &b->network.address);
}

static void about_network(struct advice_list *list, const struct audit_record *record, size_t count,
			  size_t i)
{
	const struct record_term *term = &record->terms[i].term;

	for (size_t j = 0; j < count; j++) {
		const struct record_term *other = &record->terms[j].term;

		/* Of two equal ones, the second is named. */
		if (i == j || record->terms[j].unused || !covers(other, term) ||
		    (covers(term, other) && i < j))
			continue;
		if (covers(term, other))
			advice_say(list, record->domain, REPEATED_NETWORK, term->text, "");
		else
			tell(list, record->domain, COVERED, &record->terms[i], &record->terms[j],
			     ", which stands there too.");
		return;
	}
}

/* ---- hosts that are listed by address as well ---- */

static bool is_listed(const struct audit_record *record, size_t count, char qualifier,
		      const struct network *network)
{
	for (size_t i = 0; i < count; i++) {
		const struct record_term *term = &record->terms[i].term;

		if (is_network(term) && !record->terms[i].unused && term->qualifier == qualifier &&
		    term->network.prefix <= network->prefix &&
		    network_contains(&term->network, &network->address))
			return true;
	}
	return false;
}

static bool are_listed(const struct audit_record *record, size_t count, const struct audit_term *t)
{
	size_t found = 0;

	for (size_t h = 0; h < t->host_count; h++)
		for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++) {
			const struct answer *answer = t->hosts[h].addresses[f];
			struct network network = {
				.address.family = f == AUDIT_IPV4 ? AF_INET : AF_INET6,
				.prefix = f == AUDIT_IPV4 ? t->term.prefix4 : t->term.prefix6,
			};

			for (size_t n = 0; answer && n < answer->count; n++, found++) {
				memcpy(network.address.bytes, answer->records[n].data.data,
				       answer->records[n].data.length);
				if (!is_listed(record, count, t->term.qualifier, &network))
					return false;
			}
		}
	return found > 0;
}

/* ---- the whole ---- */

void advice_on_repeats(struct advice_list *list, const struct audit_record *record)
{
	size_t count = record->count < REPEATS_MAX ? record->count : REPEATS_MAX;

	for (size_t i = 0; i < count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (t->unused)
			continue;
		if (is_network(&t->term))
			about_network(list, record, count, i);
		else if (record_counts(t->term.mechanism))
			about_lookup(list, record, count, i);
		if (are_listed(record, count, t))
			advice_say(list, record->domain, LISTED_TOO, t->term.text, "");
	}
}
