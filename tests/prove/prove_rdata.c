/* SPDX-License-Identifier: MIT */
/*
 * Strings and addresses of one resource record: any place and length in any SIZE bytes. Its names are not
 * reached; their reader has proofs of its own (prove_wire.c).
 */
#include "prove.h"

#include "dns/rdata.h"

enum { ADDRESS = 16 }; /* bytes of the longest */

static uint8_t message[SIZE], longer[SIZE + ADDRESS];
static char scratch[SIZE];

static struct wire_record any_record(uint8_t *bytes, size_t size)
{
	size_t at = any_size(size);

	__CPROVER_havoc_object(bytes);
	return (struct wire_record){ .data = at, .length = any_size(size - at) };
}

/* The type is a constant in each call: what the others do is not looked at then. */
static bool read_as(uint16_t type, const uint8_t *bytes, const struct wire_record *record,
		    char *room, size_t used, struct answer_record *out)
{
	struct rdata r = { bytes, type, room, used };

	if (!rdata_read(&r, record, out))
		return false;
	PROVE(!room || r.used == used + out->data.length);
	return true;
}

/* A scratch with no more room than the data's own length, and of that a byte for each string stays free. */
void prove_rdata_strings(void)
{
	struct wire_record record = any_record(message, SIZE);
	size_t used = any_size(SIZE - record.length);
	struct answer_record out;

	if (!read_as(DNS_TXT, message, &record, scratch, used, &out))
		return;
	PROVE(out.data.data == scratch + used);
	PROVE(out.data.length + out.strings == record.length);
}

static void require_address(uint16_t type, size_t length)
{
	struct wire_record record = any_record(longer, sizeof(longer));
	struct answer_record out;

	PROVE(read_as(type, longer, &record, NULL, 0, &out) == (record.length == length));
	PROVE(out.data.data == (const char *)longer + record.data);
	PROVE(out.data.length == record.length);
}

void prove_rdata_address(void)
{
	require_address(DNS_A, 4);
	require_address(DNS_AAAA, 16);
}
