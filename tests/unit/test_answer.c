/* SPDX-License-Identifier: MIT */
/*
 * The reader of DNS messages: which records it takes and from whom, what it makes of negative and
 * refused answers, and that no malformed or hostile message gets more than "failure" out of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dns/answer_reader.h"
#include "dns_message.h"

static struct message message; /* 64 kB: not for the stack */

static const uint8_t address_1[] = { 192, 0, 2, 1 };
static const uint8_t address_2[] = { 192, 0, 2, 2 };

/* Parses a copy of exact size, so that a step outside is a step outside for the sanitizers too. */
static struct answer *parse(const char *name, uint16_t type)
{
	uint8_t *copy = malloc(message.length ? message.length : 1);
	struct answer *answer;

	assert_non_null(copy);
	memcpy(copy, message.data, message.length);
	answer = answer_parse(copy, message.length, span_of(name), type);
	free(copy);
	assert_non_null(answer);
	assert_int_equal(answer->type, type);
	if (answer->status != ANSWER_OK)
		assert_int_equal(answer->count, 0);
	return answer;
}

static enum answer_status parse_status(const char *name, uint16_t type)
{
	struct answer *answer = parse(name, type);
	enum answer_status status = answer->status;

	free(answer);
	return status;
}

static void assert_data(const struct answer *answer, size_t i, const void *data, size_t length)
{
	assert_true(i < answer->count);
	assert_int_equal(answer->records[i].data.length, length);
	assert_memory_equal(answer->records[i].data.data, data, length);
}

static void assert_data_text(const struct answer *answer, size_t i, const char *text)
{
	assert_data(answer, i, text, strlen(text));
}

static void answer_holds_the_records_and_the_smallest_ttl(void **state)
{
	struct answer *answer;

	(void)state;
	message_begin(&message, MESSAGE_QR, "Host.Example", DNS_A);
	message_data(&message, SECTION_ANSWER, "hOST.example", DNS_A, 300, address_1, 4);
	message_data(&message, SECTION_ANSWER, "host.example", DNS_A, 60, address_2, 4);
	answer = parse("host.EXAMPLE", DNS_A);
	assert_int_equal(answer->status, ANSWER_OK);
	assert_int_equal(answer->count, 2);
	assert_int_equal(answer->ttl, 60);
	assert_true(answer->bytes >= sizeof(*answer) + 2 * sizeof(answer->records[0]) + 8);
	assert_data(answer, 0, address_1, 4);
	assert_data(answer, 1, address_2, 4);
	free(answer);
}

static size_t count_of(const char *name, uint16_t type)
{
	struct answer *answer = parse(name, type);
	size_t count = answer->count;

	free(answer);
	return count;
}

/* RFC 2181 section 5: as many as there are different ones, whatever stands between equal ones. */
static void answer_has_equal_records_once(void **state)
{
	char host[32];

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_txt(&message, "a.example", "v=spf1 -all");
	message_txt(&message, "a.example", "other");
	message_txt(&message, "A.example", "v=spf1 -all");
	message_data(&message, SECTION_ANSWER, "a.example", DNS_TXT, 60, "\2v=\11spf1 -all", 13);
	message_txt(&message, "a.example", "V=spf1 -all");
	assert_int_equal(count_of("a.example", DNS_TXT), 4);

	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	for (size_t i = 0; i < 600; i++)
		message_data(&message, SECTION_ANSWER, "a.example", DNS_A, 60,
			     i % 2 ? address_1 : address_2, 4);
	assert_int_equal(count_of("a.example", DNS_A), 2);

	message_begin(&message, MESSAGE_QR, "a.example", DNS_MX);
	for (size_t i = 0; i < 20; i++) {
		snprintf(host, sizeof(host), "m%zu.example", i % 10);
		message_mx(&message, "a.example", 10, i < 10 ? host : "M3.Example");
	}
	assert_int_equal(count_of("a.example", DNS_MX), 10);
	message_mx(&message, "a.example", 11, "m3.example");
	assert_int_equal(count_of("a.example", DNS_MX), 11);

	message_begin(&message, MESSAGE_QR, "a.example", DNS_PTR);
	message_target(&message, "a.example", DNS_PTR, 60, "h.example");
	message_target(&message, "a.example", DNS_PTR, 60, "H.example");
	message_target(&message, "a.example", DNS_PTR, 60, "h2.example");
	assert_int_equal(count_of("a.example", DNS_PTR), 2);
}

