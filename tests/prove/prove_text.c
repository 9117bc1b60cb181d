/* SPDX-License-Identifier: MIT */
/*
 * The text builder. Each proof begins with any state that keeps the builder's invariants and makes one call with
 * any arguments: what holds after one call holds after any number of them. Storage of SIZE bytes, pieces of
 * up to PIECE bytes.
 */
#include "prove.h"

#include "base/text.h"

enum { PIECE = 3, CHARACTERS_MIN = 8 };

static char storage[SIZE], bytes[PIECE];

static void require_invariants(const struct text *text)
{
	PROVE(text->data == storage && text->size == SIZE);
	PROVE(text->length < text->size);
	PROVE(text->data[text->length] == '\0');
}

/* Any builder between two calls. */
static struct text any_text(void)
{
	struct text text = { storage, SIZE, any_size(SIZE - 1), nondet_bool() };

	__CPROVER_havoc_object(storage);
	ASSUME(storage[text.length] == '\0');
	return text;
}

static struct span any_piece(void)
{
	__CPROVER_havoc_object(bytes);
	return (struct span){ bytes, any_size(PIECE) };
}

/* The piece is there whole or not at all, and an overflow is remembered. */
static void require_appended(const struct text *before, const struct text *after, size_t length)
{
	bool whole = after->length == before->length + length;

	require_invariants(after);
	PROVE(whole || (after->length == before->length && after->overflow));
	PROVE(after->overflow || !before->overflow);
}

void prove_text_init(void)
{
	struct text text;

	text_init(&text, storage, SIZE);
	require_invariants(&text);
	PROVE(text.length == 0 && !text.overflow);
}

void prove_text_char(void)
{
	struct text text = any_text(), before = text;

	text_char(&text, nondet_char());
	require_appended(&before, &text, 1);
}

void prove_text_add(void)
{
	struct text text = any_text(), before = text;
	struct span piece = any_piece();

	text_add(&text, piece);
	require_appended(&before, &text, piece.length);
	PROVE(text.length == before.length ||
	      memcmp(text.data + before.length, piece.data, piece.length) == 0);
}

void prove_text_undo(void)
{
	struct text text = any_text();

	text_undo(&text, any_size(text.length));
	require_invariants(&text);
	PROVE(!text.overflow);
}

/* Printable ASCII without the special characters, at most `max` of it, whatever the bytes are. */
void prove_text_escape(void)
{
	struct text text = any_text(), before = text;
	size_t max = CHARACTERS_MIN + any_size(PIECE), at;

	text_escape(&text, any_piece(), ";", max);
	require_invariants(&text);
	PROVE(text.overflow || !before.overflow);
	PROVE(text.length >= before.length && text.length - before.length <= max);
	at = any_size(SIZE - 1);
	ASSUME(at >= before.length && at < text.length);
	PROVE(text.data[at] >= 0x20 && text.data[at] <= 0x7e && text.data[at] != ';');
}
