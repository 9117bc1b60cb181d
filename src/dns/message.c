/* SPDX-License-Identifier: MIT */
#include "message.h"

enum {
	/* In the third byte of a message. */
	FLAG_QR = 0x80,
	OPCODE_MASK = 0x78,
	FLAG_TC = 0x02,
	FLAG_RD = 0x01,
	/* In the fourth. */
	FLAG_AD = 0x20,
	RCODE_MASK = 0x0f,
	/* Where the counts of questions and of additional records are. */
	QDCOUNT = 4,
	ARCOUNT = 10,
};

static void put_u16(struct message_query *query, unsigned value)
{
	query->bytes[query->length++] = (uint8_t)(value >> 8);
	query->bytes[query->length++] = (uint8_t)value;
}

static void put_opt(struct message_query *query)
{
	query->bytes[query->length++] = 0; /* the root */
	put_u16(query, WIRE_TYPE_OPT);
	put_u16(query, MESSAGE_UDP_SIZE);
	put_u16(query, 0); /* extended RCODE, version */
	put_u16(query, 0); /* flags */
	put_u16(query, 0); /* no options */
	query->bytes[ARCOUNT + 1] = 1;
}

bool message_build(struct message_query *query, struct span name, uint16_t type, bool with_edns)
{
	struct wire_name wire;

	if (!wire_name_from_text(&wire, name))
		return false;
	memset(query->bytes, 0, MESSAGE_HEADER_SIZE);
	query->bytes[2] = FLAG_RD;
	query->bytes[QDCOUNT + 1] = 1;
	memcpy(query->bytes + MESSAGE_HEADER_SIZE, wire.bytes, wire.length);
	query->length = MESSAGE_HEADER_SIZE + wire.length;
	put_u16(query, type);
	put_u16(query, WIRE_CLASS_IN);
	query->question_end = query->length;
	if (with_edns)
		put_opt(query);
	return true;
}

void message_set_id(struct message_query *query, uint16_t id)
{
	query->bytes[0] = (uint8_t)(id >> 8);
	query->bytes[1] = (uint8_t)id;
}

uint16_t message_id(const uint8_t *message)
{
	return (uint16_t)(message[0] << 8 | message[1]);
}

bool message_answers(const struct message_query *query, const uint8_t *message, size_t length)
{
	size_t end = query->question_end;

	return length >= end && message_id(message) == message_id(query->bytes) &&
	       message_is_response(message) &&
	       memcmp(message + QDCOUNT, query->bytes + QDCOUNT, 2) == 0 &&
	       memcmp(message + MESSAGE_HEADER_SIZE, query->bytes + MESSAGE_HEADER_SIZE,
		      end - MESSAGE_HEADER_SIZE) == 0;
}

bool message_is_response(const uint8_t *message)
{
	return (message[2] & (FLAG_QR | OPCODE_MASK)) == FLAG_QR;
}

bool message_is_truncated(const uint8_t *message)
{
	return message[2] & FLAG_TC;
}

unsigned message_rcode(const uint8_t *message)
{
	return message[3] & RCODE_MASK;
}

const char *message_rcode_name(unsigned rcode)
{
	static const char names[16][10] = { "NOERROR",	"FORMERR",  "SERVFAIL", "NXDOMAIN",
					    "NOTIMP",	"REFUSED",  "RCODE 6",	"RCODE 7",
					    "RCODE 8",	"RCODE 9",  "RCODE 10", "RCODE 11",
					    "RCODE 12", "RCODE 13", "RCODE 14", "RCODE 15" };

	return names[rcode & RCODE_MASK];
}

void message_ask_validation(struct message_query *query)
{
	query->bytes[3] |= FLAG_AD;
}

bool message_is_validated(const uint8_t *message)
{
	return message[3] & FLAG_AD;
}

/* The number of records in all three sections after the question. */
static unsigned count_records(const uint8_t *message, size_t length)
{
	struct wire wire = wire_at(message, length, QDCOUNT + 2);
	unsigned count = wire_u16(&wire);

	count += wire_u16(&wire);
	return count + wire_u16(&wire);
}

bool message_has_opt(const struct message_query *query, const uint8_t *message, size_t length,
		     uint16_t *udp_size)
{
	struct wire wire = wire_at(message, length, query->question_end);
	unsigned left = count_records(message, length);
	struct wire_record record;

	if (!wire_find_record(&wire, &left, WIRE_TYPE_OPT, &record))
		return false;
	*udp_size = record.class;
	return true;
}

bool message_declines_edns(const struct message_query *query, const uint8_t *message, size_t length)
{
	uint16_t udp_size;

	return query->length > query->question_end && message_rcode(message) == MESSAGE_FORMERR &&
	       !message_has_opt(query, message, length, &udp_size);
}
