/* SPDX-License-Identifier: MIT */
#include "answer_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "chain.h"
#include "rdata.h"
#include "record_set.h"

enum {
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

/* What is gathered from one message before the answer is built. */
struct reading {
	const uint8_t *message;
	size_t length;
	uint16_t type;
	unsigned answers, authorities, additionals;
	size_t authority; /* where that section starts */
	bool malformed;
	uint32_t ttl;
	struct chain chain;
	struct rdata rdata;
	struct record_set set;
};

static void lower_ttl(struct reading *r, uint32_t ttl)
{
	if (ttl < r->ttl)
		r->ttl = ttl;
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
	struct chain_link link;
	struct wire_record record;

	wire_read_record(&fixed, &record);
	if (fixed.bad || record.class != WIRE_CLASS_IN || !read_owner(r, names, start, &link.owner))
		return;
	if (!rdata_name(r->message, &record, 0, &link.target)) {
		r->malformed = true;
		return;
	}
	wire_name_lower(&link.target);
	link.ttl = record.ttl;
	r->malformed = !chain_add(&r->chain, &link);
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
	struct wire_name owner;
	bool known = false, ours = false; /* whether `last` is on the chain */

	for (unsigned i = 0; i < r->answers && r->set.count < r->set.max && !r->malformed; i++) {
		size_t start = wire.offset, used = r->rdata.used;
		struct wire_record record;
		struct answer_record read;

		known = skip_owner(&wire, &last) && known;
		wire_read_record(&wire, &record);
		if (record.class != WIRE_CLASS_IN || record.type != r->type)
			continue;
		if (!known && !read_owner(r, &names, start, &owner))
			return;
		ours = known ? ours : chain_has(&r->chain, &owner);
		known = true;
		if (!ours)
			continue;
		lower_ttl(r, record.ttl);
		if (!rdata_read(&r->rdata, &record, &read))
			r->malformed = true;
		else if (!record_set_add(&r->set, r->type, &read))
			r->rdata.used = used;
	}
}

/* ---- the others ---- */

/* RFC 2308 section 5: a negative answer lives for the lesser of the SOA's TTL and its MINIMUM. */
static uint32_t negative_ttl(const struct reading *r)
{
	struct wire wire = wire_at(r->message, r->length, r->authority), data;
	unsigned left = r->authorities;
	struct wire_record record;
	uint32_t minimum;

	do {
		if (!wire_find_record(&wire, &left, DNS_SOA, &record))
			return 0;
	} while (record.class != WIRE_CLASS_IN);
	data = wire_at(r->message, record.data + record.length, record.data);
	wire_skip_name(&data);
	wire_skip_name(&data);
	wire_skip(&data, 16);
	minimum = wire_u32(&data);
	if (data.bad)
		return 0;
	return minimum < record.ttl ? minimum : record.ttl;
}

/* RFC 6891 section 6.1.3: the upper bits of the RCODE are in the OPT record's TTL field. */
static bool has_extended_rcode(const struct reading *r)
{
	enum { TTL_BEFORE_DATA = 6 };
	struct wire wire = wire_at(r->message, r->length, r->authority);
	unsigned left = r->authorities + r->additionals;
	struct wire_record record;

	while (wire_find_record(&wire, &left, WIRE_TYPE_OPT, &record))
		if (left < r->additionals)
			return r->message[record.data - TTL_BEFORE_DATA] != 0;
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
	if (wire.bad || type != r->type || class != WIRE_CLASS_IN ||
	    !wire_name_from_text(&r->chain.names[0], name))
		return -1;
	wire_name_lower(&asked);
	wire_name_lower(&r->chain.names[0]);
	if (!wire_name_equal(&asked, &r->chain.names[0]))
		return -1;
	r->chain.count = 1;
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
	struct answer *answer;

	read_links(r, offset);
	r->malformed = r->malformed || !chain_follow(&r->chain, &r->ttl);
	if (!r->malformed && rcode == 0)
		read_records(r, offset);
	status = status_of(r, rcode);
	if (status == ANSWER_FAILURE)
		return answer_build(ANSWER_FAILURE, r->type, 0, NULL, 0);
	if (status != ANSWER_OK) {
		r->set.count = 0;
		lower_ttl(r, negative_ttl(r));
	}
	answer = answer_build(status, r->type, r->ttl, r->set.records, r->set.count);
	answer->alias = r->chain.count > 1;
	return answer;
}

/* On the heap, as most of it is room that few answers fill and the stack is cleared before use. */
static struct reading *reading_new(const uint8_t *message, size_t length, uint16_t type)
{
	struct reading *r = xmalloc(sizeof(*r));
	size_t max = answer_records_max(type);

	r->message = message;
	r->length = length;
	r->type = type;
	r->malformed = false;
	r->ttl = UINT32_MAX;
	chain_init(&r->chain);
	r->rdata = (struct rdata){ .message = message, .type = type };
	r->rdata.scratch = xmalloc(length + (size_t)ANSWER_MX_MAX * WIRE_NAME_MAX);
	record_set_init(&r->set, xmalloc(max * sizeof(*r->set.records)), max);
	return r;
}

static void reading_free(struct reading *r)
{
	free(r->set.records);
	free(r->rdata.scratch);
	free(r);
}

struct answer *answer_parse(const uint8_t *message, size_t length, struct span name, uint16_t type)
{
	struct reading *r = reading_new(message, length, type);
	struct answer *answer;
	size_t offset = 0;
	int rcode = read_question(r, name, &offset);

	if (rcode == 0 || rcode == RCODE_NXDOMAIN)
		answer = read_sections(r, rcode, offset);
	else
		answer = answer_build(ANSWER_FAILURE, type, 0, NULL, 0);
	reading_free(r);
	return answer;
}