/* What cannot be followed counts nonetheless, and two such names need not be the same. */
static void answer_keeps_each_unusable_name(void **state)
{
	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_MX);
	message_mx(&message, "a.example", 10, "a b.example");
	message_mx(&message, "a.example", 10, "c d.example");
	assert_int_equal(count_of("a.example", DNS_MX), 2);
}

static void answer_passes_over_other_types_classes_and_owners(void **state)
{
	struct answer *answer;
	size_t class;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_txt(&message, "evil.example", "v=spf1 +all");
	message_data(&message, SECTION_ANSWER, "a.example", 46, 1, "signature", 9);
	message_txt(&message, "b.a.example", "v=spf1 +all");
	class = message.length + strlen("a.example") + 2 + 2;
	message_txt(&message, "a.example", "v=spf1 +all");
	message_set_u16(&message, class, 3);
	message_txt(&message, "a.example", "v=spf1 -all");
	answer = parse("a.example", DNS_TXT);
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->ttl, 300);
	assert_data_text(answer, 0, "v=spf1 -all");
	free(answer);

	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_txt(&message, "evil.example", "v=spf1 +all");
	assert_int_equal(parse_status("a.example", DNS_TXT), ANSWER_NODATA);
}

static void answer_does_not_take_records_of_other_sections(void **state)
{
	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	message_data(&message, SECTION_AUTHORITY, "a.example", DNS_A, 300, address_1, 4);
	message_data(&message, SECTION_ADDITIONAL, "a.example", DNS_A, 300, address_1, 4);
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_NODATA);
}

static void answer_depends_on_the_header(void **state)
{
	static const struct {
		unsigned flags;
		enum answer_status status;
	} rows[] = {
		{ MESSAGE_QR | 0x0180, ANSWER_OK },	 /* RD, RA */
		{ MESSAGE_QR | 0x0400, ANSWER_OK },	 /* AA */
		{ MESSAGE_QR | 0x0020, ANSWER_OK },	 /* AD */
		{ 0x0100, ANSWER_FAILURE },		 /* an echo of the question */
		{ MESSAGE_QR | 0x0800, ANSWER_FAILURE }, /* another opcode */
		{ MESSAGE_QR | MESSAGE_TC, ANSWER_FAILURE },
		{ MESSAGE_QR | 1, ANSWER_FAILURE },
		{ MESSAGE_QR | 2, ANSWER_FAILURE },
		{ MESSAGE_QR | 3, ANSWER_NXDOMAIN },
		{ MESSAGE_QR | 4, ANSWER_FAILURE },
		{ MESSAGE_QR | 5, ANSWER_FAILURE },
		{ MESSAGE_QR | 9, ANSWER_FAILURE },
		{ MESSAGE_QR | 15, ANSWER_FAILURE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		message_begin(&message, rows[i].flags, "a.example", DNS_A);
		message_data(&message, SECTION_ANSWER, "a.example", DNS_A, 300, address_1, 4);
		if (parse_status("a.example", DNS_A) != rows[i].status)
			fail_msg("flags %04x: want %s, got %s", rows[i].flags,
				 answer_status_name(rows[i].status),
				 answer_status_name(parse_status("a.example", DNS_A)));
	}
}

static void answer_needs_its_own_question(void **state)
{
	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	message_data(&message, SECTION_ANSWER, "a.example", DNS_A, 300, address_1, 4);
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_OK);
	assert_int_equal(parse_status("b.example", DNS_A), ANSWER_FAILURE);
	assert_int_equal(parse_status("a.example", DNS_AAAA), ANSWER_FAILURE);
	assert_int_equal(parse_status("", DNS_A), ANSWER_FAILURE);

	message_set_u16(&message, 4, 0); /* no question */
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_FAILURE);
	message_set_u16(&message, 4, 2);
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_FAILURE);
	message_set_u16(&message, 4, 1);
	message_set_u16(&message, MESSAGE_QUESTION + 11 + 2, 3); /* its class */
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_FAILURE);
}

