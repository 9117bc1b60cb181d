/* SPDX-License-Identifier: MIT */
#include "rdata.h"

#include <string.h>

#include "dns/name.h"

bool rdata_name(const uint8_t *message, const struct wire_record *record, size_t skip,
		struct wire_name *name)
{
	struct wire data = wire_at(message, record->data + record->length, record->data);

	wire_skip(&data, skip);
	wire_read_name(&data, name);
	return !data.bad && data.offset == data.length;
}

/*
 * The strings of a TXT record, joined without anything between them (RFC 7208 section 3.3). A
 * record without any string is against RFC 1035, but it must not spoil the others: it is an empty
 * text.
 */
static bool read_strings(struct rdata *r, const struct wire_record *record,
			 struct answer_record *out)
{
	struct wire data = wire_at(r->message, record->data + record->length, record->data);
	char *start = r->scratch + r->used;
	size_t length = 0;

	while (!data.bad && data.offset < data.length) {
		size_t piece = wire_u8(&data), at = data.offset;

		wire_skip(&data, piece);
		if (data.bad)
			return false;
		memcpy(start + length, r->message + at, piece);
		length += piece;
		out->strings++;
	}
	out->data = (struct span){ start, length };
	r->used += length;
	return true;
}

static bool read_host(struct rdata *r, const struct wire_record *record, size_t skip,
		      struct span *out)
{
	struct wire_name name;

	if (!rdata_name(r->message, record, skip, &name))
		return false;
	*out = (struct span){ r->scratch + r->used, wire_name_text(&name, r->scratch + r->used) };
	if (!name_is_host(*out))
		out->length = 0;
	r->used += out->length;
	return true;
}

bool rdata_read(struct rdata *r, const struct wire_record *record, struct answer_record *out)
{
	*out = (struct answer_record){ 0 };
	out->data = (struct span){ (const char *)r->message + record->data, record->length };
	switch (r->type) {
	case DNS_A: return record->length == 4;
	case DNS_AAAA: return record->length == 16;
	case DNS_TXT:
	case DNS_SPF: return read_strings(r, record, out);
	case DNS_PTR: return read_host(r, record, 0, &out->data);
	case DNS_MX:
		if (record->length < 3)
			return false;
		out->preference = (uint16_t)(r->message[record->data] << 8 |
					     r->message[record->data + 1]);
		return read_host(r, record, 2, &out->data);
	default: return false;
	}
}
