/* SPDX-License-Identifier: MIT */
/*
 * Output for a person: lines within a width, columns, colour when it is wanted. Whatever it is
 * given, printable ASCII comes out; the only control bytes are its own. Raw bytes are shown as
 * text_printable() does it; in texts that are printable already (all words of ours) a backslash
 * stays what it is.
 */
#ifndef BASE_PAGE_H
#define BASE_PAGE_H

#include <stdio.h>

#include "base/span.h"

enum {
	PAGE_WIDTH = 80, /* when the output is no terminal */
	PAGE_WIDTH_MIN = 60,
	PAGE_WIDTH_MAX = 120,
};

enum page_style {
	PAGE_PLAIN,
	PAGE_STRONG,
	PAGE_FAINT,
	PAGE_GOOD,
	PAGE_DOUBT,
	PAGE_BAD,
};

struct page {
	FILE *out;
	size_t width; /* columns */
	bool colour;
	size_t column; /* where the next character goes */
};

/* Width and colour as the output wants them: colour only on a terminal that can do it, without
 * NO_COLOR in the environment, and when `colour` allows it. */
void page_init(struct page *page, FILE *out, bool colour);

/* Raw bytes. Nothing is cut. */
void page_bytes(struct page *page, enum page_style style, struct span bytes);

/* Printable texts. */
void page_string(struct page *page, enum page_style style, const char *string);
void page_format(struct page *page, enum page_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Spaces up to this column; at least one when something stands before it. */
void page_tab(struct page *page, size_t column);
void page_newline(struct page *page);

/* A printable text from this column on, over as many lines as it takes, and a newline. */
void page_paragraph(struct page *page, enum page_style style, size_t column, struct span text);

/* Columns that raw bytes take when printed. */
size_t page_columns(struct span bytes);

/*
 * Takes from `rest` what fits into so many columns, broken at a space where there is one; spaces at
 * the break are dropped. Returns false when nothing is left. width > 4. `raw`: raw bytes, not a
 * text.
 */
bool page_next_line(struct span *rest, size_t width, bool raw, struct span *line);

#endif
