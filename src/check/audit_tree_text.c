/* SPDX-License-Identifier: MIT */
#include "audit_text_parts.h"
#include "record_text.h"

enum { NOTE_COLUMN = 45 };

static void note(struct text *out, const char *words)
{
	text_string(out, out->length ? ", " : "");
	text_string(out, words);
}

/* What the DNS says of a term, in a few words. */
static void add_findings(struct text *out, const struct audit_term *t)
{
	if (t->unused)
		note(out, "never used");
	if (t->loop)
		note(out, "a loop");
	if (t->target == AUDIT_INVALID)
		note(out, "no domain name");
	if (t->target == AUDIT_MACROS && record_counts(t->term.mechanism))
		note(out, "varies by client");
	if (t->answer && t->answer->status == ANSWER_FAILURE)
		note(out, "lookup failed");
	for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++)
		if (t->void_lookup[f])
			text_format(out, "%svoid %u for IPv%c", out->length ? ", " : "",
				    t->void_lookup[f], f == AUDIT_IPV4 ? '4' : '6');
}

static void print_term(struct page *page, size_t indent, const struct audit_term *t)
{
	char storage[256];
	struct text text;
	struct span line, rest = t->term.text;

	text_init(&text, storage, sizeof(storage));
	if (t->lookup)
		text_format(&text, "lookup %u", t->lookup);
	if (t->record && t->record->lookups > 0)
		text_format(&text, ", %u more inside", t->record->lookups);
	add_findings(&text, t);
	while (page_next_line(&rest, page->width - indent, true, &line)) {
		page_tab(page, indent);
		page_bytes(page, PAGE_PLAIN, line);
		if (rest.length > 0)
			page_newline(page);
	}
	if (page->column >= NOTE_COLUMN)
		page_newline(page);
	page_paragraph(page, t->lookup > EVALUATION_TERMS_MAX ? PAGE_BAD : PAGE_FAINT, NOTE_COLUMN,
		       text_span(&text));
}

static void print_answer(struct page *page, const struct audit_record *record)
{
	if (!record->answer)
		page_string(page, PAGE_BAD, "  not asked");
	else if (record->answer->status == ANSWER_FAILURE)
		page_string(page, PAGE_BAD, "  lookup failed");
	else if (record->answer->status == ANSWER_NXDOMAIN)
		page_string(page, PAGE_BAD, "  no such name");
	else if (record->status == PARSED_NONE)
		page_string(page, PAGE_BAD, "  no SPF record");
	else
		page_format(page, PAGE_FAINT, "  %zu bytes", audit_answer_bytes(record));
	if (record->answer && record->answer->alias)
		page_string(page, PAGE_FAINT, ", by a CNAME");
	page_newline(page);
}

static void print_text(struct page *page, size_t indent, const struct audit_record *record)
{
	const struct answer *answer = record->answer;

	if (record->text.length > 0) {
		record_text_print(page, indent, record->text, record->repair);
		record_text_print_errors(page, indent, record->repair);
		return;
	}
	if (record->status != PARSED_PERMERROR)
		return;
	for (size_t i = 0; answer && i < answer->count; i++)
		if (record_is_spf(answer->records[i].data))
			record_text_print(page, indent, answer->records[i].data, NULL);
	record_text_remark(page, indent, PAGE_BAD, record->problem);
}

/* Terms that take no lookup stand in the text. */
static void print_record(struct page *page, size_t indent, const struct audit_record *record)
{
	page_tab(page, indent);
	page_string(page, PAGE_FAINT, "TXT  ");
	page_bytes(page, PAGE_STRONG, span_of(record->domain));
	print_answer(page, record);
	print_text(page, indent, record);
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];

		if (!t->lookup && !t->unused)
			continue;
		print_term(page, indent, t);
		if (t->record)
			print_record(page, indent + AUDIT_STEP, t->record);
	}
}

void audit_text_tree(struct page *page, const struct audit_record *top)
{
	print_record(page, AUDIT_MARGIN, top);
}
