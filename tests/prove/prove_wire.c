/* SPDX-License-Identifier: MIT */
/*
 * The reader of DNS messages: from any place in any message of SIZE bytes. A reader never leaves the message, and
 * a name that it gives is well formed: labels of 1 to 63 bytes, the root, at most 255 bytes.
 */
#include "prove.h"

#include "dns/wire.h"

enum { HEADER = 12 };

static uint8_t message[HEADER + SIZE];
static char text[SIZE];
static struct wire_name name;

static struct wire any_wire(void)
{
	__CPROVER_havoc_object(message);
	return (struct wire){ message + HEADER, SIZE, any_size(SIZE), any_size(SIZE_MAX / 2),
			      nondet_bool() };
}

static void require_inside(const struct wire *before, const struct wire *wire)
{
	PROVE(wire->data == message + HEADER && wire->length == SIZE);
	PROVE(wire->offset <= SIZE);
	PROVE(wire->bad || !before->bad);
	PROVE(wire->bad || wire->offset >= before->offset);
}

/* Any of its bytes: a label's length, or inside one. */
static void require_well_formed(void)
{
	size_t at = 0;

	PROVE(name.length >= 1 && name.length <= WIRE_NAME_MAX);
	while (name.bytes[at]) {
		PROVE(name.bytes[at] <= 63);
		at += 1u + name.bytes[at];
		PROVE(at < name.length);
	}
	PROVE(at + 1 == name.length);
}

void prove_wire_numbers(void)
{
	struct wire wire = any_wire(), before = wire;

	wire_u8(&wire);
	require_inside(&before, &wire);
	wire_u16(&wire);
	wire_u32(&wire);
	wire_skip(&wire, nondet_size());
	require_inside(&before, &wire);
}

void prove_wire_read_name(void)
{
	struct wire wire = any_wire(), before = wire;

	wire_read_name(&wire, &name);
	require_inside(&before, &wire);
	PROVE(wire.bad == (name.length == 0));
	if (!wire.bad)
		require_well_formed();
}

/* The same where pointers lead somewhere: behind a header of zeros, from its end on. */
void prove_wire_pointers(void)
{
	struct wire wire = { message, HEADER + SIZE, HEADER + any_size(SIZE), 0, false },
		    before = wire;

	__CPROVER_havoc_object(message);
	for (size_t i = 0; i < HEADER; i++)
		message[i] = 0;
	wire_read_name(&wire, &name);
	PROVE(wire.bad || (wire.offset > before.offset && wire.offset <= HEADER + SIZE));
	PROVE(wire.bad == (name.length == 0));
	if (!wire.bad)
		require_well_formed();
}

void prove_wire_skip_name(void)
{
	struct wire wire = any_wire(), before = wire;

	wire_skip_name(&wire);
	require_inside(&before, &wire);
}

void prove_wire_record(void)
{
	struct wire wire = any_wire(), before = wire, again = wire;
	struct wire_record record;

	wire_read_record(&wire, &record);
	require_inside(&before, &wire);
	PROVE(wire.bad || (record.data <= SIZE && record.length <= SIZE - record.data));
	PROVE(wire_skip_record(&again) == record.type || wire.bad);
	PROVE(again.bad == wire.bad && again.offset == wire.offset);
}

/* Text is a name or is none; of a name the same text comes back, unless it has a NUL. */
void prove_wire_name_text(void)
{
	char back[WIRE_NAME_MAX];
	size_t length = any_size(SIZE), at = any_size(SIZE - 1);

	__CPROVER_havoc_object(text);
	if (!wire_name_from_text(&name, (struct span){ text, length }))
		return;
	require_well_formed();
	PROVE(name.length == (length ? length + 2 : 1));
	length = wire_name_text(&name, back);
	PROVE(length == 0 || length + 2 == name.length);
	PROVE(at >= length || back[at] == text[at]);
}
