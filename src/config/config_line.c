/* SPDX-License-Identifier: MIT */
#include "config_line.h"

static const char white[] = " \t\r\v\f";

struct span config_line_trim(struct span text)
{
	return span_trim(text, white);
}

/* The first byte that ends a setting in this style, or `end`. */
static char *setting_end(enum config_line_style style, char *from, const char *end)
{
	static const char *const ends[] = {
		[CONFIG_LINE_FILE] = "#",
		[CONFIG_LINE_ARGUMENT] = "",
		[CONFIG_LINE_USER] = "#|",
	};

	return from + span_find_any(span_between(from, end), ends[style]);
}

static struct span between(const char *from, const char *to)
{
	return config_line_trim(span_between(from, to));
}

/* Where the next setting begins: nowhere after a comment sign. */
static char *next_setting(char *stop, char *end)
{
	return stop < end && *stop == '|' ? stop + 1 : end;
}

/* `open` is the opening quote. Returns the place after the closing one, or NULL. */
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
	*value = span_between(open, to);
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
	*cursor = next_setting(stop, end);
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
	char *value = equals;

	*line = (struct config_line){ .name = between(start, equals ? equals : stop) };
	*cursor = next_setting(stop, end);
	if (!equals) {
		line->value = line->name;
		if (line->name.length == 0)
			return NULL;
		return style == CONFIG_LINE_FILE && line->name.data > start ?
			       "\"=\" is missing: a value stands on one line" :
			       "\"=\" is missing";
	}
	if (!line->name.length)
		return "the name before \"=\" is missing";
	do {
		value++;
	} while (value < end && *value != '\0' && strchr(white, *value));
	if (value < end && *value == '"')
		return read_quoted(style, cursor, value, end, &line->value);
	line->value = between(equals + 1, stop);
	return NULL;
}
