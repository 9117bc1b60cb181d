/* SPDX-License-Identifier: MIT */
/* What exempts mail from being judged: the settings, and the words that stand for each in headers and logs. */
#ifndef POLICY_EXEMPT_LIST_H
#define POLICY_EXEMPT_LIST_H

#include "base/span.h"

enum exempt_list {
	EXEMPT_LOGIN,
	EXEMPT_LOCAL,
	EXEMPT_WHITELIST,
	EXEMPT_PAIR, /* its words are the configuration's: they name the entry */
	EXEMPT_SENDER,
	EXEMPT_RECIPIENT,
	EXEMPT_DOMAIN,
	EXEMPT_HELO,
	EXEMPT_PTR,
	EXEMPT_PRIVATE,
	EXEMPT_LISTS,
};

/* "Whitelist": the setting's name. */
const char *exempt_setting(enum exempt_list list);

/* "SPF skipped for whitelisted relay"; of EXEMPT_PAIR the beginning. */
const char *exempt_words(enum exempt_list list);

/* The setting that is meant by words of ours, of policyd-spf or of policyd-spf-perl; NULL: not known. */
const char *exempt_setting_of(struct span words);

/*
 * Is told of each list by name that was tried in vain: its setting, the entry, NULL when none of them comes near,
 * and why it missed (static).
 */
typedef void exempt_miss(void *arg, enum exempt_list list, const char *entry, const char *why);

#endif
