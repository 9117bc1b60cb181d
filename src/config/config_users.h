/* SPDX-License-Identifier: MIT */
/*
 * The Per_User file: settings for single recipients, recipient domains and patterns.
 *
 * 	user@example.com,HELO_reject=No_Check|TestOnly=0
 * 	example.com,Mail_From_reject=Softfail
 * 	*-list@example.com,PermError_reject=Yes
 *
 * The first line that matches a recipient wins. Its settings are the global ones with its own on top.
 */
#ifndef CONFIG_CONFIG_USERS_H
#define CONFIG_CONFIG_USERS_H

#include "config_file.h"
#include "config_report.h"

/*
 * Reads config->per_user and sets config->users, which must not be used after an error. All memory is
 * config->memory's.
 */
void config_users_load(struct config *config, struct config_report *report);

/* The same from a file that has been read, whose text changes. */
void config_users_read(struct config *config, struct config_file *file,
		       struct config_report *report);

/* The settings for this recipient, or NULL when no line matches. */
const struct config *config_users_find(const struct user_settings *users, struct span recipient);

/* Does a pattern, with "*" for any bytes, match all of the text? Case is ignored. */
bool config_users_glob(struct span pattern, struct span text);

#endif
