/* SPDX-License-Identifier: MIT */
/*
 * Values of one word: numbers and keywords.
 */
#ifndef CONFIG_CONFIG_WORD_H
#define CONFIG_CONFIG_WORD_H

#include "config_value.h"

CONFIG_TYPE(INT, int);
CONFIG_TYPE(LEVEL, int); /* more than the highest means the highest */
CONFIG_TYPE(BOOL, bool);
CONFIG_TYPE(TEST_ONLY, bool); /* 0 or 1 alone */
CONFIG_TYPE(HELO_REJECT, enum config_reject);
CONFIG_TYPE(MAIL_FROM_REJECT, enum config_reject);
CONFIG_TYPE(HEADER_TYPE, enum config_header);
CONFIG_TYPE(LEAVE, enum config_leave);
CONFIG_TYPE(PRIVATE_CLIENTS, enum config_private);
CONFIG_TYPE(LOG, struct log_target);

/*
 * A keyword of Mail_From_reject, which Domain_Policy takes too. False after an error, which names it and
 * what was probably meant.
 */
bool config_word_reject(const struct config_value *value, struct span keyword,
			enum config_reject *reject);
const char *config_word_reject_name(enum config_reject reject);

#endif
