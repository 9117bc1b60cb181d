/* SPDX-License-Identifier: MIT */
#include "command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

const char command_line_help[] =
	"usage: spfpolicyd [-c FILE] [-o 'Name = value']... [--zone FILE]\n"
	"       spfpolicyd check --ip ADDRESS [--helo NAME] [--from SENDER]\n"
	"                        [--to RECIPIENT] [--record TEXT] [--zone FILE]\n"
	"                        [--json] [--no-color]\n"
	"       spfpolicyd check 'LOG LINE'\n"
	"       spfpolicyd check --domain DOMAIN [--record TEXT [--diff]] [--zone FILE]\n"
	"                        [--json] [--no-color]\n"
	"       spfpolicyd config [--all] [--self-test]\n"
	"       spfpolicyd report [--since TIME] [--top ROWS] [--json] [--no-color]\n"
	"                         LOG...\n"
	"       spfpolicyd replay [--since TIME] [--jobs NUMBER] [--top ROWS]\n"
	"                         [--zone FILE] [--json] [--no-color] LOG...\n"
	"       spfpolicyd -V | -h\n"
	"\n"
	"Without a verb: the policy service for Postfix on standard input and output.\n"
	"check   judges one message and shows how: verdicts, action, header, evaluation\n"
	"config  checks the configuration and prints the settings in effect\n"
	"report  sums up what mail logs hold of SPF; gzip, xz and zstd are unpacked\n"
	"replay  judges the mail in logs again: what would change under these settings\n"
	"\n"
	"  -c, --config FILE    the configuration; by default, if it exists,\n"
	"                       " SYSCONFDIR "/spfpolicyd/spfpolicyd.conf\n"
	"  -o 'Name = value'    one setting; comes after the file, the last one wins\n"
	"      --zone FILE      answers from a master file in place of DNS\n"
	"      --ip ADDRESS     the client\n"
	"      --helo NAME      its HELO name\n"
	"      --from SENDER    the envelope sender; '' or <> is the null sender\n"
	"      --to RECIPIENT   for settings per recipient\n"
	"      --record TEXT    judge as if the sender's domain published this record\n"
	"      --domain DOMAIN  its record for every client; --diff: with --record\n"
	"      --json           the same as JSON\n"
	"      --no-color       plain text on a terminal\n"
	"      --since TIME     leave out what is older: 2026-11-23 09:14, 7d, 12h\n"
	"      --top ROWS       rows of each list (report: 5, replay: 10)\n"
	"      --jobs NUMBER    messages judged at the same time (16)\n"
	"      --all            also the defaults; --self-test: try DNS, log, confinement\n"
	"  -V, --version        the version, those of the libraries, the build\n"
	"  -h, --help           this text\n"
	"\n"
	"Manuals: spfpolicyd(8), spfpolicyd.conf(5)\n";

enum {
	OPTION_ZONE = 256,
	OPTION_ALL,
	OPTION_SELF_TEST,
	OPTION_IP,
	OPTION_HELO,
	OPTION_FROM,
	OPTION_TO,
	OPTION_RECORD,
	OPTION_DOMAIN,
	OPTION_DIFF,
	OPTION_JSON,
	OPTION_NO_COLOR,
	OPTION_SINCE,
	OPTION_TOP,
	OPTION_JOBS,
};

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "zone", required_argument, NULL, OPTION_ZONE },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "self-test", no_argument, NULL, OPTION_SELF_TEST },
	{ "ip", required_argument, NULL, OPTION_IP },
	{ "helo", required_argument, NULL, OPTION_HELO },
	{ "from", required_argument, NULL, OPTION_FROM },
	{ "to", required_argument, NULL, OPTION_TO },
	{ "record", required_argument, NULL, OPTION_RECORD },
	{ "domain", required_argument, NULL, OPTION_DOMAIN },
	{ "diff", no_argument, NULL, OPTION_DIFF },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "no-color", no_argument, NULL, OPTION_NO_COLOR },
	{ "since", required_argument, NULL, OPTION_SINCE },
	{ "top", required_argument, NULL, OPTION_TOP },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ NULL, 0, NULL, 0 },
};

static unsigned bit(enum command_verb verb)
{
	return 1U << verb;
}

/* The verbs that an option belongs to. */
static unsigned owners(int option)
{
	switch (option) {
	case OPTION_ALL:
	case OPTION_SELF_TEST: return bit(COMMAND_CONFIG);
	case OPTION_JOBS: return bit(COMMAND_REPLAY);
	case OPTION_SINCE:
	case OPTION_TOP: return bit(COMMAND_REPORT) | bit(COMMAND_REPLAY);
	case OPTION_IP:
	case OPTION_HELO:
	case OPTION_FROM:
	case OPTION_TO:
	case OPTION_RECORD:
	case OPTION_DOMAIN:
	case OPTION_DIFF: return bit(COMMAND_CHECK);
	case OPTION_JSON:
	case OPTION_NO_COLOR: return bit(COMMAND_CHECK) | bit(COMMAND_REPORT) | bit(COMMAND_REPLAY);
	default: return ~0U;
	}
}

