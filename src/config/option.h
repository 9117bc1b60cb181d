/* SPDX-License-Identifier: MIT */
/*
 * The table of options as data: src/config/options.def with a row each, and the search in it.
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include "base/span.h"

/* How a value is written; src/config/config_value.c has a reader and a writer for each. */
enum option_type {
	OPTION_INT,
	OPTION_BOOL,
	OPTION_TEST_ONLY,
	OPTION_HELO_REJECT,
	OPTION_MAIL_FROM_REJECT,
	OPTION_HEADER_TYPE,
	OPTION_LOG,
	OPTION_NETWORKS,
	OPTION_DOMAINS,
	OPTION_DOMAIN_POLICY,
	OPTION_ADDRESS,
	OPTION_ACTION,
	OPTION_TEMPLATE,
	OPTION_AUTHSERV_ID,
	OPTION_IDENT,
	OPTION_DNS_SERVERS,
	OPTION_PER_USER,
	OPTION_IGNORED, /* no field; help says why it has no effect */
	OPTION_ALIAS,	/* no field; preset names the option that is meant */
	OPTION_TYPE_COUNT
};

enum option_scope {
	OPTION_GLOBAL,
	OPTION_USER, /* may stand in the Per_User file too */
};

struct option {
	const char *name;
	enum option_type type;
	size_t offset;	    /* of the field in struct config */
	const char *preset; /* default, as text */
	int low, high;	    /* OPTION_INT: the range */
	enum option_scope scope;
	const char *help;
};

extern const struct option option_table[];
extern const size_t option_count;

/* By name without regard to case, "-" and "_" being one; NULL when there is none. */
const struct option *option_find(struct span name);

/* The name that was probably meant, or NULL. */
const char *option_nearest(struct span name);

#endif
