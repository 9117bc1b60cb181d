/* SPDX-License-Identifier: MIT */
/*
 * A reader over one DNS message (RFC 1035 section 4) that cannot leave it.
 *
 * The first step outside the message, or the first malformed name, sets `bad`; from then on every
 * read gives zeros and moves nowhere, so a caller reads straight down and asks once. Pure.
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
	WIRE_NAME_MAX = 255, /* bytes of a name on the wire, root label included */
	WIRE_CLASS_IN = 1,
	WIRE_TYPE_OPT = 41, /* RFC 6891 */
};

struct wire {
	const uint8_t *data;
	size_t length;
	size_t offset;
	size_t steps; /* labels and pointers of the names that were read */
	bool bad;
};

/* A whole name: labels as on the wire, uncompressed, letters in the case they had. */
struct wire_name {
	size_t length; /* 1..WIRE_NAME_MAX; 0 when the name was malformed */
	uint8_t bytes[WIRE_NAME_MAX];
};

/* The fixed part of a resource record; its data is at [data, data + length) of the message. */
struct wire_record {
	uint16_t type;
	uint16_t class;
	uint32_t ttl; /* RFC 2181 section 8: a value with the top bit set reads as 0 */
	size_t data;
	size_t length;
};

struct wire wire_at(const uint8_t *data, size_t length, size_t offset);
uint8_t wire_u8(struct wire *wire);
uint16_t wire_u16(struct wire *wire);
uint32_t wire_u32(struct wire *wire);
void wire_skip(struct wire *wire, size_t count);

/*
 * Reads a name and moves past it. Compression pointers must lead strictly backwards, and no more
 * of them are followed than a name can have labels, so the cost of a name is bounded.
 */
void wire_read_name(struct wire *wire, struct wire_name *name);

/* The same without keeping the name: moves past it, follows no pointer. */
void wire_skip_name(struct wire *wire);

/* Reads a record's fixed part, checks that its data is inside the message and moves past it. */
void wire_read_record(struct wire *wire, struct wire_record *record);

/* The same without its data: only the type. */
uint16_t wire_skip_record(struct wire *wire);

/*
 * Goes on, owners included, to the next record of this type among *left records, which are counted down. False:
 * there is none.
 */
bool wire_find_record(struct wire *wire, unsigned *left, uint16_t type, struct wire_record *record);

/* From text without escapes or a trailing dot, "" being the root; false if it is no name. */
bool wire_name_from_text(struct wire_name *name, struct span text);

/* Lower-case ASCII letters, in place: names of one owner become equal bytes. */
void wire_name_lower(struct wire_name *name);
bool wire_name_equal(const struct wire_name *a, const struct wire_name *b);

/*
 * The labels joined by dots, no trailing dot, nothing for the root. `out` holds WIRE_NAME_MAX
 * bytes. Returns the length, or 0 when a label holds a dot or a NUL, which text cannot show.
 */
size_t wire_name_text(const struct wire_name *name, char *out);

#endif