static void answer_compares_labels_and_not_their_text(void **state)
{
	static const char dotted[] = "\3a.b\7example"; /* with the root label: its NUL */
	static const char odd[] = "\x01\\\xff \x7f.example";
	size_t start;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.b.example", DNS_A);
	message_bytes(&message, dotted, sizeof(dotted));
	start = message_record(&message, SECTION_ANSWER, DNS_A, 300);
	message_bytes(&message, address_1, 4);
	message_data_end(&message, start);
	assert_int_equal(parse_status("a.b.example", DNS_A), ANSWER_NODATA);

	message_begin(&message, MESSAGE_QR, odd, DNS_A);
	message_data(&message, SECTION_ANSWER, odd, DNS_A, 300, address_1, 4);
	assert_int_equal(parse_status(odd, DNS_A), ANSWER_OK);
}

/* ---- CNAME ---- */

static void answer_follows_the_chain_in_any_order(void **state)
{
	struct answer *answer;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_txt(&message, "c.example", "found");
	message_target(&message, "B.example", DNS_CNAME, 10, "c.Example");
	message_target(&message, "a.example", DNS_CNAME, 20, "b.example");
	message_target(&message, "x.example", DNS_CNAME, 1, "y.example");
	message_txt(&message, "y.example", "not ours");
	answer = parse("a.example", DNS_TXT);
	assert_int_equal(answer->count, 1);
	assert_data_text(answer, 0, "found");
	assert_int_equal(answer->ttl, 10);
	assert_true(answer->alias);
	free(answer);
}

static void answer_without_a_chain_is_no_alias(void **state)
{
	struct answer *answer;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_txt(&message, "a.example", "found");
	message_target(&message, "x.example", DNS_CNAME, 1, "y.example");
	answer = parse("a.example", DNS_TXT);
	assert_false(answer->alias);
	free(answer);
}

/* a0 -> a1 -> ... -> aN, and the record at aN. */
static void write_chain(unsigned links)
{
	char owner[32], target[32];

	message_begin(&message, MESSAGE_QR, "a0.example", DNS_A);
	for (unsigned i = 0; i < links; i++) {
		snprintf(owner, sizeof(owner), "a%u.example", i);
		snprintf(target, sizeof(target), "a%u.example", i + 1);
		message_target(&message, owner, DNS_CNAME, 300, target);
	}
	snprintf(owner, sizeof(owner), "a%u.example", links);
	message_data(&message, SECTION_ANSWER, owner, DNS_A, 300, address_1, 4);
}

static void answer_bounds_the_chain(void **state)
{
	(void)state;
	write_chain(ANSWER_CHAIN_MAX);
	assert_int_equal(parse_status("a0.example", DNS_A), ANSWER_OK);
	write_chain(ANSWER_CHAIN_MAX + 1);
	assert_int_equal(parse_status("a0.example", DNS_A), ANSWER_FAILURE);
}

static void answer_refuses_a_loop(void **state)
{
	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	message_target(&message, "a.example", DNS_CNAME, 300, "b.example");
	message_target(&message, "b.example", DNS_CNAME, 300, "A.example");
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_FAILURE);

	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	message_target(&message, "a.example", DNS_CNAME, 300, "a.example");
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_FAILURE);
}

static void answer_with_a_chain_alone_is_nodata(void **state)
{
	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	message_target(&message, "a.example", DNS_CNAME, 300, "b.example");
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_NODATA);

	message_begin(&message, MESSAGE_QR | 3, "a.example", DNS_A);
	message_target(&message, "a.example", DNS_CNAME, 300, "b.example");
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_NXDOMAIN);
}

/* ---- negative ---- */

static void add_soa(uint32_t ttl, uint32_t minimum)
{
	size_t start;

	message_name(&message, "example");
	start = message_record(&message, SECTION_AUTHORITY, DNS_SOA, ttl);
	message_name(&message, "ns.example");
	message_pointer(&message, MESSAGE_QUESTION);
	for (int i = 0; i < 4; i++)
		message_u32(&message, 1);
	message_u32(&message, minimum);
	message_data_end(&message, start);
}

