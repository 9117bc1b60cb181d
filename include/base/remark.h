/* SPDX-License-Identifier: MIT */
/* Comment lines of a configuration file, for a person: "# ...", folded at 78 columns. */
#ifndef BASE_REMARK_H
#define BASE_REMARK_H

#include <stdio.h>

#include "base/span.h"

/* A printable text; lines after the first are indented. */
void remark_paragraph(struct span text, FILE *out);

/* The same, of any length. */
void remark_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
