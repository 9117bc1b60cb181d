/* SPDX-License-Identifier: MIT */
/* Writes DNS messages for tests, well formed or not: nothing is checked but the buffer's end. */
#ifndef TEST_DNS_MESSAGE_H
#define TEST_DNS_MESSAGE_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum {
	MESSAGE_QR = 0x8000,
	MESSAGE_TC = 0x0200,
	MESSAGE_QUESTION = 12, /* offset of the question's name */
};

enum section { SECTION_QUESTION, SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

struct message {
	size_t length;
	uint8_t data[65535];
};

static inline void message_bytes(struct message *m, const void *bytes, size_t count)
{
	assert(count <= sizeof(m->data) - m->length);
	memcpy(m->data + m->length, bytes, count);
	m->length += count;
}

static inline void message_u8(struct message *m, unsigned value)
{
	message_bytes(m, &(uint8_t){ (uint8_t)value }, 1);
}

static inline void message_u16(struct message *m, unsigned value)
{
	message_u8(m, value >> 8);
	message_u8(m, value & 0xff);
}

static inline void message_u32(struct message *m, uint32_t value)
{
	message_u16(m, value >> 16);
	message_u16(m, value & 0xffff);
}

static inline void message_set_u16(struct message *m, size_t at, unsigned value)
{
	m->data[at] = (uint8_t)(value >> 8);
	m->data[at + 1] = (uint8_t)value;
}

static inline void message_pointer(struct message *m, size_t target)
{
	message_u16(m, 0xc000u | (unsigned)target);
}

/* "a.b": labels and the root; "" is the root alone. */
static inline void message_name(struct message *m, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, ".");

		message_u8(m, (unsigned)length);
		message_bytes(m, text, length);
		text += length + (text[length] == '.');
	}
	message_u8(m, 0);
}

static inline void message_count(struct message *m, enum section section)
{
	size_t at = 4 + 2 * (size_t)section;

	message_set_u16(m, at, (unsigned)(m->data[at] << 8 | m->data[at + 1]) + 1);
}

static inline void message_begin(struct message *m, unsigned flags, const char *name, unsigned type)
{
	m->length = 0;
	message_u16(m, 0x1234);
	message_u16(m, flags);
	message_u32(m, 0);
	message_u32(m, 0);
	message_name(m, name);
	message_u16(m, type);
	message_u16(m, 1);
	message_count(m, SECTION_QUESTION);
}

/* Type to RDLENGTH, behind an owner name that is there. Returns where the data starts. */
static inline size_t message_record(struct message *m, enum section section, unsigned type,
				    uint32_t ttl)
{
	message_u16(m, type);
	message_u16(m, 1);
	message_u32(m, ttl);
	message_u16(m, 0);
	message_count(m, section);
	return m->length;
}

/* Fills in RDLENGTH. */
static inline void message_data_end(struct message *m, size_t start)
{
	message_set_u16(m, start - 2, (unsigned)(m->length - start));
}

static inline void message_data(struct message *m, enum section section, const char *owner,
				unsigned type, uint32_t ttl, const void *data, size_t length)
{
	size_t start;

	message_name(m, owner);
	start = message_record(m, section, type, ttl);
	message_bytes(m, data, length);
	message_data_end(m, start);
}

static inline void message_target(struct message *m, const char *owner, unsigned type, uint32_t ttl,
				  const char *target)
{
	size_t start;

	message_name(m, owner);
	start = message_record(m, SECTION_ANSWER, type, ttl);
	message_name(m, target);
	message_data_end(m, start);
}

static inline void message_mx(struct message *m, const char *owner, unsigned preference,
			      const char *target)
{
	size_t start;

	message_name(m, owner);
	start = message_record(m, SECTION_ANSWER, 15, 300);
	message_u16(m, preference);
	message_name(m, target);
	message_data_end(m, start);
}

/* One string of at most 255 bytes. */
static inline void message_txt(struct message *m, const char *owner, const char *text)
{
	size_t start;

	message_name(m, owner);
	start = message_record(m, SECTION_ANSWER, 16, 300);
	message_u8(m, (unsigned)strlen(text));
	message_bytes(m, text, strlen(text));
	message_data_end(m, start);
}

#endif
