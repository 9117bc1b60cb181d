/* SPDX-License-Identifier: MIT */
/* From a request to an envelope: what is taken over, the stage, and what is logged as odd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/log.h"
#include "postfix/request.h"

#define MAIL                                                                  \
	"client_address=192.0.2.1\nhelo_name=h.example\nsender=a@b.example\n" \
	"recipient=r@d.example\ninstance=12.3\nqueue_id=8045F2AB23\nsasl_username=joe\n"

static struct request request;
static struct config config;
static struct envelope envelope;
static const char *logged;

void __wrap_log_message(enum log_level level, const char *format, ...);

void __wrap_log_message(enum log_level level, const char *format, ...)
{
	assert_int_equal(level, LOG_LEVEL_WARNING);
	assert_null(logged);
	logged = format;
}

static bool read_block(const char *block)
{
	logged = NULL;
	request_reset(&request);
	request_push(&request, block, strlen(block));
	assert_int_equal(request.status, REQUEST_READY);
	return request_envelope(&request, &config, &envelope);
}

static void attributes_become_the_envelope(void **state)
{
	(void)state;
	assert_true(read_block("request=smtpd_access_policy\nprotocol_state=RCPT\n" MAIL "\n"));
	assert_null(logged);
	assert_int_equal(envelope.stage, ENVELOPE_SENDER_KNOWN);
	assert_int_equal(envelope.client.family, AF_INET);
	assert_true(span_is(envelope.client_text, "192.0.2.1"));
	assert_true(span_is(envelope.helo, "h.example"));
	assert_true(span_is(envelope.sender, "a@b.example"));
	assert_true(span_is(envelope.recipient, "r@d.example"));
	assert_true(span_is(envelope.instance, "12.3"));
	assert_true(span_is(envelope.queue_id, "8045F2AB23"));
	assert_true(span_is(envelope.login, "joe"));
	assert_string_equal(envelope.domains[SPF_HELO], "h.example");
	assert_string_equal(envelope.domains[SPF_MAILFROM], "b.example");
}

static void absent_attributes_are_empty(void **state)
{
	(void)state;
	assert_true(read_block("request=smtpd_access_policy\n\n"));
	assert_null(logged);
	assert_int_equal(envelope.stage, ENVELOPE_SENDER_KNOWN);
	assert_int_equal(envelope.client.family, AF_UNSPEC);
	assert_int_equal(envelope.sender.length + envelope.helo.length + envelope.recipient.length +
				 envelope.instance.length + envelope.queue_id.length +
				 envelope.login.length,
			 0);
	assert_non_null(envelope.sender.data);
}

static void protocol_states_are_stages(void **state)
{
	static const struct {
		const char *state;
		enum envelope_stage stage;
	} rows[] = {
		{ "CONNECT", ENVELOPE_SENDER_UNKNOWN },
		{ "EHLO", ENVELOPE_SENDER_UNKNOWN },
		{ "HELO", ENVELOPE_SENDER_UNKNOWN },
		{ "VRFY", ENVELOPE_SENDER_UNKNOWN },
		{ "ETRN", ENVELOPE_SENDER_UNKNOWN },
		{ "MAIL", ENVELOPE_SENDER_KNOWN },
		{ "rcpt", ENVELOPE_SENDER_KNOWN },
		{ "DATA", ENVELOPE_SENDER_KNOWN },
		{ "BDAT", ENVELOPE_SENDER_KNOWN },
		{ "END-OF-MESSAGE", ENVELOPE_WHOLE_MESSAGE },
		{ "", ENVELOPE_SENDER_KNOWN },
		{ "RCPTX", ENVELOPE_SENDER_UNKNOWN },
	};
	char block[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(block, sizeof(block),
			 "request=smtpd_access_policy\nprotocol_state=%s\n" MAIL "\n",
			 rows[i].state);
		assert_true(read_block(block));
		assert_int_equal(envelope.stage, rows[i].stage);
		assert_null(logged);
	}
}

static void odd_requests_are_logged(void **state)
{
	(void)state;
	assert_false(read_block(MAIL "\n"));
	assert_string_equal(logged, "request: no request= attribute");
	assert_true(read_block("request=junk\nclient_address=junk\n\n"));
	assert_string_equal(logged, "request: unknown type, answered dunno");
	assert_int_equal(envelope.stage, ENVELOPE_UNKNOWN_TYPE);
	assert_true(read_block("request=smtpd_access_policy\nclient_address=junk\n\n"));
	assert_string_equal(logged, "request: client_address is no IP address");
	assert_true(read_block("request=smtpd_access_policy\nclient_address=unknown\n\n"));
	assert_null(logged);
	assert_true(address_parse(span_of("192.0.2.9"), &config.prospective));
	assert_true(read_block("request=smtpd_access_policy\nclient_address=junk\n\n"));
	assert_null(logged);
	assert_true(address_equal(&envelope.client, &config.prospective));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_become_the_envelope),
		cmocka_unit_test(absent_attributes_are_empty),
		cmocka_unit_test(protocol_states_are_stages),
		cmocka_unit_test(odd_requests_are_logged),
	};

	return cmocka_run_group_tests_name("request_envelope", tests, NULL, NULL);
}
