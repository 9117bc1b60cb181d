/* SPDX-License-Identifier: MIT */
/*
 * What the proofs share (make prove; prove.mk lists them). A proof is a function without arguments that makes
 * calls with inputs that stand for every value; CBMC then looks at all of them at once for accesses
 * outside objects, overflows, lossy conversions, loops past their bound, and what PROVE() claims. SIZE, the
 * size of the buffer that matters, is given by the compiler: each size is a run of its own, so that one
 * byte further is outside.
 */
#ifndef PROVE_H
#define PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t nondet_size(void);
bool nondet_bool(void);
char nondet_char(void);

#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition) __CPROVER_assert((condition), #condition)

/* Any number from 0 to `most`. */
static inline size_t any_size(size_t most)
{
	size_t n = nondet_size();

	ASSUME(n <= most);
	return n;
}

/* Byte by byte: for lengths that are not known, CBMC's own costs a hundred times as much. */
void *memcpy(void *to, const void *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}

/* What CBMC does not know. */
void *memchr(const void *bytes, int c, size_t length)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < length; i++)
		if (byte[i] == (unsigned char)c)
			return (void *)(byte + i);
	return NULL;
}

void *mempcpy(void *to, const void *from, size_t length)
{
	return (char *)memcpy(to, from, length) + length;
}

#endif
