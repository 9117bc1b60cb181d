/* SPDX-License-Identifier: MIT */
/*
 * Values that are text of a certain form. A field is NULL or "" for none, as struct config says.
 */
#ifndef CONFIG_CONFIG_TEXT_H
#define CONFIG_CONFIG_TEXT_H

#include "config_value.h"

CONFIG_TYPE(ACTION, const char *);
CONFIG_TYPE(TEMPLATE, const char *);
CONFIG_TYPE(AUTHSERV_ID, const char *);
CONFIG_TYPE(IDENT, const char *);
CONFIG_TYPE(DNS_SERVERS, const char *);
CONFIG_TYPE(PER_USER, const char *);

#endif