static bool take_setting(struct command_line *line, char *error, size_t size)
{
	if (line->settings_count == COMMAND_SETTINGS_MAX) {
		snprintf(error, size, "too many -o options (%d at most)", COMMAND_SETTINGS_MAX);
		return false;
	}
	line->settings[line->settings_count++] = optarg;
	return true;
}

static void take_option(struct command_line *line, int option)
{
	switch (option) {
	case 'c': line->config_file = optarg; break;
	case 'V': line->verb = COMMAND_VERSION; break;
	case 'h': line->verb = COMMAND_HELP; break;
	case OPTION_ZONE: line->zone_file = optarg; break;
	case OPTION_ALL: line->all = true; break;
	case OPTION_SELF_TEST: line->self_test = true; break;
	case OPTION_IP: line->check.envelope.client_text = span_of(optarg); break;
	case OPTION_HELO: line->check.envelope.helo = span_of(optarg); break;
	case OPTION_FROM: line->check.envelope.sender = span_of(optarg); break;
	case OPTION_TO: line->check.envelope.recipient = span_of(optarg); break;
	case OPTION_RECORD: line->check.record = optarg; break;
	case OPTION_DOMAIN: line->check.domain = optarg; break;
	case OPTION_DIFF: line->check.diff = true; break;
	case OPTION_JSON: line->check.json = line->report.json = line->replay.json = true; break;
	case OPTION_NO_COLOR:
		line->check.no_color = line->report.no_color = line->replay.no_color = true;
		break;
	case OPTION_SINCE: line->report.since = line->replay.since = optarg; break;
	case OPTION_TOP: line->report.top = line->replay.top = optarg; break;
	case OPTION_JOBS: line->replay.jobs = optarg; break;
	default: break;
	}
}

static const struct {
	const char *name;
	enum command_verb verb;
} verbs[] = {
	{ "check", COMMAND_CHECK },
	{ "config", COMMAND_CONFIG },
	{ "report", COMMAND_REPORT },
	{ "replay", COMMAND_REPLAY },
};
enum { VERBS = sizeof(verbs) / sizeof(*verbs) };

static bool no_more(int argc, char **argv, char *error, size_t size)
{
	if (optind < argc)
		snprintf(error, size, "unexpected argument \"%.100s\"", argv[optind]);
	return optind == argc;
}

static bool take_verb(struct command_line *line, int argc, char **argv, char *error, size_t size)
{
	size_t i = 0;

	if (optind == argc)
		return true;
	while (i < VERBS && strcmp(argv[optind], verbs[i].name) != 0)
		i++;
	/* policyd-spf's own way to be called. */
	if (i == VERBS && strchr(argv[optind], '/') && !line->config_file) {
		line->config_file = argv[optind++];
		return no_more(argc, argv, error, size);
	}
	if (i == VERBS) {
		snprintf(error, size, "unknown verb \"%.100s\": check, config, report or replay",
			 argv[optind]);
		return false;
	}
	line->verb = verbs[i].verb;
	optind++;
	if (line->verb == COMMAND_REPORT || line->verb == COMMAND_REPLAY) {
		line->report.files = line->replay.files = argv + optind;
		line->report.files_count = line->replay.files_count = argc - optind;
		return true;
	}
	if (line->verb == COMMAND_CHECK && optind < argc)
		line->check.log_line = argv[optind++];
	return no_more(argc, argv, error, size);
}

/* Options for other verbs; wanted: those that take them all. */
static bool wrong_verb(unsigned wanted, char *error, size_t size)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (wanted & bit(verbs[i].verb)) {
			snprintf(error, size, "that option belongs to \"spfpolicyd %s\"",
				 verbs[i].name);
			return false;
		}
	}
	snprintf(error, size, "these options belong to different verbs");
	return false;
}

/* Of several errors the first is told. */
static bool take_options(struct command_line *line, int argc, char **argv, unsigned *wanted,
			 char *error, size_t size)
{
	bool ok = true;
	int option;

	while ((option = getopt_long(argc, argv, ":c:o:Vh", options, NULL)) != -1) {
		if (option == '?' || option == ':') {
			if (ok)
				snprintf(error, size,
					 option == ':' ? "%.100s needs a value" :
							 "unknown option %.100s",
					 argv[optind - 1]);
			ok = false;
			continue;
		}
		if (option == 'o' && ok)
			ok = take_setting(line, error, size);
		take_option(line, option);
		*wanted &= owners(option);
	}
	return ok;
}

bool command_line_parse(int argc, char **argv, struct command_line *line, char *error, size_t size)
{
	enum command_verb shown = COMMAND_SERVE;
	unsigned wanted = ~0U;

	*line = (struct command_line){ .verb = COMMAND_SERVE };
	optind = 1;
	opterr = 0;
	if (!take_options(line, argc, argv, &wanted, error, size))
		return false;
	shown = line->verb;
	if (!take_verb(line, argc, argv, error, size))
		return false;
	if (shown == COMMAND_VERSION || shown == COMMAND_HELP)
		line->verb = shown;
	else if (!(wanted & bit(line->verb)))
		return wrong_verb(wanted, error, size);
	return true;
}
