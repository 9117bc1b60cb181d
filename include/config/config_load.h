/* SPDX-License-Identifier: MIT */
/*
 * Reading the settings.
 *
 * The format is that of policyd-spf.conf: `Name = value`, "#" comments, names and keywords in any case,
 * lists separated by commas or spaces; the last setting of a name wins.
 *
 * Everything is checked when it is read. An unknown name, an invalid value, a file that was named and does
 * not exist are errors, reported with origin, line and, if there is one, the nearest valid word. A
 * configuration with an error is not used at all.
 */
#ifndef CONFIG_CONFIG_LOAD_H
#define CONFIG_CONFIG_LOAD_H

#include "config/config.h"

struct config_source {
	const char *file;	     /* -c; NULL = the default file if it exists */
	const char *const *settings; /* -o "Name = value", in order */
	size_t settings_count;
	config_sink *error;
	config_sink
		*notice; /* accepted without effect (milter only, old name); NULL = none wanted */
	void *arg;	 /* for both */
};

/*
 * Defaults, then the file, then the -o settings. NULL after any error; all of them have been reported.
 * Release with config_destroy().
 */
struct config *config_load(const struct config_source *source);
struct config *config_defaults(void);	    /* to be released likewise */
void config_destroy(struct config *config); /* NULL allowed */

/* The settings for this recipient: those of Per_User, else `config` itself. Borrowed from config. */
const struct config *config_for_recipient(const struct config *config, struct span recipient);

#endif
