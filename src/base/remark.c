/* SPDX-License-Identifier: MIT */
#include "base/remark.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/page.h"
#include "base/xalloc.h"

enum { WIDTH = 78 };

void remark_paragraph(struct span text, FILE *out)
{
	struct span line;

	for (int indent = 0; page_next_line(&text, WIDTH - 2 - (size_t)indent, false, &line);
	     indent = 4)
		fprintf(out, "# %*s%.*s\n", indent, "", (int)line.length, line.data);
}

void remark_print(FILE *out, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		xalloc_failed();
	va_end(arguments);
	remark_paragraph(span_of(text), out);
	free(text);
}
