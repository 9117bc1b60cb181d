/* SPDX-License-Identifier: MIT */
/*
 * The text of a record on a page, with what is wrong in it pointed at.
 */
#ifndef CHECK_RECORD_TEXT_H
#define CHECK_RECORD_TEXT_H

#include "base/page.h"
#include "repair.h"

/* Lines that begin with "|". Below each, "^~~~" under the errors in it; `repair` may be NULL. */
void record_text_print(struct page *page, size_t indent, struct span text,
		       const struct repair *repair);

/* "| error: ..." for each of them. */
void record_text_print_errors(struct page *page, size_t indent, const struct repair *repair);

/* "| words" */
void record_text_remark(struct page *page, size_t indent, enum page_style style, const char *words);

#endif
