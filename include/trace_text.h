/* SPDX-License-Identifier: MIT */
/*
 * The tree of an evaluation for a person, and the words for its parts.
 */
#ifndef TRACE_TEXT_H
#define TRACE_TEXT_H

#include "page.h"
#include "text.h"
#include "trace.h"

void trace_print(struct page *page, const struct trace *trace);

/* What a question brought: "192.0.2.1, 192.0.2.2", "no such name (NXDOMAIN)"; names and texts end
 * in a newline but for the last. */
void trace_answer_words(struct text *out, const struct trace_question *question);

/* The data of one record of an answer: an address, "10 mx.example.com", a name, a text as it is. */
void trace_record_data(struct text *out, uint16_t type, const struct answer_record *record);

enum page_style trace_result_style(enum spf_result result);

#endif
