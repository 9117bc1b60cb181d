/* SPDX-License-Identifier: MIT */
/*
 * Values that are text of a certain form. The readers set a `const char *` field: NULL or "" for
 * nothing, as struct config says.
 */
#ifndef CONFIG_CONFIG_TEXT_H
#define CONFIG_CONFIG_TEXT_H

#include "config_value.h"

void config_text_action(const struct config_value *value);
void config_text_template(const struct config_value *value);
void config_text_authserv_id(const struct config_value *value);
void config_text_ident(const struct config_value *value);
void config_text_dns_servers(const struct config_value *value);
void config_text_per_user(const struct config_value *value);

#endif
