/* SPDX-License-Identifier: MIT */
/*
 * The command line as data. Reads nothing but argv.
 */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "check/check_command.h"
#include "replay/replay_command.h"
#include "report/report_command.h"

enum command_verb {
	COMMAND_SERVE, /* no verb: the policy service */
	COMMAND_CHECK,
	COMMAND_CONFIG,
	COMMAND_REPORT,
	COMMAND_REPLAY,
	COMMAND_VERSION, /* -V */
	COMMAND_HELP,	 /* -h */
};

enum {
	COMMAND_SETTINGS_MAX = 256, /* -o options */
	COMMAND_EXIT_USAGE = CHECK_EXIT_USAGE,
};

struct command_line {
	enum command_verb verb;
	const char *config_file;		    /* -c; NULL */
	const char *settings[COMMAND_SETTINGS_MAX]; /* -o, in order */
	size_t settings_count;
	const char *zone_file; /* --zone; NULL */
	bool all;	       /* config --all */
	bool self_test;	       /* config --self-test */
	struct check_options check;
	struct report_options report;
	struct replay_options replay;
};

/*
 * Options are accepted before and after the verb. Returns false with one line in error when the usage
 * is wrong; line->check.domain is right also then. The strings are argv's.
 */
bool command_line_parse(int argc, char **argv, struct command_line *line, char *error, size_t size);

/* Fits one screen. */
extern const char command_line_help[];

#endif
