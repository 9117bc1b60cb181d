/* SPDX-License-Identifier: MIT */
#include "trace_query.h"

#include "spf/term.h"
#include "dns/addresses.h"

static bool was_shown(struct trace_seen *seen, const char *name, uint16_t type)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->queries[i]->type == type &&
		    span_equal_nocase(span_of(seen->queries[i]->name), span_of(name)))
			return true;
	return false;
}

static void remember(struct trace_queries *list, const struct trace_query *query)
{
	struct trace_seen *seen = list->seen;
	struct trace_query *copy;

	if (seen->count == sizeof(seen->queries) / sizeof(*seen->queries))
		return;
	copy = arena_take(list->arena, sizeof(*copy));
	*copy = *query;
	seen->queries[seen->count++] = copy;
}

enum trace_source trace_query_source(const struct resolver_fact *fact)
{
	if (fact->asked)
		return TRACE_DNS;
	return fact->cached ? TRACE_CACHE : TRACE_ZONE;
}

const struct answer *trace_query_add(struct trace_queries *list, struct span name, uint16_t type,
				     bool needed)
{
	struct resolver *resolver = list->peeking->e->settings->resolver;
	struct resolver_fact fact = { .asked = false };
	bool wanted = resolver_fact(resolver, name, type, &fact);
	const struct answer *answer = resolver_peek(resolver, name, type);
	struct trace_query *query;

	if ((!wanted && !needed) || list->count == TRACE_QUERIES_MAX)
		return answer;
	query = &list->items[list->count++];
	*query = (struct trace_query){
		.name = arena_string(list->arena, name),
		.type = type,
		.answer = answer,
		.source = trace_query_source(&fact),
		.elapsed_ms = fact.elapsed_ms,
		.needed = needed,
	};
	if (!wanted)
		query->source = TRACE_DNS;
	if (was_shown(list->seen, query->name, type))
		query->source = TRACE_ABOVE;
	else
		remember(list, query);
	return answer;
}

void trace_query_names(struct trace_queries *list, bool needed)
{
	const struct evaluation *e = list->peeking->e;
	char reverse[DNS_NAME_MAX];
	const struct answer *ptr;

	term_reverse_name(&e->subject.client, reverse);
	ptr = trace_query_add(list, span_of(reverse), DNS_PTR, needed);
	for (size_t i = 0; ptr && i < ptr->count && i < EVALUATION_NAMES_MAX; i++)
		if (ptr->records[i].data.length > 0)
			trace_query_add(list, ptr->records[i].data,
					addresses_type(&e->subject.client), needed);
}

/* Hosts are looked at one after the other until one matches or fails. */
static void add_hosts(struct trace_queries *list, const struct known_term *term, bool needed)
{
	struct evaluation *e = list->peeking->e;
	const struct answer *mx = trace_query_add(list, span_of(term->name), DNS_MX, needed);
	unsigned prefix = term_prefix(e, term->parsed);

	if (!mx || mx->count > EVALUATION_NAMES_MAX)
		return;
	for (size_t i = 0; i < mx->count; i++) {
		const struct answer *answer;

		if (mx->records[i].data.length == 0)
			continue;
		answer = trace_query_add(list, mx->records[i].data,
					 addresses_type(&e->subject.client), needed);
		if (!answer || answer->status == ANSWER_FAILURE ||
		    term_has_client(e, answer, prefix))
			needed = false;
	}
}

void trace_query_term(struct trace_queries *list, const struct known_record *in,
		      struct known_term *term, bool needed)
{
	uint16_t addresses = addresses_type(&list->peeking->e->subject.client);
	enum record_mechanism mechanism = term->parsed->mechanism;

	if (term->uses_names)
		trace_query_names(list, needed);
	if (term_find_target(list->peeking, in, term) != TARGET_READY)
		return;
	if (mechanism == RECORD_A)
		trace_query_add(list, span_of(term->name), addresses, needed);
	else if (mechanism == RECORD_EXISTS)
		trace_query_add(list, span_of(term->name), DNS_A, needed);
	else if (mechanism == RECORD_MX)
		add_hosts(list, term, needed);
	else if (mechanism == RECORD_PTR && !term->uses_names)
		trace_query_names(list, needed);
}

void trace_query_store(struct trace_queries *list, struct trace_term *term)
{
	if (list->count == 0)
		return;
	term->queries = arena_take_array(list->arena, list->count, sizeof(*term->queries));
	memcpy(term->queries, list->items, list->count * sizeof(*term->queries));
	term->query_count = list->count;
}
