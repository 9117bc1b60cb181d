/* SPDX-License-Identifier: MIT */
/*
 * The transformers of macros: any value of up to SIZE bytes, any delimiter or none, any number of parts, into a
 * buffer of any size up to SIZE + 2 that has been filled to any length.
 */
#include "prove.h"

#include "spf/macro.c"

static char bytes[SIZE], room[SIZE + 2], delimiter[1];

static void any_bytes(char *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		at[i] = nondet_char();
}

void prove_expansion_parts(void)
{
	struct text out = { .data = room, .size = 1 + any_size(SIZE + 1) };
	struct expansion x = { .use = MACRO_EXPLANATION, .out = &out };
	struct macro m = { .letter = 'd', .reverse = nondet_bool(), .escape = nondet_bool() };
	struct value value = { .length = any_size(SIZE) };
	size_t before = any_size(out.size - 1);

	any_bytes(bytes, SIZE);
	any_bytes(delimiter, 1);
	m.keep = any_size(128);
	m.delimiters = (struct span){ delimiter, any_size(1) };
	value.pieces[0] = (struct span){ bytes, value.length };
	out.length = x.start = before;
	if (m.reverse)
		put_reversed(&x, &m, &value);
	else
		put_forward(&x, &m, &value);
	PROVE(out.length >= before && out.length < out.size);
	PROVE(x.too_long || m.escape || out.length - before <= value.length);
}
