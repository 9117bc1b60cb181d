/* SPDX-License-Identifier: MIT */
/*
 * The two forms of a report: a page for a person, one JSON object for a program.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/page.h"
#include "sums.h"

/* How a list reads in either form. Words are ours, printable. */
struct report_list {
	const char *json;   /* its member */
	const char *title;  /* on the page */
	const char *key;    /* JSON: what a row is about */
	const char *note;   /* JSON: the note's member; NULL = rows have none */
	const char *others; /* JSON: what `others` counts, a plural; NULL = rows have none */
	const char *preposition, *other; /* page: ", from 1 client", ", from 3 clients" */
	const char *when,
		*setting; /* page: the setting that exempts the client, and when to use it; NULL = none */
};

extern const struct report_list report_lists[SUMS_LISTS];

/* At most `top` rows of a list are shown, and how many more there are is said. */
void report_page(const struct sums *sums, size_t top, struct page *page);

/* All rows. */
void report_json(const struct sums *sums, FILE *out);

#endif
