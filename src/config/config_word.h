/* SPDX-License-Identifier: MIT */
/*
 * Values that are one of a few words.
 */
#ifndef CONFIG_CONFIG_WORD_H
#define CONFIG_CONFIG_WORD_H

#include "config_value.h"

struct config_word {
	const char *text; /* NULL ends a table */
	int value;
};

/* The tables; a value's first word is the one that is printed. */
extern const struct config_word config_word_bool[];
extern const struct config_word config_word_helo_reject[];
extern const struct config_word config_word_mail_from_reject[]; /* Domain_Policy too */
extern const struct config_word config_word_header[];
extern const struct config_word config_word_log[];

/* The word in this table, without regard to case; NULL when it is none of them. */
const struct config_word *config_word_find(const struct config_word *words, struct span text);

/* The word for a value of the table. */
const char *config_word_for(const struct config_word *words, int value);

/* Reports that `text` is none of the words, with the nearest of them or all. */
void config_word_mistake(const struct config_value *value, const struct config_word *words,
			 struct span text);

void config_word_set_bool(const struct config_value *value);
void config_word_set_test_only(const struct config_value *value);
void config_word_set_helo_reject(const struct config_value *value);
void config_word_set_mail_from_reject(const struct config_value *value);
void config_word_set_header(const struct config_value *value);
void config_word_set_log(const struct config_value *value);

#endif
