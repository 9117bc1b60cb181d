/* SPDX-License-Identifier: MIT */
#include "base/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

static size_t terminal_width(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return PAGE_WIDTH;
	if (size.ws_col < PAGE_WIDTH_MIN)
		return PAGE_WIDTH_MIN;
	return size.ws_col > PAGE_WIDTH_MAX ? PAGE_WIDTH_MAX : size.ws_col;
}

void page_init(struct page *page, FILE *out, bool colour)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool terminal = isatty(fileno(out));

	*page = (struct page){ .out = out, .width = PAGE_WIDTH };
	if (terminal)
		page->width = terminal_width(fileno(out));
	page->colour = colour && terminal && (!no_color || !*no_color) && term &&
		       strcmp(term, "dumb") != 0;
}

/* ---- pieces ---- */

static size_t byte_columns(char c, bool raw)
{
	return c >= 0x20 && c <= 0x7e && !(raw && c == '\\') ? 1 : 4;
}

static size_t columns_of(struct span bytes, bool raw)
{
	size_t columns = 0;

	for (size_t i = 0; i < bytes.length; i++)
		columns += byte_columns(bytes.data[i], raw);
	return columns;
}

size_t page_columns(struct span bytes)
{
	return columns_of(bytes, true);
}

static const char *style_code(enum page_style style)
{
	switch (style) {
	case PAGE_STRONG: return "1";
	case PAGE_FAINT: return "2";
	case PAGE_GOOD: return "32";
	case PAGE_DOUBT: return "33";
	case PAGE_BAD: return "31";
	case PAGE_PLAIN: break;
	}
	return NULL;
}

static void print(struct page *page, enum page_style style, struct span bytes, bool raw)
{
	enum { STEP = 256 };
	char storage[4 * STEP + 1];
	struct text text;
	const char *code = page->colour && bytes.length > 0 ? style_code(style) : NULL;

	page->column += columns_of(bytes, raw);
	if (code)
		fprintf(page->out, "\033[%sm", code);
	while (bytes.length > 0) {
		size_t n = bytes.length < STEP ? bytes.length : STEP;

		text_init(&text, storage, sizeof(storage));
		text_escape(&text, span_take(bytes, n), raw ? "\\" : "", sizeof(storage));
		fwrite(text.data, 1, text.length, page->out);
		bytes = span_skip(bytes, n);
	}
	if (code)
		fputs("\033[0m", page->out);
}

void page_bytes(struct page *page, enum page_style style, struct span bytes)
{
	print(page, style, bytes, true);
}

void page_string(struct page *page, enum page_style style, const char *string)
{
	print(page, style, span_of(string), false);
}

void page_format(struct page *page, enum page_style style, const char *format, ...)
{
	char storage[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(storage, sizeof(storage), format, arguments);
	va_end(arguments);
	page_string(page, style, storage);
}

void page_tab(struct page *page, size_t column)
{
	size_t spaces = column > page->column ? column - page->column : page->column > 0;

	fprintf(page->out, "%*s", (int)spaces, "");
	page->column += spaces;
}

void page_newline(struct page *page)
{
	putc('\n', page->out);
	page->column = 0;
}

/* ---- paragraphs ---- */

bool page_next_line(struct span *rest, size_t width, bool raw, struct span *line)
{
	size_t columns = 0, end = 0, space = 0;

	while (rest->length > 0 && rest->data[0] == ' ')
		*rest = span_skip(*rest, 1);
	if (rest->length == 0)
		return false;
	while (end < rest->length && columns + byte_columns(rest->data[end], raw) <= width) {
		if (rest->data[end] == ' ')
			space = end;
		columns += byte_columns(rest->data[end++], raw);
	}
	if (end < rest->length && rest->data[end] != ' ' && space > 0)
		end = space;
	*line = span_take(*rest, end);
	*rest = span_skip(*rest, end);
	while (line->length > 0 && line->data[line->length - 1] == ' ')
		line->length--;
	return true;
}

void page_paragraph(struct page *page, enum page_style style, size_t column, struct span text)
{
	struct span line;
	size_t width = page->width > column + 20 ? page->width - column : 20;

	while (page_next_line(&text, width, false, &line)) {
		page_tab(page, column);
		print(page, style, line, false);
		page_newline(page);
	}
}
