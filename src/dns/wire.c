/* SPDX-License-Identifier: MIT */
#include "wire.h"

enum {
	LABEL_MAX = 63,
	POINTER = 0xc0,
	HEADER_SIZE = 12,
	FIXED = 10, /* bytes of a record between its owner and its data */
	/* A pointer that is followed by another pointer carries no label: such chains are refused
	   beyond what a name with one pointer per label would need. */
	POINTERS_MAX = 128,
};

struct wire wire_at(const uint8_t *data, size_t length, size_t offset)
{
	return (struct wire){
		.data = data,
		.length = length,
		.offset = offset,
		.bad = offset > length,
	};
}

/* Room for `count` bytes, or bad. */
static bool has(struct wire *wire, size_t count)
{
	if (!wire->bad && count > wire->length - wire->offset)
		wire->bad = true;
	return !wire->bad;
}

uint8_t wire_u8(struct wire *wire)
{
	return has(wire, 1) ? wire->data[wire->offset++] : 0;
}

uint16_t wire_u16(struct wire *wire)
{
	unsigned high = wire_u8(wire);

	return (uint16_t)(high << 8 | wire_u8(wire));
}

uint32_t wire_u32(struct wire *wire)
{
	uint32_t high = wire_u16(wire);

	return high << 16 | wire_u16(wire);
}

void wire_skip(struct wire *wire, size_t count)
{
	if (has(wire, count))
		wire->offset += count;
}

/* The target of a pointer whose first byte is `first`, strictly before `below`. */
static size_t pointer_target(struct wire *wire, uint8_t first, size_t below)
{
	size_t target = (size_t)(first & ~POINTER) << 8 | wire_u8(wire);

	if (target >= below || target < HEADER_SIZE)
		wire->bad = true;
	return target;
}

static void add_label(struct wire *wire, struct wire_name *name, uint8_t length)
{
	/* The root label that ends the name must still fit. */
	if (length > LABEL_MAX || name->length + 1u + length >= WIRE_NAME_MAX ||
	    !has(wire, length)) {
		wire->bad = true;
		return;
	}
	name->bytes[name->length] = length;
	memcpy(name->bytes + name->length + 1, wire->data + wire->offset, length);
	name->length += 1u + length;
	wire->offset += length;
}

void wire_read_name(struct wire *wire, struct wire_name *name)
{
	size_t start = wire->offset, end = 0;

	name->length = 0;
	for (unsigned pointers = 0; !wire->bad;) {
		uint8_t length = wire_u8(wire);

		if (wire->bad)
			break;
		wire->steps++;
		if ((length & POINTER) == POINTER) {
			size_t target = pointer_target(wire, length, start);

			if (++pointers > POINTERS_MAX)
				wire->bad = true;
			if (!end)
				end = wire->offset;
			if (!wire->bad)
				start = wire->offset = target;
		} else if (length) {
			add_label(wire, name, length);
		} else {
			name->bytes[name->length++] = 0;
			if (end)
				wire->offset = end;
			return;
		}
	}
	name->length = 0;
}

void wire_skip_name(struct wire *wire)
{
	size_t at = wire->offset;

	while (!wire->bad && at < wire->length) {
		uint8_t length = wire->data[at];

		at += 1u + ((length & POINTER) == POINTER ? 1u : length);
		if (length == 0 || (length & POINTER) == POINTER) {
			wire_skip(wire, at - wire->offset);
			return;
		}
		wire->bad = length > LABEL_MAX;
	}
	wire->bad = true;
}

void wire_read_record(struct wire *wire, struct wire_record *record)
{
	const uint8_t *p = wire->data + wire->offset;

	*record = (struct wire_record){ .type = 0 };
	if (!has(wire, FIXED))
		return;
	record->type = (uint16_t)(p[0] << 8 | p[1]);
	record->class = (uint16_t)(p[2] << 8 | p[3]);
	if (p[4] < 0x80)
		record->ttl = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 |
			      p[7];
	record->length = (size_t)p[8] << 8 | p[9];
	record->data = wire->offset + FIXED;
	wire_skip(wire, FIXED + record->length);
}

uint16_t wire_skip_record(struct wire *wire)
{
	const uint8_t *p = wire->data + wire->offset;

	if (!has(wire, FIXED))
		return 0;
	wire_skip(wire, FIXED + ((size_t)p[8] << 8 | p[9]));
	return (uint16_t)(p[0] << 8 | p[1]);
}

bool wire_find_record(struct wire *wire, unsigned *left, uint16_t type, struct wire_record *record)
{
	for (; *left > 0 && !wire->bad; --*left) {
		wire_skip_name(wire);
		wire_read_record(wire, record);
		if (!wire->bad && record->type == type) {
			--*left;
			return true;
		}
	}
	return false;
}

bool wire_name_from_text(struct wire_name *name, struct span text)
{
	size_t label = 0; /* where the length byte of the current label goes */

	name->length = 0;
	if (text.length + 2 > WIRE_NAME_MAX)
		return false;
	for (size_t i = 0; text.length && i <= text.length; i++) {
		if (i < text.length && text.data[i] != '.') {
			name->bytes[i + 1] = (uint8_t)text.data[i];
			continue;
		}
		if (i == label || i - label > LABEL_MAX)
			return false;
		name->bytes[label] = (uint8_t)(i - label);
		label = i + 1;
	}
	name->bytes[label] = 0;
	name->length = label + 1;
	return true;
}

void wire_name_lower(struct wire_name *name)
{
	/* Length bytes are at most 63 and so are never taken for letters. */
	for (size_t i = 0; i < name->length; i++)
		name->bytes[i] = (uint8_t)ascii_lower((char)name->bytes[i]);
}

bool wire_name_equal(const struct wire_name *a, const struct wire_name *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

size_t wire_name_text(const struct wire_name *name, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < name->length && name->bytes[i];) {
		size_t end = i + 1 + name->bytes[i];

		if (used)
			out[used++] = '.';
		while (++i < end) {
			if (name->bytes[i] == '.' || name->bytes[i] == '\0')
				return 0;
			out[used++] = (char)name->bytes[i];
		}
	}
	return used;
}
