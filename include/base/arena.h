/* SPDX-License-Identifier: MIT */
/*
 * Memory for many small things that live and die together: taken piece by piece, released at once.
 * Stands on xalloc: out of memory ends the process. Pieces are aligned for any object and zeroed.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena); /* NULL allowed */

/* Valid until arena_destroy(). size may be 0. */
void *arena_take(struct arena *arena, size_t size);
void *arena_take_array(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy. */
char *arena_string(struct arena *arena, struct span text);

/* The same as a span. One without data, which tells that there is nothing, stays so. */
struct span arena_span(struct arena *arena, struct span text);

#endif
