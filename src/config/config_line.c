/* SPDX-License-Identifier: MIT */
#include "config_line.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

struct span config_line_trim(struct span text)
{
	while (text.length && is_blank(text.data[0])) {
		text.data++;
		text.length--;
	}
	while (text.length && is_blank(text.data[text.length - 1]))
		text.length--;
	return text;
}

/* The bytes from `from` to the first that ends a setting in this style. */
static char *setting_end(enum config_line_style style, char *from, const char *end)
{
	while (from < end && !(*from == '#' && style != CONFIG_LINE_ARGUMENT) &&
	       !(*from == '|' && style == CONFIG_LINE_USER))
		from++;
	return from;
}

static struct span between(const char *from, const char *to)
{
	return config_line_trim((struct span){ from, (size_t)(to - from) });
}

/* After a comment sign nothing more is to be read. */
static char *behind(char *stop, char *end)
{
	return stop < end && *stop == '|' ? stop + 1 : end;
}

/* `open` is the opening quote. Returns the place behind the closing one, or NULL. */
static char *unquote(char *open, const char *end, struct span *value)
{
	char *to = open, *from = open + 1;

	for (; from < end && *from != '"'; from++) {
		if (*from == '\\' && end - from > 1 && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	if (from >= end)
		return NULL;
	*value = (struct span){ open, (size_t)(to - open) };
	return from + 1;
}

static const char *read_quoted(enum config_line_style style, char **cursor, char *open, char *end,
			       struct span *value)
{
	char *close = unquote(open, end, value);
	char *stop;

	*cursor = end;
	if (!close)
		return "the closing quote is missing";
	stop = setting_end(style, close, end);
	*cursor = behind(stop, end);
	if (between(close, stop).length)
		return "there is text after the closing quote";
	return NULL;
}

const char *config_line_read(enum config_line_style style, char **cursor, char *end,
			     struct config_line *line)
{
	char *start = *cursor;
	char *stop = setting_end(style, start, end);
	char *equals = stop > start ? memchr(start, '=', (size_t)(stop - start)) : NULL;
	char *value;

	*line = (struct config_line){ .name = between(start, equals ? equals : stop) };
	*cursor = behind(stop, end);
	if (!equals) {
		line->value = line->name;
		return line->name.length ? "\"=\" is missing" : NULL;
	}
	if (!line->name.length)
		return "the name before \"=\" is missing";
	for (value = equals + 1; value < end && is_blank(*value);)
		value++;
	if (value < end && *value == '"')
		return read_quoted(style, cursor, value, end, &line->value);
	line->value = between(equals + 1, stop);
	return NULL;
}
