/* SPDX-License-Identifier: MIT */
#include "dns/answer.h"

#include <stdlib.h>

#include "record_set.h"
#include "wire.h"
#include "dns/name.h"
#include "base/xalloc.h"

enum {
	HEADER_SIZE = 12,
	CLASS_IN = 1,
	TYPE_OPT = 41,
	FLAG_QR = 0x8000,
	FLAG_TC = 0x0200,
	OPCODE_MASK = 0x7800,
	RCODE_MASK = 0x000f,
	RCODE_NXDOMAIN = 3,
	/* Labels and pointers of all owners that are read in one message: far more than honest ones
	   have, which repeat the owner before. */
	STEPS_MAX = 8192,
	/* Records of the answer section that are looked at: all that can be kept are among them. */
	LOOKED_AT_MAX = ANSWER_ADDRESSES_MAX + ANSWER_CHAIN_MAX,
};

/* ---- building ---- */

static size_t records_max(uint16_t type)
{
	switch (type) {
	case DNS_MX: return ANSWER_MX_MAX;
	case DNS_PTR: return ANSWER_PTR_MAX;
	case DNS_TXT: return ANSWER_TXT_MAX;
	default: return ANSWER_ADDRESSES_MAX;
	}
}

/* Insertion sort: at most ANSWER_MX_MAX records, and it is stable. */
static void sort_by_preference(struct answer_record *records, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct answer_record record = records[i];
		size_t at = i;

		for (; at > 0 && records[at - 1].preference > record.preference; at--)
			records[at] = records[at - 1];
		records[at] = record;
	}
}

struct answer *answer_build(enum answer_status status, uint16_t type, uint32_t ttl,
			    const struct answer_record *records, size_t count)
{
	size_t size = sizeof(struct answer);
	struct answer *answer;
	char *data;

	if (count > records_max(type))
		count = records_max(type);
	for (size_t i = 0; i < count; i++)
		size += sizeof(records[i]) + records[i].data.length;
	answer = xmalloc(size);
	*answer = (struct answer){
		.status = status,
		.type = type,
		.ttl = ttl,
		.bytes = size,
		.count = count,
	};
	data = (char *)&answer->records[count];
	for (size_t i = 0; i < count; i++) {
		size_t length = records[i].data.length;

		answer->records[i] = records[i];
		answer->records[i].data.data = data;
		if (length)
			memcpy(data, records[i].data.data, length);
		data += length;
	}
	if (type == DNS_MX)
		sort_by_preference(answer->records, count);
	return answer;
}

/* ---- reading ---- */

struct link {
	struct wire_name owner;	 /* lower case */
	struct wire_name target; /* lower case */
	uint32_t ttl;
};

/* What is gathered from one message before the answer is built. */
struct reading {
	const uint8_t *message;
	size_t length;
	uint16_t type;
	unsigned answers, authorities, additionals;
	size_t authority; /* where that section starts */
	bool malformed;

	struct link links[ANSWER_CHAIN_MAX];
	size_t link_count;
	struct wire_name chain[ANSWER_CHAIN_MAX + 1]; /* the question's name, then its targets */
	size_t chain_count;

	uint32_t ttl;
	char *scratch; /* joined strings and names, until they are copied */
	size_t used;
	struct record_set set;
};

static void lower_ttl(struct reading *r, uint32_t ttl)
{
	if (ttl < r->ttl)
		r->ttl = ttl;
}

/* A CNAME's data must be one name and nothing else; the same holds for MX and PTR. */
static bool read_data_name(const struct reading *r, const struct wire_record *record, size_t skip,
			   struct wire_name *name)
{
	struct wire data = wire_at(r->message, record->data + record->length, record->data);

	wire_skip(&data, skip);
	wire_read_name(&data, name);
	return !data.bad && data.offset == data.length;
}

static void add_link(struct reading *r, const struct wire_name *owner,
		     const struct wire_record *record)
{
	struct link *link = &r->links[r->link_count];

	if (r->link_count == ANSWER_CHAIN_MAX || !read_data_name(r, record, 0, &link->target)) {
		r->malformed = true;
		return;
	}
	link->owner = *owner;
	link->ttl = record->ttl;
	wire_name_lower(&link->target);
	r->link_count++;
}

static bool is_on_chain(const struct reading *r, const struct wire_name *name)
{
	for (size_t i = 0; i < r->chain_count; i++)
		if (wire_name_equal(&r->chain[i], name))
			return true;
	return false;
}

static const struct link *link_of(const struct reading *r, const struct wire_name *owner)
{
	for (size_t i = 0; i < r->link_count; i++)
		if (wire_name_equal(&r->links[i].owner, owner))
			return &r->links[i];
	return NULL;
}

/* Extends the chain from the question's name through the links, which stand in any order. */
static void follow_chain(struct reading *r)
{
	const struct link *link;

	while ((link = link_of(r, &r->chain[r->chain_count - 1]))) {
		if (is_on_chain(r, &link->target)) {
			r->malformed = true;
			return;
		}
		r->chain[r->chain_count++] = link->target;
		lower_ttl(r, link->ttl);
	}
}

