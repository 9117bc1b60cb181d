/* SPDX-License-Identifier: MIT */
/*
 * A query of a trace and what came of it, for a person.
 */
#ifndef CHECK_TRACE_ANSWER_H
#define CHECK_TRACE_ANSWER_H

#include "base/page.h"
#include "base/text.h"
#include "trace.h"

/* One record of an answer: an address, "10 mx.example.com", a name, a text in quotes. */
void trace_answer_datum(struct text *out, uint16_t type, const struct answer_record *record);

/*
 * Type, name, answer and time on one line where they fit. Without the answer when `with_answer` is
 * false and it is a good one: what was found is shown by itself.
 */
void trace_answer_print(struct page *page, size_t indent, const struct trace_query *query,
			bool with_answer);

/* Raw bytes from where the page is; those that pass the edge go on at `column`. */
void trace_answer_print_name(struct page *page, size_t column, enum page_style style,
			     struct span bytes);

#endif
