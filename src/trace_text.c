/* SPDX-License-Identifier: MIT */
#include "trace_text.h"

#include <stdio.h>

enum {
	MARGIN = 3,		/* columns for the mark of what decided */
	STEP = 2,		/* indentation of a record under its term */
	VERDICT_COLUMN = 38,
	NOTE_COLUMN = 51,
	ANSWER_COLUMN = 40,
	TIME_COLUMNS = 9,	/* at the right edge */
	TYPE_COLUMNS = 5,	/* "AAAA " */
	DATA_MAX = 6,		/* records of an answer that are shown */
	DATUM_MAX = 300,	/* characters of one */
};

enum page_style trace_result_style(enum spf_result result)
{
	switch (result) {
	case SPF_PASS:
		return PAGE_GOOD;
	case SPF_FAIL:
	case SPF_PERMERROR:
		return PAGE_BAD;
	case SPF_NONE:
	case SPF_NEUTRAL:
	case SPF_SOFTFAIL:
	case SPF_TEMPERROR:
	case SPF_RESULT_COUNT:
		break;
	}
	return PAGE_DOUBT;
}

/* --- questions ------------------------------------------------------------------------------ */

void trace_record_data(struct text *out, uint16_t type, const struct answer_record *record)
{
	char storage[ADDRESS_TEXT_MAX];
	struct address address = { .family = type == DNS_AAAA ? AF_INET6 : AF_INET };

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		memcpy(address.bytes, record->data.data, type == DNS_AAAA ? 16 : 4);
		text_string(out, address_format(&address, storage));
		break;
	case DNS_MX:
		text_format(out, "%u ", record->preference);
		text_printable(out, record->data.length ? record->data : span_of("(unusable name)"),
			       DATUM_MAX);
		break;
	case DNS_PTR:
		text_printable(out, record->data.length ? record->data : span_of("(unusable name)"),
			       DATUM_MAX);
		break;
	default:
		text_char(out, '"');
		text_printable(out, record->data, DATUM_MAX);
		text_char(out, '"');
		break;
	}
}

void trace_answer_words(struct text *out, const struct trace_question *question)
{
	const struct answer *answer = question->answer;
	bool addresses = question->type == DNS_A || question->type == DNS_AAAA;
	const char *separator = addresses ? ", " : "\n";

	if (!answer) {
		text_string(out, "no answer in time");
		return;
	}
	switch (answer->status) {
	case ANSWER_NODATA:
		text_format(out, "no %s record", dns_type_name(question->type));
		return;
	case ANSWER_NXDOMAIN:
		text_string(out, "no such name (NXDOMAIN)");
		return;
	case ANSWER_FAILURE:
		text_string(out, "lookup failed");
		return;
	case ANSWER_OK:
		break;
	}
	for (size_t i = 0; i < answer->count && i < DATA_MAX; i++) {
		text_string(out, i ? separator : "");
		trace_record_data(out, question->type, &answer->records[i]);
	}
	if (answer->count > DATA_MAX)
		text_format(out, "%sand %zu more", separator, answer->count - DATA_MAX);
}

static void print_time(struct page *page, const struct trace_question *question)
{
	char storage[32];
	struct text text;

	text_init(&text, storage, sizeof storage);
	if (question->source == TRACE_DNS)
		text_format(&text, "%u ms", question->elapsed_ms);
	else
		text_string(&text, trace_source_name(question->source));
	if (page->column + text.length >= page->width)
		page_newline(page);
	page_tab(page, page->width - text.length);
	page_string(page, PAGE_FAINT, text.data);
	page_newline(page);
}

/* Names and texts have a line each. */
static bool next_datum(struct span *left, struct span *datum)
{
	const char *end = memchr(left->data, '\n', left->length);
	size_t length = end ? (size_t)(end - left->data) : left->length;

	if (left->length == 0)
		return false;
	*datum = (struct span){ left->data, length };
	length += end != NULL;
	*left = (struct span){ left->data + length, left->length - length };
	return true;
}

