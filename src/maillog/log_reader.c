/* SPDX-License-Identifier: MIT */
#include "maillog/log_reader.h"

#include <stdio.h>

#include "bare_results.h"
#include "base/text.h"
#include "log_file.h"
#include "maillog/log_record.h"

/* A header field whose end is not known before the next line. */
struct field {
	char storage[8192];
	struct text text;
	bool seen;  /* in this message */
	bool below; /* what comes now was written by hosts that had the message before */
};

/* What a service or smtpd wrote last. */
struct last {
	char ident[64], message[8192];
	size_t ident_length, message_length; /* 0 = nothing */
};

struct reading {
	const struct log_reader *reader;
	struct field field;
	struct last last;
	struct bare_results bare;
	bool lines, known; /* there were some; one was of a log or a message */
};

static bool is_stopped(const struct log_reader *reader)
{
	return reader->stop && *reader->stop;
}

static void hand_on(void *arg, const struct logged_decision *decision, time_t time)
{
	const struct log_reader *reader = ((struct reading *)arg)->reader;

	reader->decision(reader->arg, decision, time);
}

/* ---- lines of logs ---- */

/* The last part of "postfix/policyd-spf". */
static struct span service_name(struct span ident)
{
	struct span before, name;

	return span_split_last(ident, '/', &before, &name) ? name : ident;
}

static bool is_service(const struct log_reader *reader, struct span ident)
{
	static const char *const names[] = { "policyd-spf", "policy-spf", "spfpolicyd" };
	struct span name = service_name(ident);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_is(name, names[i]))
			return true;
	return span_equal(ident, reader->ident);
}

static bool is_warning(struct span message)
{
	return span_starts_with(message, "warning: ") || span_starts_with(message, "error: ") ||
	       span_starts_with(message, "fatal: ");
}

static void take_decision(struct reading *reading, struct logged_decision *decision, time_t time)
{
	bare_results_settle(&reading->bare, decision);
	hand_on(reading, decision, time);
}

static void read_message(struct reading *reading, const struct log_record *record,
			 struct arena *arena)
{
	const struct log_reader *reader = reading->reader;
	struct logged_decision decision;

	if (!is_service(reader, record->ident)) {
		if (logged_rejection_parse(record->message, arena, &decision))
			take_decision(reading, &decision, record->time);
	} else if (is_warning(record->message)) {
		if (reader->warning)
			reader->warning(reader->arg, record->message);
	} else if (logged_decision_parse(record->message, arena, &decision)) {
		take_decision(reading, &decision, record->time);
	} else if (logged_result_parse(record->message, arena, &decision)) {
		bare_results_add(&reading->bare, &decision, record->time, hand_on, reading);
	}
}

static void remember(struct last *last, const struct log_record *record)
{
	last->message_length = 0;
	if (record->ident.length > sizeof(last->ident) ||
	    record->message.length > sizeof(last->message))
		return;
	memcpy(last->ident, record->ident.data, record->ident.length);
	memcpy(last->message, record->message.data, record->message.length);
	last->ident_length = record->ident.length;
	last->message_length = record->message.length;
}

static void read_record(struct reading *reading, struct log_record *record)
{
	struct last *last = &reading->last;

	if (record->ident.length == 0) {
		record->ident = (struct span){ last->ident, last->ident_length };
		record->message = (struct span){ last->message, last->message_length };
	} else if (is_service(reading->reader, record->ident) ||
		   span_is(service_name(record->ident), "smtpd")) {
		remember(last, record);
	} else {
		last->message_length = 0;
		return;
	}
	if (record->message.length == 0 || record->time < reading->reader->since)
		return;
	for (unsigned i = 0; i < record->times && !is_stopped(reading->reader); i++) {
		struct arena *arena = arena_create();

		read_message(reading, record, arena);
		arena_destroy(arena);
	}
}

/* ---- header fields ---- */

static void end_field(struct reading *reading)
{
	struct field *field = &reading->field;
	struct logged_decision decision;
	struct arena *arena;

	if (field->text.length == 0)
		return;
	arena = arena_create();
	if (!field->text.overflow && logged_field_parse(text_span(&field->text), arena, &decision))
		hand_on(reading, &decision, reading->reader->now);
	arena_destroy(arena);
	text_reset(&field->text);
	field->seen = true;
}

/* Hosts on a message's way write their fields above those that are there. The first Received-SPF is of the last host
 * that checks. Others may follow it, but not behind the Received of the hop that it tells of. */
static void follow_message(struct reading *reading, struct span line)
{
	struct field *field = &reading->field;

	reading->lines = reading->lines || line.length > 0;
	reading->known = reading->known || span_starts_with_nocase(line, "received") ||
			 span_starts_with_nocase(line, "return-path:");
	if (span_starts_with(line, "From ") || span_starts_with_nocase(line, "return-path:"))
		field->seen = field->below = false;
	else if (field->seen && span_starts_with_nocase(line, "received:"))
		field->below = true;
}

/* True when the line belongs to a field. */
static bool read_field_line(struct reading *reading, struct span line)
{
	struct field *field = &reading->field;
	bool folded = line.length > 0 && (line.data[0] == ' ' || line.data[0] == '\t');

	if (!folded) {
		end_field(reading);
		follow_message(reading, line);
	}
	if (folded ? field->text.length == 0 :
		     field->below || !span_starts_with_nocase(line, "received-spf: "))
		return false;
	if (folded) {
		text_char(&field->text, ' ');
	} else {
		text_string(&field->text, "Received-SPF: ");
		line = span_skip(line, sizeof("Received-SPF: ") - 1);
	}
	text_add(&field->text, span_trim(line, " \t\r"));
	return true;
}

/* ---- files ---- */

static void read_line(struct reading *reading, struct span line)
{
	struct log_record record;
	struct arena *arena;

	if (read_field_line(reading, line))
		return;
	arena = arena_create();
	if (log_record_parse(line, reading->reader->now, arena, &record)) {
		reading->known = true;
		read_record(reading, &record);
	}
	arena_destroy(arena);
}

bool log_reader_read(const struct log_reader *reader, const char *path)
{
	char error[512];
	struct log_file *log = log_file_open(path, error, sizeof(error));
	struct reading reading = { .reader = reader };
	struct span line;

	if (!log) {
		fprintf(stderr, "%s: %s\n", reader->verb, error);
		return false;
	}
	text_init(&reading.field.text, reading.field.storage, sizeof(reading.field.storage));
	while (!is_stopped(reader) && log_file_line(log, &line))
		read_line(&reading, line);
	end_field(&reading);
	bare_results_end(&reading.bare, hand_on, &reading);
	if (reading.lines && !reading.known)
		fprintf(stderr,
			"%s: %s: no line of a mail log that is known here: syslog's, or journalctl -o json\n",
			reader->verb, path);
	if (log_file_left_out(log) > 0)
		fprintf(stderr, "%s: %s: lines of more than %d bytes left out: %lu\n", reader->verb,
			path, LOG_FILE_LINE_MAX, log_file_left_out(log));
	if (log_file_close(log, error, sizeof(error)) || (reader->stop && *reader->stop))
		return true;
	fprintf(stderr, "%s: %s: %s\n", reader->verb, path, error);
	return false;
}
