/* SPDX-License-Identifier: MIT */
#include "trace_text.h"

#include <stdio.h>

#include "base/text.h"
#include "record_text.h"
#include "trace_answer.h"

enum {
	MARGIN = 3, /* columns for the mark of what decided */
	STEP = 2,   /* indentation of a record under its term */
	VERDICT_COLUMN = 38,
	NOTE_COLUMN = 51,
};

enum page_style trace_result_style(enum spf_result result)
{
	switch (result) {
	case SPF_PASS: return PAGE_GOOD;
	case SPF_FAIL:
	case SPF_PERMERROR: return PAGE_BAD;
	case SPF_NONE:
	case SPF_NEUTRAL:
	case SPF_SOFTFAIL:
	case SPF_TEMPERROR:
	case SPF_RESULT_COUNT: break;
	}
	return PAGE_DOUBT;
}

/* ---- records ---- */

struct ahead {
	struct page *page;
	size_t indent;
};

/* trace_visit */
static void print_ahead(void *arg, const struct trace_query *query)
{
	const struct ahead *ahead = arg;

	if (!query->needed)
		trace_answer_print(ahead->page, ahead->indent, query, false);
}

/* Two records where one is allowed (section 4.5): both are shown. */
static void print_all_texts(struct page *page, size_t indent, const struct answer *answer)
{
	for (size_t i = 0; answer && i < answer->count; i++)
		if (record_is_spf(answer->records[i].data))
			record_text_print(page, indent, answer->records[i].data, NULL);
}

static void print_error(struct page *page, size_t indent, const struct trace_record *record)
{
	char storage[SPF_PROBLEM_MAX + 16];
	struct text text;

	if (record->repair) {
		record_text_print(page, indent, record->text, record->repair);
		record_text_print_errors(page, indent, record->repair);
		return;
	}
	print_all_texts(page, indent, record->query.answer);
	text_init(&text, storage, sizeof(storage));
	text_format(&text, "error: %s", record->error.problem);
	record_text_remark(page, indent, PAGE_BAD, text.data);
}

/* ---- terms ---- */

static void print_record(struct page *page, size_t indent, const struct trace_record *record);

static enum page_style verdict_style(const struct trace_term *t)
{
	switch (t->verdict) {
	case TRACE_MATCH:
		/* What an included record says is no verdict yet. */
		if (!t->decides)
			break;
		return t->term.qualifier == '+' ? PAGE_GOOD :
		       t->term.qualifier == '-' ? PAGE_BAD :
						  PAGE_DOUBT;
	case TRACE_TEMPERROR:
	case TRACE_PERMERROR: return PAGE_BAD;
	case TRACE_NOT_REACHED:
	case TRACE_UNUSED: return PAGE_FAINT;
	case TRACE_NO_MATCH:
	case TRACE_USED: break;
	}
	return PAGE_PLAIN;
}

static void add_note(struct text *out, const char *note)
{
	text_string(out, out->length ? ", " : "");
	text_string(out, note);
}

static const char *match_words(char qualifier)
{
	switch (qualifier) {
	case '-': return "gives fail";
	case '~': return "gives softfail";
	case '?': return "gives neutral";
	default: return "gives pass";
	}
}

static void print_notes(struct page *page, const struct trace *trace, const struct trace_term *t)
{
	bool is_free = t->term.mechanism == RECORD_IP4 || t->term.mechanism == RECORD_IP6;
	char storage[256], count[64];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	if (t->lookup) {
		snprintf(count, sizeof(count), "lookup %u of %d", t->lookup, EVALUATION_TERMS_MAX);
		add_note(&text, count);
	}
	if (t->void_lookup) {
		snprintf(count, sizeof(count), "void %u of %u", t->void_lookup, trace->void_limit);
		add_note(&text, count);
	}
	if (is_free && t->verdict != TRACE_NOT_REACHED)
		add_note(&text, "costs no lookup");
	if (t->verdict == TRACE_MATCH)
		add_note(&text, match_words(t->term.qualifier));
	if (t->note)
		add_note(&text, t->note);
	if (text.length == 0) {
		page_newline(page);
		return;
	}
	page_paragraph(page, t->note ? PAGE_BAD : PAGE_FAINT, NOTE_COLUMN, text_span(&text));
}

static void print_term(struct page *page, size_t indent, const struct trace *trace,
		       const struct trace_term *t)
{
	enum page_style style = t->decides ? PAGE_STRONG : PAGE_PLAIN;
	struct ahead ahead = { page, indent + STEP };

	page_string(page, PAGE_STRONG, t->decides ? "=>" : "");
	page_tab(page, indent);
	trace_answer_print_name(page, indent, style, t->term.text);
	if (page->column >= VERDICT_COLUMN)
		page_newline(page);
	page_tab(page, VERDICT_COLUMN);
	page_string(page, verdict_style(t), trace_verdict_name(t->verdict));
	print_notes(page, trace, t);
	for (size_t i = 0; i < t->query_count; i++)
		trace_answer_print(page, indent + STEP, &t->queries[i], true);
	if (t->record && !t->record->reached)
		trace_each_query(t->record, print_ahead, &ahead);
}

struct printing {
	struct page *page;
	const struct trace *trace;
};

static void print_tree(const struct printing *p, size_t indent, const struct trace_record *record)
{
	print_record(p->page, indent, record);
	for (size_t i = 0; i < record->count; i++) {
		print_term(p->page, indent, p->trace, &record->terms[i]);
		if (record->terms[i].record && record->terms[i].record->reached)
			print_tree(p, indent + STEP, record->terms[i].record);
	}
}

/* The query and the text, unless that was shown before: records that include each other. */
static void print_record(struct page *page, size_t indent, const struct trace_record *record)
{
	const struct answer *answer = record->query.answer;

	trace_answer_print(page, indent, &record->query, false);
	if (record->query.source == TRACE_ABOVE && indent > MARGIN)
		return;
	switch (record->status) {
	case PARSED_USABLE: record_text_print(page, indent, record->text, NULL); break;
	case PARSED_PERMERROR: print_error(page, indent, record); break;
	case PARSED_NONE:
		if (answer && answer->status == ANSWER_OK)
			record_text_remark(page, indent, PAGE_DOUBT,
					   "TXT records, but none of them is an SPF record");
		break;
	case PARSED_TEMPERROR: break;
	}
}

void trace_print(struct page *page, const struct trace *trace)
{
	struct printing printing = { page, trace };
	struct ahead ahead = { page, MARGIN };

	if (trace->top->reached)
		print_tree(&printing, MARGIN, trace->top);
	else
		trace_each_query(trace->top, print_ahead, &ahead);
}