static void print_words(struct page *page, const struct trace_question *question, const char *words)
{
	struct span left = span_of(words), rest, line;
	enum page_style style = PAGE_FAINT;
	size_t width = page->width - ANSWER_COLUMN - TIME_COLUMNS;
	bool more = false;

	if (question->needed && (!question->answer || question->answer->status == ANSWER_FAILURE))
		style = PAGE_BAD;
	else if (question->needed && question->answer->status != ANSWER_OK)
		style = PAGE_DOUBT;
	while (next_datum(&left, &rest))
		while (page_next_line(&rest, width, false, &line)) {
			if (more || page->column >= ANSWER_COLUMN)
				page_newline(page);
			more = true;
			page_tab(page, ANSWER_COLUMN);
			page_format(page, style, "%.*s", (int)line.length, line.data);
		}
	print_time(page, question);
}

/* Raw bytes in one piece, broken only where they pass the edge; begins where the page is. */
static void print_raw(struct page *page, size_t column, enum page_style style, struct span bytes)
{
	struct span line;

	while (page_next_line(&bytes, page->width - column, true, &line)) {
		if (page->column < column)
			page_tab(page, column);
		page_bytes(page, style, line);
		if (bytes.length > 0)
			page_newline(page);
	}
}

/* Without words when the record that was found is shown by itself. */
static void print_question(struct page *page, size_t indent, const struct trace_question *question,
			   bool with_answer)
{
	char storage[4096];
	struct text words;

	text_init(&words, storage, sizeof storage);
	if (!question->needed)
		text_string(&words, "asked ahead, not needed");
	else if (with_answer || !question->answer || question->answer->status != ANSWER_OK)
		trace_answer_words(&words, question);
	page_tab(page, indent);
	page_format(page, PAGE_FAINT, "%-4s ", dns_type_name(question->type));
	print_raw(page, indent + TYPE_COLUMNS, PAGE_FAINT, span_of(question->name));
	print_words(page, question, words.data);
}

struct ahead {
	struct page *page;
	size_t indent;
};

/* trace_visit */
static void print_ahead(void *arg, const struct trace_question *question)
{
	const struct ahead *ahead = arg;

	if (!question->needed)
		print_question(ahead->page, ahead->indent, question, false);
}

/* --- records -------------------------------------------------------------------------------- */

static void begin_quoted(struct page *page, size_t indent)
{
	page_tab(page, indent);
	page_string(page, PAGE_FAINT, "|");
}

/* Points at what is wrong in this line of the record, as far as it is in it. */
static void print_caret(struct page *page, size_t indent, struct span text, struct span line,
			const struct record_error *error)
{
	size_t start = (size_t)(line.data - text.data), from = error->offset - start;
	size_t length = error->length ? error->length : 1;
	size_t room = line.length > from ? line.length - from : 1;
	size_t columns =
		page_columns((struct span){ line.data, from < line.length ? from : line.length });
	size_t under = 1;

	if (from < line.length)
		under = page_columns(
			(struct span){ line.data + from, length < room ? length : room });
	begin_quoted(page, indent);
	page_tab(page, indent + 2 + columns);
	page_string(page, PAGE_BAD, "^");
	while (--under > 0)
		page_string(page, PAGE_BAD, "~");
	page_newline(page);
}

static void print_text(struct page *page, size_t indent, struct span text,
		       const struct record_error *error)
{
	struct span rest = text, line;
	bool pointed = !error;

	while (page_next_line(&rest, page->width - indent - 2, true, &line)) {
		size_t end = rest.length ? (size_t)(rest.data - text.data) : text.length + 1;

		begin_quoted(page, indent);
		page_tab(page, indent + 2);
		page_bytes(page, PAGE_STRONG, line);
		page_newline(page);
		if (!pointed && error->offset < end) {
			print_caret(page, indent, text, line, error);
			pointed = true;
		}
	}
}

