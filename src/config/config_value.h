/* SPDX-License-Identifier: MIT */
/*
 * The value of an option on its way from text to its field in struct config.
 */
#ifndef CONFIG_CONFIG_VALUE_H
#define CONFIG_CONFIG_VALUE_H

#include <stdio.h>

#include "config_report.h"

struct config_value {
	const char *name; /* of the option */
	int low, high;	  /* the range of a number */
	struct span text; /* trimmed, unquoted; bytes as the type allows them */
	void *field;	  /* to be set; left alone after an error */
	struct arena *memory;
	struct config_report *report;
};

/* How the values of some options are read and written. */
struct config_type {
	void (*read)(const struct config_value *value);
	void (*print)(const void *field, FILE *out);
	enum { CONFIG_PRINTABLE, CONFIG_TABS, CONFIG_TABS_AND_U_LABELS } bytes; /* allowed in it */
};

/*
 * Declares config_type_NAME and the C type of the fields that it reads: an option whose field has another
 * type does not compile (option.c).
 */
#define CONFIG_TYPE(name, c_type)           \
	typedef c_type config_field_##name; \
	extern const struct config_type config_type_##name

/* Report "NAME = VALUE: " and the message. */
void config_value_error(const struct config_value *value, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void config_value_notice(const struct config_value *value, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports `NAME: "ITEM" ` and the problem with one item of a list. */
void config_value_item_error(const struct config_value *value, struct span item,
			     const char *problem);

/* Empty or the word "none". */
bool config_value_is_none(struct span text);

#endif
