/* SPDX-License-Identifier: MIT */
#include "report/report_command.h"

#include "maillog/log_file.h"
#include "maillog/log_record.h"
#include "report.h"

struct reading {
	struct sums *sums;
	struct span ident; /* ours */
	time_t now, since;
};

static int usage(const char *what, const char *value)
{
	fprintf(stderr, "report: %s: %s\n", what, value);
	return REPORT_EXIT_USAGE;
}

/* Is it the log name of a service that checks SPF: "postfix/policyd-spf" too? */
static bool is_service(const struct reading *reading, struct span ident)
{
	struct span rest = ident, before, name = ident;

	if (span_equal(ident, reading->ident))
		return true;
	if (span_split_last(rest, '/', &before, &rest))
		name = rest;
	return span_is(name, "policyd-spf") || span_is(name, "policy-spf") ||
	       span_is(name, "spfpolicyd");
}

static bool is_warning(struct span message)
{
	return span_starts_with(message, "warning: ") || span_starts_with(message, "error: ") ||
	       span_starts_with(message, "fatal: ");
}

static void read_line(struct reading *reading, struct span line, struct arena *arena)
{
	struct logged_decision decision;
	struct log_record record;

	if (!log_record_parse(line, reading->now, arena, &record) ||
	    !is_service(reading, record.ident) || record.time < reading->since)
		return;
	if (is_warning(record.message))
		sums_add_warning(reading->sums, record.message);
	else if (logged_decision_parse(record.message, arena, &decision))
		sums_add(reading->sums, &decision, record.time);
}

static bool read_log(struct reading *reading, const char *path)
{
	char error[512];
	struct log_file *log = log_file_open(path, error, sizeof(error));
	struct span line;

	if (!log) {
		fprintf(stderr, "report: %s\n", error);
		return false;
	}
	while (log_file_line(log, &line)) {
		struct arena *arena = arena_create();

		read_line(reading, line, arena);
		arena_destroy(arena);
	}
	if (log_file_left_out(log) > 0)
		fprintf(stderr, "report: %s: lines of more than %d bytes left out: %lu\n", path,
			LOG_FILE_LINE_MAX, log_file_left_out(log));
	if (log_file_close(log, error, sizeof(error)))
		return true;
	fprintf(stderr, "report: %s: %s\n", path, error);
	return false;
}

int report_command(const struct report_options *options, const struct config *config, FILE *out)
{
	struct reading reading = { .ident = span_of(config->log_ident), .now = time(NULL) };
	unsigned top = REPORT_TOP;
	struct page page;
	int status = 0;

	if (options->files_count == 0)
		return usage("no log is named", "spfpolicyd report /var/log/mail.log");
	if (options->since &&
	    !log_record_time(span_of(options->since), reading.now, &reading.since))
		return usage("--since is no time (2026-11-23, \"2026-11-23 09:14\", 7d, 12h)",
			     options->since);
	if (options->top && (!span_number(span_of(options->top), &top) || top == 0))
		return usage("--top is no number of rows", options->top);
	reading.sums = sums_create();
	for (int i = 0; i < options->files_count; i++)
		if (!read_log(&reading, options->files[i]))
			status = REPORT_EXIT_UNREADABLE;
	sums_finish(reading.sums);
	if (options->json) {
		report_json(reading.sums, out);
	} else {
		page_init(&page, out, !options->no_color);
		report_page(reading.sums, top, &page);
	}
	sums_destroy(reading.sums);
	return status;
}
