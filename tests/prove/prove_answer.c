/* SPDX-License-Identifier: MIT */
/* The header, question and owners of an answer: any message of SIZE bytes. The whole at once is out of reach. */
#include "prove.h"

#include "dns/answer_reader.c"

enum { NAME = 1 };

static uint8_t bytes[SIZE];
static char name[NAME];
static struct reading reading;

void prove_answer_question(void)
{
	size_t offset = 0;
	int rcode;

	__CPROVER_havoc_object(bytes);
	__CPROVER_havoc_object(name);
	reading.message = bytes;
	reading.length = SIZE;
	reading.type = DNS_A;
	rcode = read_question(&reading, (struct span){ name, any_size(NAME) }, &offset);
	PROVE(rcode >= -1 && rcode <= 15);
	PROVE(reading.answers <= LOOKED_AT_MAX);
	PROVE(rcode < 0 || (offset > 12 && offset <= SIZE && reading.chain.count == 1));
}

/* True only where the very bytes of the owner before stand. */
void prove_answer_owner(void)
{
	struct wire wire = { bytes, SIZE, any_size(SIZE), 0, nondet_bool() }, before = wire;
	size_t at = any_size(SIZE), length = any_size(SIZE - at);
	struct span last = { (const char *)bytes + at, length };
	size_t i = any_size(SIZE);

	__CPROVER_havoc_object(bytes);
	if (skip_owner(&wire, &last) && i < length)
		PROVE(bytes[before.offset + i] == bytes[at + i]);
	PROVE(wire.offset >= before.offset && wire.offset <= SIZE);
	PROVE((const uint8_t *)last.data >= bytes &&
	      (const uint8_t *)last.data + last.length <= bytes + SIZE);
}
