/* SPDX-License-Identifier: MIT */
/*
 * Text with {fields}, as operators write it. Pure; knows no field.
 *
 * "{name}" is a field, "{{" and "}}" are braces. In a word that holds "://" before the field, values are
 * percent-encoded (RFC 3986 section 2.1); elsewhere bytes outside printable ASCII become \xNN.
 */
#ifndef BASE_TEMPLATE_H
#define BASE_TEMPLATE_H

#include "base/text.h"

struct template_value {
	struct span bytes; /* .data NULL: there never is such a value, the words that lead to it go
				   as well, back to the end of the sentence or field before */
	size_t max;	   /* characters it may take, >= 8 */
};

/* `field` counts from 0 in the order of the names. */
typedef struct template_value template_lookup(const void *arg, size_t field);

/*
 * Returns NULL when all is well, else what is wrong (static): a byte, a brace, an unknown name.
 * `names` are those of the fields, NULL-terminated.
 */
const char *template_check(struct span source, const char *const *names);

/* Expands what template_check() found right. Appends to `out`. */
void template_expand(struct text *out, struct span source, const char *const *names,
		     template_lookup *lookup, const void *arg);

#endif
