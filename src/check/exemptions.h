/* SPDX-License-Identifier: MIT */
/* Of the lists that exempt mail: which one a pasted line tells of, and which were tried in vain and why. */
#ifndef CHECK_EXEMPTIONS_H
#define CHECK_EXEMPTIONS_H

#include "base/arena.h"
#include "base/json.h"
#include "base/page.h"
#include "policy/envelope.h"
#include "policy/exempt_list.h"

enum { EXEMPTIONS_MISSES_MAX = 32 };

struct exemptions {
	const char *then;	  /* words of the pasted line for why it was not judged; NULL */
	const char *then_setting; /* NULL: not known */
	bool had_login;		  /* they say that the client had logged in */

	size_t count, left_out;
	struct exemptions_miss {
		enum exempt_list list;
		const char *entry; /* NULL: of the whole list */
		const char *why;
	} misses[EXEMPTIONS_MISSES_MAX];
};

/* Whether the line tells of mail that was not judged. */
void exemptions_read_line(struct exemptions *exemptions, struct span line, struct arena *arena);

/* exempt_miss of `arg`, which is a struct exemptions. */
void exemptions_miss(void *arg, enum exempt_list list, const char *entry, const char *why);

/* The lists that need no DNS, when they exempted nobody: those that the settings have. */
void exemptions_add_lists(struct exemptions *exemptions, const struct config *config,
			  const struct envelope *envelope);

/* The setting behind the words of a decision, or NULL. */
const char *exemptions_setting(const char *why);

/* `now`: these settings exempt the message. */
void exemptions_print_line(const struct exemptions *exemptions, bool now, size_t column,
			   struct page *page);
void exemptions_print_misses(const struct exemptions *exemptions, size_t column, struct page *page);
void exemptions_json(const struct exemptions *exemptions, struct json *json);

#endif