static uint32_t negative_ttl(void)
{
	struct answer *answer = parse("a.example", DNS_A);
	uint32_t ttl = answer->ttl;

	assert_int_equal(answer->status, ANSWER_NXDOMAIN);
	free(answer);
	return ttl;
}

static void answer_takes_the_negative_ttl_from_the_soa(void **state)
{
	(void)state;
	message_begin(&message, MESSAGE_QR | 3, "a.example", DNS_A);
	assert_int_equal(negative_ttl(), 0);
	message_target(&message, "a.example", DNS_CNAME, 50, "b.example");
	message_data(&message, SECTION_AUTHORITY, "example", 2, 9, "\0", 1);
	add_soa(100, 200);
	assert_int_equal(negative_ttl(), 50);

	message_begin(&message, MESSAGE_QR | 3, "a.example", DNS_A);
	add_soa(100, 200);
	assert_int_equal(negative_ttl(), 100);
	message_begin(&message, MESSAGE_QR | 3, "a.example", DNS_A);
	add_soa(0x80000001, 20); /* RFC 2181 section 8 */
	assert_int_equal(negative_ttl(), 0);
	message_begin(&message, MESSAGE_QR | 3, "a.example", DNS_A);
	add_soa(100, 20);
	assert_int_equal(negative_ttl(), 20);
	message.length -= 3; /* the SOA is cut: the answer stands, its time does not */
	assert_int_equal(negative_ttl(), 0);
}

static void answer_heeds_the_upper_bits_of_the_rcode(void **state)
{
	size_t start;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	message_u8(&message, 0);
	start = message_record(&message, SECTION_ADDITIONAL, 41, 0x00008000);
	message_data_end(&message, start);
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_NODATA);
	message.data[start - 6] = 1; /* BADVERS */
	assert_int_equal(parse_status("a.example", DNS_A), ANSWER_FAILURE);
}

/* ---- data ---- */

static void answer_joins_the_strings_of_a_txt(void **state)
{
	struct answer *answer;
	size_t start;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_pointer(&message, MESSAGE_QUESTION);
	start = message_record(&message, SECTION_ANSWER, DNS_TXT, 300);
	message_bytes(&message, "\6v=spf1\0\3 -a\2l\0", 15);
	message_data_end(&message, start);
	message_pointer(&message, MESSAGE_QUESTION);
	start = message_record(&message, SECTION_ANSWER, DNS_TXT, 300);
	message_u8(&message, 0); /* one empty string */
	message_data_end(&message, start);
	message_pointer(&message, MESSAGE_QUESTION);
	message_data_end(&message, message_record(&message, SECTION_ANSWER, DNS_TXT, 300));
	answer = parse("a.example", DNS_TXT);
	assert_int_equal(answer->count, 3);
	assert_data(answer, 0, "v=spf1 -al\0", 11);
	assert_data(answer, 1, "", 0);
	assert_data(answer, 2, "", 0); /* no string at all */
	free(answer);
}

static void answer_joins_as_many_strings_as_a_record_holds(void **state)
{
	struct answer *answer;
	size_t start;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_pointer(&message, MESSAGE_QUESTION);
	start = message_record(&message, SECTION_ANSWER, DNS_TXT, 300);
	for (unsigned i = 0; i < 32000; i++) {
		message_u8(&message, 1);
		message_u8(&message, 'a' + i % 26);
	}
	message_data_end(&message, start);
	answer = parse("a.example", DNS_TXT);
	assert_int_equal(answer->records[0].data.length, 32000);
	for (unsigned i = 0; i < 32000; i++)
		assert_int_equal(answer->records[0].data.data[i], 'a' + i % 26);
	free(answer);
}

