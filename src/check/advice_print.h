/* SPDX-License-Identifier: MIT */
/*
 * Advice on a page and in JSON.
 */
#ifndef CHECK_ADVICE_PRINT_H
#define CHECK_ADVICE_PRINT_H

#include "advice_kinds.h"
#include "base/json.h"
#include "base/page.h"
#include "repair.h"

/* Below the name of each owner, with the proposed records. */
void advice_print(const struct advice_list *list, struct page *page);

/* The member "advice". */
void advice_json(struct json *json, const struct advice_list *list);

/* A list of the errors of a record under this key; empty when there is no repair. */
void advice_json_mistakes(struct json *json, const char *key, const struct repair *repair);

#endif
