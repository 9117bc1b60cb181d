/* SPDX-License-Identifier: MIT */
#include "trace_question.h"

#include "spf/macro.h"

static bool was_shown(struct trace_seen *seen, const char *name, uint16_t type)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->questions[i]->type == type &&
		    span_equal_nocase(span_of(seen->questions[i]->name), span_of(name)))
			return true;
	return false;
}

static void remember(struct trace_questions *list, const struct trace_question *question)
{
	struct trace_seen *seen = list->seen;
	struct trace_question *copy;

	if (seen->count == sizeof(seen->questions) / sizeof(*seen->questions))
		return;
	copy = arena_take(list->arena, sizeof(*copy));
	*copy = *question;
	seen->questions[seen->count++] = copy;
}

static enum trace_source source_of(const struct resolver_fact *fact)
{
	if (fact->asked)
		return TRACE_DNS;
	return fact->cached ? TRACE_CACHE : TRACE_ZONE;
}

const struct answer *trace_question_add(struct trace_questions *list, struct span name,
					uint16_t type, bool needed)
{
	struct resolver *resolver = list->e->settings->resolver;
	struct resolver_fact fact = { .asked = false };
	bool wanted = resolver_fact(resolver, name, type, &fact);
	const struct answer *answer = resolver_peek(resolver, name, type);
	struct trace_question *question;

	if ((!wanted && !needed) || list->count == TRACE_QUESTIONS_MAX)
		return answer;
	question = &list->items[list->count++];
	*question = (struct trace_question){
		.name = arena_string(list->arena, name),
		.type = type,
		.answer = answer,
		.source = source_of(&fact),
		.elapsed_ms = fact.elapsed_ms,
		.needed = needed,
	};
	if (!wanted)
		question->source = TRACE_DNS;
	if (was_shown(list->seen, question->name, type))
		question->source = TRACE_ABOVE;
	else
		remember(list, question);
	return answer;
}

void trace_question_names(struct trace_questions *list, bool needed)
{
	const struct evaluation *e = list->e;
	char reverse[DNS_NAME_MAX];
	const struct answer *ptr;

	evaluation_reverse_name(&e->subject.client, reverse);
	ptr = trace_question_add(list, span_of(reverse), DNS_PTR, needed);
	for (size_t i = 0; ptr && i < ptr->count && i < EVALUATION_NAMES_MAX; i++)
		if (ptr->records[i].data.length > 0)
			trace_question_add(list, ptr->records[i].data, evaluation_address_type(e),
					   needed);
}

static bool leads_to_client(const struct evaluation *e, const struct answer *answer,
			    unsigned prefix)
{
	struct address base = { .family = e->subject.client.family };

	for (size_t i = 0; i < answer->count; i++) {
		memcpy(base.bytes, answer->records[i].data.data, answer->records[i].data.length);
		if (address_within(&e->subject.client, &base, prefix))
			return true;
	}
	return false;
}

/* Hosts are looked at one after the other until one matches or fails. */
static void add_hosts(struct trace_questions *list, const struct published_term *term, bool needed)
{
	const struct evaluation *e = list->e;
	bool six = e->subject.client.family == AF_INET6;
	const struct answer *mx = trace_question_add(list, span_of(term->name), DNS_MX, needed);

	if (!mx || mx->count > EVALUATION_NAMES_MAX)
		return;
	for (size_t i = 0; i < mx->count; i++) {
		const struct answer *answer;

		if (mx->records[i].data.length == 0)
			continue;
		answer = trace_question_add(list, mx->records[i].data, evaluation_address_type(e),
					    needed);
		if (!answer || answer->status == ANSWER_FAILURE ||
		    leads_to_client(e, answer, six ? term->term.prefix6 : term->term.prefix4))
			needed = false;
	}
}

void trace_question_term(struct trace_questions *list, const struct published *in,
			 struct published_term *term, bool needed)
{
	bool uses_names = macro_uses(term->term.target, 'p');

	if (uses_names)
		trace_question_names(list, needed);
	if (evaluation_target(list->e, in, term, EVALUATION_GLANCE) != PUBLISHED_NAME_READY)
		return;
	if (term->term.mechanism == RECORD_A)
		trace_question_add(list, span_of(term->name), evaluation_address_type(list->e),
				   needed);
	else if (term->term.mechanism == RECORD_EXISTS)
		trace_question_add(list, span_of(term->name), DNS_A, needed);
	else if (term->term.mechanism == RECORD_MX)
		add_hosts(list, term, needed);
	else if (term->term.mechanism == RECORD_PTR && !uses_names)
		trace_question_names(list, needed);
}

void trace_question_keep(struct trace_questions *list, struct trace_term *term)
{
	if (list->count == 0)
		return;
	term->questions = arena_take_array(list->arena, list->count, sizeof(*term->questions));
	memcpy(term->questions, list->items, list->count * sizeof(*term->questions));
	term->question_count = list->count;
}
