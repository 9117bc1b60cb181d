/* SPDX-License-Identifier: MIT */
/*
 * The values of options: from text to the field of struct config, and back.
 */
#ifndef CONFIG_CONFIG_VALUE_H
#define CONFIG_CONFIG_VALUE_H

#include "config/config.h"
#include "config_report.h"
#include "option.h"

/* One value on its way in. */
struct config_value {
	const struct option *option;
	struct span text; /* trimmed, unquoted */
	void *field;	  /* to be set; untouched after a mistake */
	struct arena *memory;
	struct config_report *report;
};

/* Sets the option's field in `config`. A mistake is reported, the field is then as it was. */
void config_value_set(const struct option *option, struct span text, struct config *config,
		      struct arena *memory, struct config_report *report);

/* Writes the value, unquoted, as config_value_set() reads it. Not for an option without a field. */
void config_value_print(const struct option *option, const struct config *config, FILE *out);

/* Reports "Name = value: " and the rest. */
void config_value_mistake(const struct config_value *value, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void config_value_notice(const struct config_value *value, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Empty or the word "none": nothing is meant. */
bool config_value_is_none(struct span text);

#endif
