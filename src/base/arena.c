/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/xalloc.h"

/* One block holds a whole default configuration: starting without a file costs one malloc. */
enum { BLOCK_SIZE = 4096 - 64 };

struct block {
	struct block *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

struct arena {
	struct block *newest;
};

static struct block *block_create(size_t size, struct block *next)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block))
		xalloc_failed();
	block = xcalloc(1, sizeof(*block) + size);
	block->next = next;
	block->size = size;
	return block;
}

struct arena *arena_create(void)
{
	struct block *block = block_create(BLOCK_SIZE, NULL);
	struct arena *arena = (struct arena *)block->data;

	block->used = sizeof(max_align_t);
	arena->newest = block;
	return arena;
}

/* The arena itself lies in its oldest block, the last to go. */
void arena_destroy(struct arena *arena)
{
	struct block *block = arena ? arena->newest : NULL;

	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
}

void *arena_take(struct arena *arena, size_t size)
{
	const size_t unit = sizeof(max_align_t);
	struct block *block = arena->newest;
	void *piece;

	if (size > SIZE_MAX - unit)
		xalloc_failed();
	size = (size + unit - 1) / unit * unit;
	if (size > block->size - block->used) {
		block = block_create(size > BLOCK_SIZE ? size : BLOCK_SIZE, block);
		arena->newest = block;
	}
	piece = (char *)block->data + block->used;
	block->used += size;
	return piece;
}

void *arena_take_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		xalloc_failed();
	return arena_take(arena, count * size);
}

char *arena_string(struct arena *arena, struct span text)
{
	char *copy = arena_take(arena, text.length + 1);

	if (text.length)
		memcpy(copy, text.data, text.length);
	return copy;
}

struct span arena_span(struct arena *arena, struct span text)
{
	return text.data ? (struct span){ arena_string(arena, text), text.length } : text;
}