static void answer_refuses_data_of_the_wrong_size(void **state)
{
	static const struct {
		uint16_t type;
		const char *data;
		size_t length;
	} rows[] = {
		{ DNS_A, "123", 3 },
		{ DNS_A, "12345", 5 },
		{ DNS_A, "", 0 },
		{ DNS_AAAA, "123456789012345", 15 },
		{ DNS_AAAA, "12345678901234567", 17 },
		{ DNS_TXT, "\5abcd", 5 },
		{ DNS_TXT, "\1a\3bc", 5 },
		{ DNS_MX, "", 0 },
		{ DNS_MX, "\0\1", 2 },
		{ DNS_MX, "\0\1\1a", 4 },
		{ DNS_MX, "\0\1\1a\0x", 6 },
		{ DNS_PTR, "", 0 },
		{ DNS_PTR, "\1a", 2 },
		{ DNS_PTR, "\1a\0\0", 4 },
		{ DNS_PTR, "\100a\0", 3 },
		{ DNS_PTR, "\200a\0", 3 },
		{ DNS_PTR, "\300", 1 },
		{ DNS_PTR, "\377\377", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		message_begin(&message, MESSAGE_QR, "a.example", rows[i].type);
		message_data(&message, SECTION_ANSWER, "a.example", rows[i].type, 300, rows[i].data,
			     rows[i].length);
		/* Something behind it, so that the end of the message is not what is met. */
		message_data(&message, SECTION_ADDITIONAL, "a.example", 99, 1, "padding", 7);
		if (parse_status("a.example", rows[i].type) != ANSWER_FAILURE)
			fail_msg("row %zu: not refused", i);
	}
}

static void answer_sorts_mx_and_keeps_equals_in_order(void **state)
{
	struct answer *answer;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_MX);
	message_mx(&message, "a.example", 20, "c.example");
	message_mx(&message, "a.example", 10, "A.example");
	message_mx(&message, "a.example", 20, "d.example");
	message_mx(&message, "a.example", 10, "b.example");
	message_mx(&message, "a.example", 0, "");
	answer = parse("a.example", DNS_MX);
	assert_int_equal(answer->count, 5);
	assert_data_text(answer, 0, "");
	assert_data_text(answer, 1, "A.example");
	assert_data_text(answer, 2, "b.example");
	assert_data_text(answer, 3, "c.example");
	assert_data_text(answer, 4, "d.example");
	assert_int_equal(answer->records[0].preference, 0);
	assert_int_equal(answer->records[4].preference, 20);
	free(answer);
}