static void print_remark(struct page *page, size_t indent, enum page_style style,
			 const char *remark)
{
	begin_quoted(page, indent);
	page_paragraph(page, style, indent + 2, span_of(remark));
}

/* Two records where one is allowed (section 4.5): both are shown. */
static void print_all_texts(struct page *page, size_t indent, const struct answer *answer)
{
	for (size_t i = 0; answer && i < answer->count; i++)
		if (record_is_spf(answer->records[i].data))
			print_text(page, indent, answer->records[i].data, NULL);
}

static void print_error(struct page *page, size_t indent, const struct trace_record *record)
{
	char storage[SPF_PROBLEM_MAX + 16];
	struct text text;

	if (record->text.length > 0)
		print_text(page, indent, record->text, &record->error);
	else
		print_all_texts(page, indent, record->question.answer);
	text_init(&text, storage, sizeof storage);
	text_format(&text, "error: %s", record->error.problem);
	print_remark(page, indent, PAGE_BAD, text.data);
}

/* --- terms ---------------------------------------------------------------------------------- */

static void print_record(struct page *page, size_t indent, const struct trace_record *record);

static enum page_style verdict_style(const struct trace_term *t)
{
	switch (t->verdict) {
	case TRACE_MATCH:
		/* What an included record says is no verdict yet. */
		if (!t->decides)
			break;
		return t->term.qualifier == '+' ? PAGE_GOOD : t->term.qualifier == '-' ? PAGE_BAD :
			PAGE_DOUBT;
	case TRACE_TEMPERROR:
	case TRACE_PERMERROR:
		return PAGE_BAD;
	case TRACE_NOT_REACHED:
	case TRACE_UNUSED:
		return PAGE_FAINT;
	case TRACE_NO_MATCH:
	case TRACE_USED:
		break;
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

	text_init(&text, storage, sizeof storage);
	if (t->lookup) {
		snprintf(count, sizeof count, "lookup %u of %d", t->lookup, EVALUATION_TERMS_MAX);
		add_note(&text, count);
	}
	if (t->void_lookup) {
		snprintf(count, sizeof count, "void %u of %u", t->void_lookup, trace->void_limit);
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
	print_raw(page, indent, style, t->term.text);
	if (page->column >= VERDICT_COLUMN)
		page_newline(page);
	page_tab(page, VERDICT_COLUMN);
	page_string(page, verdict_style(t), trace_verdict_name(t->verdict));
	print_notes(page, trace, t);
	for (size_t i = 0; i < t->question_count; i++)
		print_question(page, indent + STEP, &t->questions[i], true);
	if (t->record && !t->record->reached)
		trace_each_question(t->record, print_ahead, &ahead);
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

/* The question and the text, unless that was shown before: records that include each other. */
static void print_record(struct page *page, size_t indent, const struct trace_record *record)
{
	const struct answer *answer = record->question.answer;

	print_question(page, indent, &record->question, false);
	if (record->question.source == TRACE_ABOVE && indent > MARGIN)
		return;
	switch (record->status) {
	case EVALUATION_RECORD_USABLE:
		print_text(page, indent, record->text, NULL);
		break;
	case EVALUATION_RECORD_PERMERROR:
		print_error(page, indent, record);
		break;
	case EVALUATION_RECORD_NONE:
		if (answer && answer->status == ANSWER_OK)
			print_remark(page, indent, PAGE_DOUBT,
				     "TXT records, but none of them is an SPF record");
		break;
	case EVALUATION_RECORD_TEMPERROR:
		break;
	}
}

void trace_print(struct page *page, const struct trace *trace)
{
	struct printing printing = { page, trace };
	struct ahead ahead = { page, MARGIN };

	if (!trace->top)
		return;
	if (trace->top->reached)
		print_tree(&printing, MARGIN, trace->top);
	else
		trace_each_question(trace->top, print_ahead, &ahead);
}
