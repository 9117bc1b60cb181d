/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "trace_walk.h"

static bool settles(const struct trace_term *t)
{
	switch (t->verdict) {
	case TRACE_MATCH:
	case TRACE_TEMPERROR:
	case TRACE_PERMERROR: return true;
	case TRACE_USED: return t->term.mechanism == RECORD_REDIRECT;
	case TRACE_NOT_REACHED:
	case TRACE_NO_MATCH:
	case TRACE_UNUSED: break;
	}
	return false;
}

/* The path from the first record to the term that gave the result. */
static void mark_path(struct trace_record *record)
{
	while (record) {
		struct trace_record *next = NULL;

		for (size_t i = 0; i < record->count; i++) {
			struct trace_term *t = &record->terms[i];

			if (!settles(t))
				continue;
			t->decides = true;
			next = t->record;
			break;
		}
		record = next;
	}
}

struct trace *trace_build(struct evaluation *e, const struct spf_report *report,
			  struct trace_seen *seen, struct arena *arena)
{
	struct trace *trace = arena_take(arena, sizeof(*trace));
	struct trace_walk w = { .e = e, .arena = arena, .seen = seen, .report = report };
	struct span domain = e->subject.sender_domain;
	struct resolver_fact fact;

	trace->report = report;
	trace->void_limit = e->settings->void_limit;
	trace->whole = true;
	if (domain.length == 0 ||
	    (!report->checked && !resolver_fact(e->settings->resolver, domain, DNS_TXT, &fact)))
		return trace;
	trace->top = trace_walk_record(&w, domain, report->checked, true);
	/* Past a limit that is not counted here the terms can amount to something else. */
	if (trace->top->result == report->result)
		mark_path(trace->top);
	trace->cost = w.cost;
	trace->whole = !w.unanswered && trace->top->result == report->result;
	return trace;
}

const char *trace_verdict_name(enum trace_verdict verdict)
{
	switch (verdict) {
	case TRACE_NOT_REACHED: return "not reached";
	case TRACE_NO_MATCH: return "no match";
	case TRACE_MATCH: return "match";
	case TRACE_TEMPERROR: return "temperror";
	case TRACE_PERMERROR: return "permerror";
	case TRACE_USED: return "used";
	case TRACE_UNUSED: return "not used";
	}
	return "";
}

const char *trace_source_name(enum trace_source source)
{
	switch (source) {
	case TRACE_DNS: return "dns";
	case TRACE_CACHE: return "cached";
	case TRACE_ZONE: return "zone";
	case TRACE_ABOVE: return "as above";
	}
	return "";
}

void trace_each_question(const struct trace_record *record, trace_visit *visit, void *arg)
{
	visit(arg, &record->question);
	for (size_t i = 0; i < record->count; i++) {
		const struct trace_term *t = &record->terms[i];

		for (size_t j = 0; j < t->question_count; j++)
			visit(arg, &t->questions[j]);
		if (t->record)
			trace_each_question(t->record, visit, arg);
	}
}
