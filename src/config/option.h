/* SPDX-License-Identifier: MIT */
/*
 * The table of options: a row of src/config/options.def each.
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include "config_line.h"
#include "config_value.h"

enum option_scope {
	OPTION_GLOBAL,
	OPTION_USER, /* may stand in the Per_User file too */
};

struct option {
	const char *name;
	const struct config_type *type; /* NULL: accepted without effect, and help says why */
	size_t offset;			/* of the field in struct config */
	const char *preset;		/* default, as text */
	int low, high;			/* the range of a number */
	enum option_scope scope;
	const char *help;
	const char *alias_of; /* NULL, or the name that this older one stands for */
};

enum { OPTIONS_MAX = 80 }; /* at least option_count */

extern const struct option option_table[];
extern const size_t option_count;

/*
 * Reads a setting up to its value, as config_line_read() does, and finds its option: by name in any case,
 * "-" and "_" being one; an alias gives its option, with a notice. NULL when there is no setting, and after
 * an error, which has been reported.
 */
const struct option *option_next(enum config_line_style style, char **cursor, char *end,
				 struct span *value, struct config_report *report);

/* Reads the value into the option's field; after an error, which is reported, the field is as before. */
void option_read(const struct option *option, struct span text, struct config *config,
		 struct arena *memory, struct config_report *report);

/* Writes the value, unquoted, as option_read() reads it. Only for an option with a type. */
void option_print(const struct option *option, const struct config *config, FILE *out);

#endif