/*
 * The strings of a TXT record, joined without anything between them (RFC 7208 section 3.3). A
 * record without any string is against RFC 1035, but it must not spoil the others: it is an empty
 * text.
 */
static bool read_strings(struct reading *r, const struct wire_record *record,
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

static bool read_host(struct reading *r, const struct wire_record *record, size_t skip,
		      struct span *out)
{
	struct wire_name name;

	if (!read_data_name(r, record, skip, &name))
		return false;
	*out = (struct span){ r->scratch + r->used, wire_name_text(&name, r->scratch + r->used) };
	if (!name_is_host(*out))
		out->length = 0;
	r->used += out->length;
	return true;
}

static bool read_data(struct reading *r, const struct wire_record *record,
		      struct answer_record *out)
{
	*out = (struct answer_record){ 0 };
	out->data = (struct span){ (const char *)r->message + record->data, record->length };
	switch (r->type) {
	case DNS_A: return record->length == 4;
	case DNS_AAAA: return record->length == 16;
	case DNS_TXT: return read_strings(r, record, out);
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

/* ---- the answer section ---- */

/*
 * Moves past an owner. True when it has the bytes of the one before, up to a pointer if there is one, and
 * so is the same name; else it is *last from now on.
 */
static bool skip_owner(struct wire *wire, struct span *last)
{
	size_t start = wire->offset;
	struct span left = { (const char *)wire->data + start, wire->length - start };

	if (last->length > 0 && left.length >= last->length &&
	    memcmp(left.data, last->data, last->length) == 0) {
		wire_skip(wire, last->length);
		return true;
	}
	wire_skip_name(wire);
	*last = span_take(left, wire->offset - start);
	return false;
}

/* The owner at `offset`, with `names` counting what all of them cost. */
static bool read_owner(struct reading *r, struct wire *names, size_t offset,
		       struct wire_name *owner)
{
	names->offset = offset;
	wire_read_name(names, owner);
	if (names->bad || names->steps > STEPS_MAX) {
		r->malformed = true;
		return false;
	}
	wire_name_lower(owner);
	return true;
}

static void read_link(struct reading *r, struct wire *names, size_t start, struct wire fixed)
{
	struct wire_name owner;
	struct wire_record record;

	wire_read_record(&fixed, &record);
	if (!fixed.bad && record.class == CLASS_IN && read_owner(r, names, start, &owner))
		add_link(r, &owner, &record);
}

/* CNAMEs, wherever they stand, and the end of the section. */
static void read_links(struct reading *r, size_t offset)
{
	struct wire wire = wire_at(r->message, r->length, offset);
	struct wire names = wire_at(r->message, r->length, 0);
	struct span last = { "", 0 };

	for (unsigned i = 0; i < r->answers && !r->malformed; i++) {
		struct wire record;
		size_t start = wire.offset;

		skip_owner(&wire, &last);
		record = wire;
		if (wire_skip_record(&wire) == DNS_CNAME)
			read_link(r, &names, start, record);
		r->malformed = r->malformed || wire.bad;
	}
	r->authority = wire.offset;
}

/* The records that are asked for, until there are as many as are kept. */
static void read_records(struct reading *r, size_t offset)
{
	struct wire wire = wire_at(r->message, r->length, offset);
	struct wire names = wire_at(r->message, r->length, 0);
	struct span last = { "", 0 };
	bool known = false, ours = false; /* whether `last` is on the chain */

	for (unsigned i = 0; i < r->answers && r->set.count < r->set.max && !r->malformed; i++) {
		size_t start = wire.offset, used = r->used;
		struct wire_name owner;
		struct wire_record record;
		struct answer_record read;

		known = skip_owner(&wire, &last) && known;
		wire_read_record(&wire, &record);
		if (record.class != CLASS_IN || record.type != r->type)
			continue;
		if (!known && !read_owner(r, &names, start, &owner))
			return;
		ours = known ? ours : is_on_chain(r, &owner);
		known = true;
		if (!ours)
			continue;
		lower_ttl(r, record.ttl);
		if (!read_data(r, &record, &read))
			r->malformed = true;
		else if (!record_set_add(&r->set, r->type, &read))
			r->used = used;
	}
}

/* RFC 2308 section 5: a negative answer lives for the lesser of the SOA's TTL and its MINIMUM. */
static uint32_t negative_ttl(const struct reading *r)
{
	struct wire wire = wire_at(r->message, r->length, r->authority);

	for (unsigned i = 0; i < r->authorities; i++) {
		struct wire_record record;
		struct wire data;
		uint32_t minimum;

		wire_skip_name(&wire);
		wire_read_record(&wire, &record);
		if (wire.bad || record.type != DNS_SOA || record.class != CLASS_IN)
			continue;
		data = wire_at(r->message, record.data + record.length, record.data);
		wire_skip_name(&data);
		wire_skip_name(&data);
		wire_skip(&data, 16);
		minimum = wire_u32(&data);
		if (data.bad)
			return 0;
		return minimum < record.ttl ? minimum : record.ttl;
	}
	return 0;
}

/* RFC 6891 section 6.1.3: the upper bits of the RCODE are in the OPT record's TTL field. */
static bool has_extended_rcode(const struct reading *r)
{
	struct wire wire = wire_at(r->message, r->length, r->authority);

	for (unsigned i = 0; i < r->authorities + r->additionals && !wire.bad; i++) {
		struct wire_record record;
		struct wire upper;

		wire_skip_name(&wire);
		upper = wire;
		wire_skip(&upper, 4);
		wire_read_record(&wire, &record);
		if (!wire.bad && record.type == TYPE_OPT && i >= r->authorities)
			return wire_u8(&upper) != 0;
	}
	return false;
}

/* The header and the question, which must be that of the query. Returns the RCODE, or -1. */
static int read_question(struct reading *r, struct span name, size_t *offset)
{
	struct wire wire = wire_at(r->message, r->length, 0);
	struct wire_name asked;
	unsigned flags, questions, type, class;

	wire_skip(&wire, 2);
	flags = wire_u16(&wire);
	questions = wire_u16(&wire);
	r->answers = wire_u16(&wire);
	r->authorities = wire_u16(&wire);
	r->additionals = wire_u16(&wire);
	if (r->answers > LOOKED_AT_MAX) {
		r->answers = LOOKED_AT_MAX;
		r->authorities = r->additionals = 0;
	}
	if (wire.bad || !(flags & FLAG_QR) || flags & (OPCODE_MASK | FLAG_TC) || questions != 1)
		return -1;
	wire_read_name(&wire, &asked);
	type = wire_u16(&wire);
	class = wire_u16(&wire);
	if (wire.bad || type != r->type || class != CLASS_IN ||
	    !wire_name_from_text(&r->chain[0], name))
		return -1;
	wire_name_lower(&asked);
	wire_name_lower(&r->chain[0]);
	if (!wire_name_equal(&asked, &r->chain[0]))
		return -1;
	r->chain_count = 1;
	*offset = wire.offset;
	return (int)(flags & RCODE_MASK);
}

static enum answer_status status_of(const struct reading *r, int rcode)
{
	if (r->malformed || has_extended_rcode(r))
		return ANSWER_FAILURE;
	if (rcode == RCODE_NXDOMAIN)
		return ANSWER_NXDOMAIN;
	return r->set.count ? ANSWER_OK : ANSWER_NODATA;
}

/* Reads the sections into `r`; the storage for the records is there. */
static struct answer *read_sections(struct reading *r, int rcode, size_t offset)
{
	enum answer_status status;

	read_links(r, offset);
	if (!r->malformed)
		follow_chain(r);
	if (!r->malformed && rcode == 0)
		read_records(r, offset);
	status = status_of(r, rcode);
	if (status == ANSWER_FAILURE)
		return answer_build(ANSWER_FAILURE, r->type, 0, NULL, 0);
	if (status != ANSWER_OK) {
		r->set.count = 0;
		lower_ttl(r, negative_ttl(r));
	}
	return answer_build(status, r->type, r->ttl, r->set.records, r->set.count);
}

struct answer *answer_parse(const uint8_t *message, size_t length, struct span name, uint16_t type)
{
	struct reading r = {
		.message = message,
		.length = length,
		.type = type,
		.ttl = UINT32_MAX,
	};
	struct answer_record *records;
	struct answer *answer;
	size_t offset = 0;
	int rcode = read_question(&r, name, &offset);

	if (rcode != 0 && rcode != RCODE_NXDOMAIN)
		return answer_build(ANSWER_FAILURE, type, 0, NULL, 0);
	/* Strings are shorter than the message; only names can come out longer than they are. */
	r.scratch = xmalloc(length + (size_t)ANSWER_MX_MAX * WIRE_NAME_MAX);
	records = xmalloc(records_max(type) * sizeof(*records));
	record_set_init(&r.set, records, records_max(type));
	answer = read_sections(&r, rcode, offset);
	free(records);
	free(r.scratch);
	return answer;
}

/* ---- names ---- */

const char *answer_status_name(enum answer_status status)
{
	switch (status) {
	case ANSWER_OK: return "ok";
	case ANSWER_NODATA: return "nodata";
	case ANSWER_NXDOMAIN: return "nxdomain";
	case ANSWER_FAILURE: return "failure";
	}
	return "?";
}

const char *dns_type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {
		{ DNS_A, "A" },	  { DNS_CNAME, "CNAME" }, { DNS_SOA, "SOA" },	{ DNS_PTR, "PTR" },
		{ DNS_MX, "MX" }, { DNS_TXT, "TXT" },	  { DNS_AAAA, "AAAA" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "TYPE?";
}
