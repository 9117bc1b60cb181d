/* SPDX-License-Identifier: MIT */
#include "replay/replay_command.h"

#include <errno.h>
#include <unistd.h>

#include "changes.h"
#include "judge.h"
#include "maillog/log_order.h"
#include "maillog/log_reader.h"
#include "maillog/log_record.h"
#include "pending.h"

struct replay {
	struct judge judge;
	struct cases cases;
	struct changes changes;
	struct pending pending;
	struct said said;
	unsigned long untold; /* judged then, but the line tells no client */
	bool failed;
};

static volatile sig_atomic_t stopped;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/* ---- collecting and judging ---- */

static void judge_collected(struct replay *replay)
{
	size_t count;
	struct replay_case **list = cases_list(&replay->cases, &count);
	struct verdict *verdicts = judge_cases(&replay->judge, list, count);

	if (!verdicts) {
		fprintf(stderr, "replay: cannot judge: %s\n", strerror(errno));
		replay->failed = true;
	}
	for (size_t i = 0; i < count; i++)
		changes_add(&replay->changes, list[i],
			    verdicts && verdicts[i].done ? &verdicts[i].now : NULL);
	judge_release(verdicts, count);
	cases_release(&replay->cases);
	cases_init(&replay->cases);
}

static void take(void *arg, const struct logged_decision *decision)
{
	struct replay *replay = arg;

	if (cases_add(&replay->cases, decision))
		return;
	judge_collected(replay);
	cases_add(&replay->cases, decision);
}

static void read_decision(void *arg, const struct logged_decision *decision, time_t time)
{
	struct replay *replay = arg;

	(void)time;
	if (decision->envelope.client.family != AF_UNSPEC)
		pending_add(&replay->pending, decision, take, replay);
	else if (decision->judged)
		replay->untold++;
}

/* ---- the verb ---- */

static int usage(const char *what, const char *value)
{
	fprintf(stderr, "replay: %s: %s\n", what, value);
	return REPLAY_EXIT_FAILED;
}

static bool read_number(const char *text, unsigned max, unsigned *number)
{
	return !text || (span_number(span_of(text), number) && *number > 0 && *number <= max);
}

static void print(const struct replay_options *options, const struct replay *replay, unsigned top,
		  FILE *out)
{
	struct page page;

	if (replay->cases.too_long > 0)
		fprintf(stderr, "replay: messages with names that are too long left out: %lu\n",
			replay->cases.too_long);
	if (replay->untold > 0)
		fprintf(stderr, "replay: decisions whose lines tell no client left out: %lu\n",
			replay->untold);
	if (stopped)
		fputs("replay: interrupted: this is what is known so far\n", stderr);
	if (options->json) {
		changes_json(&replay->changes, out);
		return;
	}
	page_init(&page, out, !options->no_color);
	changes_page(&replay->changes, top, &page);
}

static int run(struct replay *replay, const struct replay_options *options,
	       struct log_reader *reader, unsigned top, FILE *out)
{
	const struct sigaction interrupt = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &interrupt, NULL);
	cases_init(&replay->cases);
	changes_init(&replay->changes);
	for (int i = 0; i < options->files_count && !stopped; i++)
		if (!log_reader_read(reader, options->files[i]))
			replay->failed = true;
	pending_end(&replay->pending, take, replay);
	judge_collected(replay);
	print(options, replay, top, out);
	cases_release(&replay->cases);
	if (replay->failed)
		return REPLAY_EXIT_FAILED;
	return replay->changes.losses > 0 ? REPLAY_EXIT_LOSS : 0;
}

int replay_command(const struct replay_options *options, const struct config *config,
		   replay_policy create, void *arg, FILE *out)
{
	static struct replay replay;
	unsigned top = REPLAY_TOP;
	int status;
	struct log_reader reader = {
		.verb = "replay",
		.ident = span_of(config->log_ident),
		.now = time(NULL),
		.stop = &stopped,
		.decision = read_decision,
		.arg = &replay,
	};

	replay.judge = (struct judge){
		.config = config,
		.create = create,
		.arg = arg,
		.jobs = REPLAY_JOBS,
		.stop = &stopped,
		.said = &replay.said,
		.progress = isatty(STDERR_FILENO),
	};
	if (options->files_count == 0)
		return usage("no log is named", "spfpolicyd replay /var/log/mail.log");
	if (options->since && !log_record_time(span_of(options->since), reader.now, &reader.since))
		return usage("--since is no time (2026-11-23, \"2026-11-23 09:14\", 7d, 12h)",
			     options->since);
	if (!read_number(options->top, ~0U, &top))
		return usage("--top is no number of rows", options->top);
	if (!read_number(options->jobs, JUDGE_JOBS_MAX, &replay.judge.jobs))
		return usage("--jobs is no number from 1 to 128", options->jobs);
	log_order(options->files, options->files_count, reader.now);
	status = run(&replay, options, &reader, top, out);
	changes_release(&replay.changes);
	said_release(&replay.said);
	return status;
}
