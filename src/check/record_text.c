/* SPDX-License-Identifier: MIT */
#include "record_text.h"

#include "base/text.h"

static void begin_quoted(struct page *page, size_t indent)
{
	page_tab(page, indent);
	page_string(page, PAGE_FAINT, "|");
}

/* Points at one error in this line of the record, as far as it is in it. */
static void print_caret(struct page *page, size_t indent, struct span text, struct span line,
			const struct record_error *error)
{
	size_t start = (size_t)(line.data - text.data), from = error->offset - start;
	size_t length = error->length ? error->length : 1;
	size_t room = line.length > from ? line.length - from : 1;
	size_t column = indent + 2 +
			page_columns(span_take(line, from < line.length ? from : line.length));
	size_t under = 1;

	if (from < line.length)
		under = page_columns(
			span_take(span_skip(line, from), length < room ? length : room));
	if (column < page->column)
		return;
	while (page->column < column)
		page_string(page, PAGE_PLAIN, " ");
	page_string(page, PAGE_BAD, "^");
	while (--under > 0)
		page_string(page, PAGE_BAD, "~");
}

/* The errors from *next on that begin before `end`, all in one row. */
static void print_carets(struct page *page, size_t indent, struct span text, struct span line,
			 size_t end, const struct repair *repair, size_t *next)
{
	size_t first = *next;

	for (; *next < repair->count && repair->mistakes[*next].error.offset < end; ++*next) {
		if (!repair->mistakes[*next].is_error)
			continue;
		if (first == *next || page->column == 0)
			begin_quoted(page, indent);
		print_caret(page, indent, text, line, &repair->mistakes[*next].error);
	}
	if (page->column > 0)
		page_newline(page);
}

void record_text_print(struct page *page, size_t indent, struct span text,
		       const struct repair *repair)
{
	struct span rest = text, line;
	size_t next = 0;

	while (page_next_line(&rest, page->width - indent - 2, true, &line)) {
		size_t end = rest.length ? (size_t)(rest.data - text.data) : text.length + 1;

		begin_quoted(page, indent);
		page_tab(page, indent + 2);
		page_bytes(page, PAGE_STRONG, line);
		page_newline(page);
		if (repair)
			print_carets(page, indent, text, line, end, repair, &next);
	}
}

void record_text_remark(struct page *page, size_t indent, enum page_style style, const char *words)
{
	begin_quoted(page, indent);
	page_paragraph(page, style, indent + 2, span_of(words));
}

void record_text_print_errors(struct page *page, size_t indent, const struct repair *repair)
{
	char storage[SPF_PROBLEM_MAX + 16];
	struct text text;

	for (size_t i = 0; i < repair->count; i++) {
		if (!repair->mistakes[i].is_error)
			continue;
		text_init(&text, storage, sizeof(storage));
		text_format(&text, "error: %s", repair->mistakes[i].error.problem);
		record_text_remark(page, indent, PAGE_BAD, text.data);
	}
}