static void answer_keeps_odd_hosts_without_their_name(void **state)
{
	static const struct {
		const char *wire;
		size_t length;
	} rows[] = {
		{ "\3a.b\7example", 12 },    { "\3a\0b\7example", 12 },
		{ "\3a b\7example", 12 },    { "\3a\nb\7example", 12 },
		{ "\3a\377b\7example", 12 }, { "\3a;b\7example", 12 },
		{ "\3a\\b\7example", 12 },   { "\3a\"b\7example", 12 },
		{ "\3a@b\7example", 12 },    { "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answer *answer;
		size_t start;

		message_begin(&message, MESSAGE_QR, "a.example", DNS_PTR);
		message_pointer(&message, MESSAGE_QUESTION);
		start = message_record(&message, SECTION_ANSWER, DNS_PTR, 300);
		message_bytes(&message, rows[i].wire, rows[i].length);
		message_u8(&message, 0);
		message_data_end(&message, start);
		message_target(&message, "a.example", DNS_PTR, 300, "good_host-1.example");
		answer = parse("a.example", DNS_PTR);
		assert_int_equal(answer->count, 2);
		assert_data_text(answer, 0, "");
		assert_data_text(answer, 1, "good_host-1.example");
		free(answer);
	}
}

static void answer_keeps_no_more_than_can_be_used(void **state)
{
	static const struct {
		uint16_t type;
		const char *data;
		size_t length, kept;
		size_t differs; /* at two bytes */
	} rows[] = {
		{ DNS_A, "1234", 4, ANSWER_ADDRESSES_MAX, 0 },
		{ DNS_AAAA, "1234567890123456", 16, ANSWER_ADDRESSES_MAX, 14 },
		{ DNS_MX, "\0\1\1a\0", 5, ANSWER_MX_MAX, 0 },
		{ DNS_PTR, "\2ab\0", 4, ANSWER_PTR_MAX, 1 },
		{ DNS_TXT, "\2ab", 3, ANSWER_TXT_MAX, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answer *answer;

		message_begin(&message, MESSAGE_QR, "a.example", rows[i].type);
		for (unsigned n = 0; n < 1200; n++) {
			size_t start;

			message_pointer(&message, MESSAGE_QUESTION);
			start = message_record(&message, SECTION_ANSWER, rows[i].type, 1200 - n);
			message_bytes(&message, rows[i].data, rows[i].length);
			message.data[message.length - rows[i].length + rows[i].differs] =
				(uint8_t)('a' + n / 26);
			message.data[message.length - rows[i].length + rows[i].differs + 1] =
				(uint8_t)('a' + n % 26);
			message_data_end(&message, start);
		}
		answer = parse("a.example", rows[i].type);
		assert_int_equal(answer->count, rows[i].kept);
		/* What is not kept is not read. */
		assert_int_equal(answer->ttl, 1200 - rows[i].kept + 1);
		free(answer);
	}
}

/* ---- hostile ---- */

static void answer_cut_anywhere_is_refused_or_whole(void **state)
{
	size_t whole;

	(void)state;
	message_begin(&message, MESSAGE_QR, "a.example", DNS_MX);
	message_target(&message, "a.example", DNS_CNAME, 300, "b.example");
	message_mx(&message, "b.example", 10, "mx.example");
	whole = message.length;
	assert_int_equal(parse_status("a.example", DNS_MX), ANSWER_OK);
	while (message.length-- > 0)
		if (parse_status("a.example", DNS_MX) != ANSWER_FAILURE)
			fail_msg("cut at %zu of %zu: not refused", message.length, whole);
}

static void answer_refuses_pointers_that_do_not_lead_back(void **state)
{
	(void)state;
	for (size_t target = 0; target < 64; target++) {
		size_t owner, start;
		enum answer_status status;

		message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
		owner = message.length;
		message_pointer(&message, target);
		start = message_record(&message, SECTION_ANSWER, DNS_A, 300);
		message_bytes(&message, address_1, 4);
		message_data_end(&message, start);
		message_data(&message, SECTION_ADDITIONAL, "", 99, 1, "\0\0\0\0", 4);
		status = parse_status("a.example", DNS_A);
		if (target == MESSAGE_QUESTION)
			assert_int_equal(status, ANSWER_OK);
		else if (target < MESSAGE_QUESTION || target >= owner)
			assert_int_equal(status, ANSWER_FAILURE);
		else
			assert_int_not_equal(status, ANSWER_OK);
	}
}

static void answer_refuses_labels_of_other_kinds(void **state)
{
	(void)state;
	/* 01 and 10 in the upper bits: extended labels (RFC 6891 section 5) and nothing. */
	for (unsigned length = 64; length < 192; length++) {
		static const char label[192];

		message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
		message_u8(&message, length);
		message_bytes(&message, label, length);
		message_u8(&message, 0);
		message_data_end(&message, message_record(&message, SECTION_ANSWER, DNS_A, 1));
		assert_int_equal(parse_status("a.example", DNS_A), ANSWER_FAILURE);
	}
}

static void answer_refuses_names_that_are_too_long(void **state)
{
	char name[4 * 64 + 1];
	uint8_t label[64];

	(void)state;
	memset(label, 'x', sizeof(label));
	label[0] = 63;
	for (unsigned last = 61; last <= 62; last++) { /* 3 * 64 + 1 + last + 1 bytes */
		for (size_t i = 0; i < sizeof(name) - 1; i++)
			name[i] = i % 64 == 63 ? '.' : 'x';
		name[3 * 64 + last] = '\0';
		message_begin(&message, MESSAGE_QR, name, DNS_A);
		message_data(&message, SECTION_ANSWER, name, DNS_A, 300, address_1, 4);
		assert_int_equal(parse_status(name, DNS_A),
				 last == 61 ? ANSWER_OK : ANSWER_FAILURE);
	}

	/* Such a name is nobody's question. */
	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	assert_int_equal(parse_status(name, DNS_A), ANSWER_FAILURE);

	/* An owner of 255 bytes, then one of 256. */
	for (unsigned last = 61; last <= 62; last++) {
		message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
		for (unsigned i = 0; i < 3; i++)
			message_bytes(&message, label, sizeof(label));
		message_u8(&message, last);
		message_bytes(&message, label + 1, last);
		message_u8(&message, 0);
		message_data_end(&message, message_record(&message, SECTION_ANSWER, DNS_A, 1));
		assert_int_equal(parse_status("a.example", DNS_A),
				 last == 61 ? ANSWER_NODATA : ANSWER_FAILURE);
	}

	/* A label, then a pointer to a label, ... : each name is longer than the one before. */
	message_begin(&message, MESSAGE_QR, "a.example", DNS_A);
	for (unsigned i = 0, previous = MESSAGE_QUESTION; i < 4; i++) {
		size_t start;

		message_bytes(&message, label, sizeof(label));
		message_pointer(&message, previous);
		previous = (unsigned)message.length - 66;
		start = message_record(&message, SECTION_ANSWER, DNS_A, 1);
		message_data_end(&message, start);
		assert_int_equal(parse_status("a.example", DNS_A),
				 i < 3 ? ANSWER_NODATA : ANSWER_FAILURE);
	}
}

/* 64 kB in which every record's owner is at the end of a chain of pointers, by turns one of two. */
static void write_costly(unsigned pointers, bool by_turns)
{
	size_t start, target = MESSAGE_QUESTION, before = target;

	message_begin(&message, MESSAGE_QR, "a.example", DNS_TXT);
	message_pointer(&message, MESSAGE_QUESTION);
	start = message_record(&message, SECTION_ANSWER, 99, 300);
	for (unsigned i = 0; i < pointers; i++) {
		before = target;
		target = message.length;
		message_pointer(&message, before);
	}
	message_data_end(&message, start);
	for (unsigned i = 0; message.length + 16 < sizeof(message.data); i++) {
		message_pointer(&message, by_turns && i % 2 ? before : target);
		message_data_end(&message, message_record(&message, SECTION_ANSWER, DNS_TXT, 1));
	}
}

static void answer_bounds_what_a_message_can_cost(void **state)
{
	clock_t before = clock();

	(void)state;
	write_costly(100, false);
	assert_int_equal(parse_status("a.example", DNS_TXT), ANSWER_OK);
	write_costly(3, true);
	assert_int_equal(parse_status("a.example", DNS_TXT), ANSWER_OK);
	write_costly(100, true);
	assert_int_equal(parse_status("a.example", DNS_TXT), ANSWER_FAILURE);
	write_costly(8000, false);
	assert_int_equal(parse_status("a.example", DNS_TXT), ANSWER_FAILURE);
	/* Records that are promised and not there; past what can be kept nobody looks. */
	write_costly(100, false);
	message_set_u16(&message, 6, 65535);
	assert_int_equal(parse_status("a.example", DNS_TXT), ANSWER_OK);
	message.length = 8192;
	assert_int_equal(parse_status("a.example", DNS_TXT), ANSWER_FAILURE);
	/* Quadratic work would take minutes under a sanitizer. */
	assert_true((clock() - before) / CLOCKS_PER_SEC < 10);
}

static uint32_t random_step(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* What holds for every answer, whatever bytes it came from. */
static void assert_sound(const struct answer *answer)
{
	const char *start = (const char *)answer;

	assert_true((answer->status == ANSWER_OK) == (answer->count > 0));
	for (size_t i = 0; i < answer->count; i++) {
		struct span data = answer->records[i].data;

		assert_true(data.data >= start && data.length <= answer->bytes);
		assert_true((size_t)(data.data - start) <= answer->bytes - data.length);
	}
}

static void answer_of_damaged_messages_is_sound(void **state)
{
	static const uint16_t types[] = { DNS_A, DNS_MX, DNS_PTR, DNS_TXT };
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 40000; round++) {
		uint16_t type = types[round % 4];
		struct answer *answer;

		message_begin(&message, MESSAGE_QR, "a.example", type);
		message_target(&message, "a.example", DNS_CNAME, 300, "b.example");
		message_mx(&message, "b.example", 10, "mx.example");
		message_txt(&message, "b.example", "v=spf1 -all");
		message_target(&message, "b.example", DNS_PTR, 10, "host.example");
		message_data(&message, SECTION_ANSWER, "b.example", DNS_A, 300, address_1, 4);
		add_soa(100, 100);
		for (uint32_t n = random_step(&seed) % 4; n < 4; n++)
			message.data[random_step(&seed) % message.length] = (uint8_t)random_step(
				&seed);
		if (round % 3 == 0)
			message.length = random_step(&seed) % message.length;
		answer = parse("a.example", type);
		assert_sound(answer);
		free(answer);
	}
}

static void answer_build_copies_and_caps(void **state)
{
	struct answer_record records[ANSWER_MX_MAX + 1];
	char name[] = "mx.example";
	struct answer *answer;

	(void)state;
	for (size_t i = 0; i <= ANSWER_MX_MAX; i++)
		records[i] = (struct answer_record){ .preference = (uint16_t)(100 - i),
						     .data = { name, strlen(name) } };
	answer = answer_build(ANSWER_OK, DNS_MX, 7, records, ANSWER_MX_MAX + 1);
	memset(name, 'x', sizeof(name));
	assert_int_equal(answer->count, ANSWER_MX_MAX);
	assert_int_equal(answer->ttl, 7);
	assert_int_equal(answer->records[0].preference, 100 - (ANSWER_MX_MAX - 1));
	assert_data_text(answer, 0, "mx.example");
	assert_sound(answer);
	free(answer);
}

static void answer_words(void **state)
{
	(void)state;
	assert_string_equal(answer_status_name(ANSWER_OK), "ok");
	assert_string_equal(answer_status_name(ANSWER_NODATA), "nodata");
	assert_string_equal(answer_status_name(ANSWER_NXDOMAIN), "nxdomain");
	assert_string_equal(answer_status_name(ANSWER_FAILURE), "failure");
	assert_string_equal(dns_type_name(DNS_AAAA), "AAAA");
	assert_string_equal(dns_type_name(DNS_SPF), "SPF");
	assert_string_equal(dns_type_name(98), "TYPE?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_holds_the_records_and_the_smallest_ttl),
		cmocka_unit_test(answer_passes_over_other_types_classes_and_owners),
		cmocka_unit_test(answer_does_not_take_records_of_other_sections),
		cmocka_unit_test(answer_depends_on_the_header),
		cmocka_unit_test(answer_needs_its_own_question),
		cmocka_unit_test(answer_compares_labels_and_not_their_text),
		cmocka_unit_test(answer_follows_the_chain_in_any_order),
		cmocka_unit_test(answer_without_a_chain_is_no_alias),
		cmocka_unit_test(answer_bounds_the_chain),
		cmocka_unit_test(answer_refuses_a_loop),
		cmocka_unit_test(answer_with_a_chain_alone_is_nodata),
		cmocka_unit_test(answer_takes_the_negative_ttl_from_the_soa),
		cmocka_unit_test(answer_heeds_the_upper_bits_of_the_rcode),
		cmocka_unit_test(answer_joins_the_strings_of_a_txt),
		cmocka_unit_test(answer_joins_as_many_strings_as_a_record_holds),
		cmocka_unit_test(answer_refuses_data_of_the_wrong_size),
		cmocka_unit_test(answer_sorts_mx_and_keeps_equals_in_order),
		cmocka_unit_test(answer_keeps_odd_hosts_without_their_name),
		cmocka_unit_test(answer_keeps_no_more_than_can_be_used),
		cmocka_unit_test(answer_cut_anywhere_is_refused_or_whole),
		cmocka_unit_test(answer_refuses_pointers_that_do_not_lead_back),
		cmocka_unit_test(answer_refuses_labels_of_other_kinds),
		cmocka_unit_test(answer_refuses_names_that_are_too_long),
		cmocka_unit_test(answer_bounds_what_a_message_can_cost),
		cmocka_unit_test(answer_of_damaged_messages_is_sound),
		cmocka_unit_test(answer_has_equal_records_once),
		cmocka_unit_test(answer_keeps_each_unusable_name),
		cmocka_unit_test(answer_build_copies_and_caps),
		cmocka_unit_test(answer_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
