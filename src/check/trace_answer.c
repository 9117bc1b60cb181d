/* SPDX-License-Identifier: MIT */
#include "trace_answer.h"

enum {
	ANSWER_COLUMN = 40,
	TIME_COLUMNS = 9, /* at the right edge */
	TYPE_COLUMNS = 5, /* "AAAA " */
	DATA_MAX = 6,	  /* records of an answer that are shown */
	DATUM_MAX = 300,  /* characters of one */
};

void trace_answer_datum(struct text *out, uint16_t type, const struct answer_record *record)
{
	char storage[ADDRESS_TEXT_MAX];
	struct address address = { .family = type == DNS_AAAA ? AF_INET6 : AF_INET };

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		memcpy(address.bytes, record->data.data, address_size(address.family));
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

static void add_words(struct text *out, const struct trace_query *query)
{
	const struct answer *answer = query->answer;
	bool addresses = query->type == DNS_A || query->type == DNS_AAAA;
	const char *separator = addresses ? ", " : "\n";

	if (!answer) {
		text_string(out, "not waited for");
		return;
	}
	switch (answer->status) {
	case ANSWER_NODATA: text_format(out, "no %s record", dns_type_name(query->type)); return;
	case ANSWER_NXDOMAIN: text_string(out, "no such name (NXDOMAIN)"); return;
	case ANSWER_FAILURE: text_string(out, "lookup failed"); return;
	case ANSWER_OK: break;
	}
	for (size_t i = 0; i < answer->count && i < DATA_MAX; i++) {
		text_string(out, i ? separator : "");
		trace_answer_datum(out, query->type, &answer->records[i]);
	}
	if (answer->count > DATA_MAX)
		text_format(out, "%sand %s%zu more", separator,
			    query->type == DNS_MX && answer->count == ANSWER_MX_MAX ? "at least " :
										      "",
			    answer->count - DATA_MAX);
}

static void print_time(struct page *page, const struct trace_query *query)
{
	char storage[32];
	struct text text;

	if (!query->answer) {
		page_newline(page);
		return;
	}
	text_init(&text, storage, sizeof(storage));
	if (query->source == TRACE_DNS)
		text_format(&text, "%u ms", query->elapsed_ms);
	else
		text_string(&text, trace_source_name(query->source));
	if (page->column + text.length >= page->width)
		page_newline(page);
	page_tab(page, page->width - text.length);
	page_string(page, PAGE_FAINT, text.data);
	page_newline(page);
}

/* What has a line of its own: a name, a text, or all addresses. */
static bool next_datum(struct span *left, struct span *datum)
{
	const char *end = memchr(left->data, '\n', left->length);
	size_t length = end ? (size_t)(end - left->data) : left->length;

	if (left->length == 0)
		return false;
	*datum = (struct span){ left->data, length };
	length += end != NULL;
	*left = span_skip(*left, length);
	return true;
}

static void print_words(struct page *page, const struct trace_query *query, const char *words)
{
	struct span left = span_of(words), rest, line;
	enum page_style style = PAGE_FAINT;
	size_t width = page->width - ANSWER_COLUMN - TIME_COLUMNS;
	bool more = false;

	if (query->needed && (!query->answer || query->answer->status == ANSWER_FAILURE))
		style = PAGE_BAD;
	else if (query->needed && query->answer->status != ANSWER_OK)
		style = PAGE_DOUBT;
	while (next_datum(&left, &rest))
		while (page_next_line(&rest, width, false, &line)) {
			if (more || page->column >= ANSWER_COLUMN)
				page_newline(page);
			more = true;
			page_tab(page, ANSWER_COLUMN);
			page_format(page, style, "%.*s", (int)line.length, line.data);
		}
	print_time(page, query);
}

void trace_answer_print_name(struct page *page, size_t column, enum page_style style,
			     struct span bytes)
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

void trace_answer_print(struct page *page, size_t indent, const struct trace_query *query,
			bool with_answer)
{
	char storage[4096];
	struct text words;

	text_init(&words, storage, sizeof(storage));
	if (!query->needed)
		text_string(&words, "prefetched, not needed");
	else if (with_answer || !query->answer || query->answer->status != ANSWER_OK)
		add_words(&words, query);
	page_tab(page, indent);
	page_format(page, PAGE_FAINT, "%-4s ", dns_type_name(query->type));
	trace_answer_print_name(page, indent + TYPE_COLUMNS, PAGE_FAINT, span_of(query->name));
	print_words(page, query, words.data);
}
