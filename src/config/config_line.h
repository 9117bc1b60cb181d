/* SPDX-License-Identifier: MIT */
/*
 * The syntax of one setting: `Name = value`. Pure.
 *
 * "#" starts a comment wherever it stands, as it does for policyd-spf, except inside a value in
 * double quotes. In quotes, \" is a quote and \\ a backslash; any other backslash is itself.
 */
#ifndef CONFIG_CONFIG_LINE_H
#define CONFIG_CONFIG_LINE_H

#include "base/span.h"

enum config_line_style {
	CONFIG_LINE_FILE,     /* the whole line, with comments */
	CONFIG_LINE_ARGUMENT, /* an -o argument: "#" is a character like others */
	CONFIG_LINE_USER,     /* settings separated by "|", with comments: the Per_User file */
};

struct config_line {
	struct span name;  /* "" = there is nothing: an empty line, a comment */
	struct span value; /* without quotes and the space around it */
};

/*
 * Reads the setting that begins at *cursor, not past `end`, and moves *cursor past it (and its
 * "|"). Quoted values are unquoted in place; name and value point into the text. Returns
 * NULL, or what is wrong (static).
 */
const char *config_line_read(enum config_line_style style, char **cursor, char *end,
			     struct config_line *line);

/* Without white space (space, tab, CR, VT, FF) at both ends. */
struct span config_line_trim(struct span text);

#endif
