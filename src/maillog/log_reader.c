/* SPDX-License-Identifier: MIT */
#include "maillog/log_reader.h"

#include <stdio.h>

#include "base/text.h"
#include "log_file.h"
#include "maillog/log_record.h"

/* A header field whose end is not known before the next line. */
struct field {
	char storage[8192];
	struct text text;
};

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

static void read_record(const struct log_reader *reader, const struct log_record *record,
			struct arena *arena)
{
	struct logged_decision decision;

	if (record->time < reader->since)
		return;
	if (is_service(reader, record->ident)) {
		if (!is_warning(record->message)) {
			if (logged_decision_parse(record->message, arena, &decision))
				reader->decision(reader->arg, &decision, record->time);
		} else if (reader->warning) {
			reader->warning(reader->arg, record->message);
		}
	} else if (span_is(service_name(record->ident), "smtpd") &&
		   logged_rejection_parse(record->message, arena, &decision)) {
		reader->decision(reader->arg, &decision, record->time);
	}
}

/* ---- header fields ---- */

static void end_field(const struct log_reader *reader, struct field *field)
{
	struct logged_decision decision;
	struct arena *arena;

	if (field->text.length == 0)
		return;
	arena = arena_create();
	if (!field->text.overflow && logged_field_parse(text_span(&field->text), arena, &decision))
		reader->decision(reader->arg, &decision, reader->now);
	arena_destroy(arena);
	text_reset(&field->text);
}

/* True when the line belongs to a field. */
static bool read_field_line(const struct log_reader *reader, struct field *field, struct span line)
{
	bool folded = line.length > 0 && (line.data[0] == ' ' || line.data[0] == '\t');

	if (!folded)
		end_field(reader, field);
	if (folded ? field->text.length == 0 : !span_starts_with_nocase(line, "received-spf: "))
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

static void read_line(const struct log_reader *reader, struct field *field, struct span line)
{
	struct log_record record;
	struct arena *arena;

	if (read_field_line(reader, field, line))
		return;
	arena = arena_create();
	if (log_record_parse(line, reader->now, arena, &record))
		read_record(reader, &record, arena);
	arena_destroy(arena);
}

bool log_reader_read(const struct log_reader *reader, const char *path)
{
	char error[512];
	struct log_file *log = log_file_open(path, error, sizeof(error));
	struct field field;
	struct span line;

	if (!log) {
		fprintf(stderr, "%s: %s\n", reader->verb, error);
		return false;
	}
	text_init(&field.text, field.storage, sizeof(field.storage));
	while (!(reader->stop && *reader->stop) && log_file_line(log, &line))
		read_line(reader, &field, line);
	end_field(reader, &field);
	if (log_file_left_out(log) > 0)
		fprintf(stderr, "%s: %s: lines of more than %d bytes left out: %lu\n", reader->verb,
			path, LOG_FILE_LINE_MAX, log_file_left_out(log));
	if (log_file_close(log, error, sizeof(error)) || (reader->stop && *reader->stop))
		return true;
	fprintf(stderr, "%s: %s: %s\n", reader->verb, path, error);
	return false;
}
