/* SPDX-License-Identifier: MIT */
#include "report/report_command.h"

#include "maillog/log_order.h"
#include "maillog/log_reader.h"
#include "maillog/log_record.h"
#include "report.h"

static int usage(const char *what, const char *value)
{
	fprintf(stderr, "report: %s: %s\n", what, value);
	return REPORT_EXIT_USAGE;
}

/* smtpd tells again what the service has told; fields are of another host's service, or of this log. */
static void add(void *sums, const struct logged_decision *decision, time_t time)
{
	if (decision->source == LOGGED_BY_SERVICE)
		sums_add(sums, decision, time);
}

static void add_warning(void *sums, struct span message)
{
	sums_add_warning(sums, message);
}

static void print(const struct report_options *options, const struct sums *sums, unsigned top,
		  FILE *out)
{
	struct page page;

	if (options->json) {
		report_json(sums, out);
		return;
	}
	page_init(&page, out, !options->no_color);
	report_page(sums, top, &page);
}

int report_command(const struct report_options *options, const struct config *config, FILE *out)
{
	struct log_reader reader = {
		.verb = "report",
		.ident = span_of(config->log_ident),
		.now = time(NULL),
		.decision = add,
		.warning = add_warning,
	};
	unsigned top = REPORT_TOP;
	struct sums *sums;
	int status = 0;

	if (options->files_count == 0)
		return usage("no log is named", "spfpolicyd report /var/log/mail.log");
	if (options->since && !log_record_time(span_of(options->since), reader.now, &reader.since))
		return usage("--since is no time (2026-11-23, \"2026-11-23 09:14\", 7d, 12h)",
			     options->since);
	if (options->top && (!span_number(span_of(options->top), &top) || top == 0))
		return usage("--top is no number of rows", options->top);
	log_order(options->files, options->files_count, reader.now);
	reader.arg = sums = sums_create();
	for (int i = 0; i < options->files_count; i++)
		if (!log_reader_read(&reader, options->files[i]))
			status = REPORT_EXIT_UNREADABLE;
	sums_finish(sums);
	print(options, sums, top, out);
	sums_destroy(sums);
	return status;
}
