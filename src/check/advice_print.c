/* SPDX-License-Identifier: MIT */
#include "advice_print.h"

enum { TEXT_COLUMN = 3 };

static enum page_style style_of(enum advice_severity severity)
{
	switch (severity) {
	case ADVICE_ERROR: return PAGE_BAD;
	case ADVICE_WARNING: return PAGE_DOUBT;
	case ADVICE_NOTE: break;
	}
	return PAGE_FAINT;
}

/* In lines of the page's width, to be copied together: a record has no other breaks. */
static void print_proposal(struct page *page, const char *proposal)
{
	struct span rest = span_of(proposal), line;

	page_paragraph(page, PAGE_PLAIN, TEXT_COLUMN, span_of("The record, corrected:"));
	while (page_next_line(&rest, page->width - TEXT_COLUMN - 2, true, &line)) {
		page_tab(page, TEXT_COLUMN + 2);
		page_bytes(page, PAGE_GOOD, line);
		page_newline(page);
	}
}

void advice_print(const struct advice_list *list, struct page *page)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct advice *advice = &list->items[i];

		if (i == 0 || strcmp(list->items[i - 1].domain, advice->domain) != 0) {
			page_newline(page);
			page_string(page, PAGE_STRONG, "For the owner of ");
			page_bytes(page, PAGE_STRONG, span_of(advice->domain));
			page_newline(page);
		}
		page_string(page, style_of(advice->severity), " *");
		page_paragraph(page, PAGE_PLAIN, TEXT_COLUMN, span_of(advice->text));
		if (advice->proposal)
			print_proposal(page, advice->proposal);
	}
}

static void write_bytes(struct json *json, const char *key, const char *text)
{
	if (text)
		json_bytes(json, key, span_of(text));
	else
		json_null(json, key);
}

void advice_json(struct json *json, const struct advice_list *list)
{
	json_array(json, "advice");
	for (size_t i = 0; i < list->count; i++) {
		const struct advice *advice = &list->items[i];

		json_object(json, NULL);
		json_string(json, "code", advice->code);
		json_string(json, "severity", advice_severity_name(advice->severity));
		json_bytes(json, "domain", span_of(advice->domain));
		json_string(json, "text", advice->text);
		write_bytes(json, "proposal", advice->proposal);
		json_object_end(json);
	}
	json_array_end(json);
}

void advice_json_mistakes(struct json *json, const char *key, const struct repair *repair)
{
	json_array(json, key);
	for (size_t i = 0; repair && i < repair->count; i++) {
		const struct repair_mistake *m = &repair->mistakes[i];

		if (!m->is_error)
			continue;
		json_object(json, NULL);
		json_number(json, "offset", m->error.offset);
		json_number(json, "length", m->error.length);
		json_string(json, "problem", m->error.problem);
		json_bytes(json, "term", m->term);
		write_bytes(json, "meant", m->meant);
		json_object_end(json);
	}
	json_array_end(json);
}
