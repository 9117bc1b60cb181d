/* SPDX-License-Identifier: MIT */
#include "base/remark.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/xalloc.h"

enum { WIDTH = 78 };

void remark_paragraph(struct span text, FILE *out)
{
	size_t indent = 0;

	while (text.length > 0) {
		size_t n = text.length, room = WIDTH - 2 - indent;

		if (n > room) {
			n = room;
			while (n > 0 && text.data[n] != ' ')
				n--;
			if (n == 0)
				n = room;
		}
		fprintf(out, "# %*s%.*s\n", (int)indent, "", (int)n, text.data);
		text = span_trim(span_skip(text, n), " ");
		indent = 4;
	}
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
