/* SPDX-License-Identifier: MIT */
/*
 * The tree of an evaluation for a person.
 */
#ifndef CHECK_TRACE_TEXT_H
#define CHECK_TRACE_TEXT_H

#include "base/page.h"
#include "trace.h"

/* Of a trace that has a top. */
void trace_print(struct page *page, const struct trace *trace);

enum page_style trace_result_style(enum spf_result result);

#endif
