/* SPDX-License-Identifier: MIT */
/*
 * Texts that miss being an SPF record by their first word. Pure.
 */
#ifndef CHECK_REPAIR_VERSION_H
#define CHECK_REPAIR_VERSION_H

#include "base/arena.h"
#include "base/text.h"

/*
 * A text that was to be an SPF record and is none for its first word ("v=spf1include:...", a blank or quote
 * before it, terms without it): the record that was meant, NULL when it is not one. *why: what is wrong. The
 * result may still have mistakes of its own.
 */
const char *repair_version(struct span text, const char **why, struct arena *arena);

/* A text that begins with some version of SPF, of which it cannot be told what was meant ("v=spf10"). *why: as above. */
bool repair_is_version(struct span text, const char **why);

#endif
