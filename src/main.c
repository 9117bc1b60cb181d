/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "check/audit_command.h"
#include "check/check_command.h"
#include "command_line.h"
#include "config/config_load.h"
#include "config/config_print.h"
#include "dns/name.h"
#include "dns/resolver.h"
#include "dns/zone_file.h"
#include "base/log.h"
#include "policy/outlook.h"
#include "policy/policy.h"
#include "base/xalloc.h"
#include "sandbox/sandbox.h"
#include "postfix/serve.h"
#include "selftest/self_test.h"
#include "spf/check.h"

#define QUEUE_DIRECTORY "/var/spool/postfix"

enum {
	EXIT_FAILED = 1,  /* no answer was given: Postfix retries, then its default action */
	EXIT_CONFIG = 78, /* sysexits.h EX_CONFIG, in service */
};

/* Everything the service and the check verb stand on. */
struct program {
	struct config *config;
	struct zone *zone;
	struct resolver *resolver;
	struct check_library *library;
	struct policy *policy;
};

/* ---- errors in the settings ---- */

static void log_error(void *arg, const char *origin, unsigned line, const char *message)
{
	(void)arg;
	if (line)
		log_message(LOG_LEVEL_ERROR, "config: %s:%u: %s", origin, line, message);
	else
		log_message(LOG_LEVEL_ERROR, "config: %s: %s", origin, message);
}

/* For a person: what compilers print. */
static void print_error(void *arg, const char *origin, unsigned line, const char *message)
{
	FILE *out = arg;

	if (line)
		fprintf(out, "%s:%u: %s\n", origin, line, message);
	else
		fprintf(out, "%s: %s\n", origin, message);
}

static void print_notice(void *arg, const char *origin, unsigned line, const char *message)
{
	char text[1024];

	snprintf(text, sizeof(text), "note: %s", message);
	print_error(arg, origin, line, text);
}

static struct config *load_config(const struct command_line *line, bool for_person)
{
	struct config_source source = {
		.file = line->config_file,
		.settings = line->settings,
		.settings_count = line->settings_count,
		.error = for_person ? print_error : log_error,
		.notice = for_person ? print_notice : NULL,
		.arg = stderr,
	};

	return config_load(&source);
}

/* ---- wiring ---- */

static bool open_zone(struct program *program, const struct command_line *line)
{
	char error[512];

	if (line->zone_file) {
		program->zone = zone_load(line->zone_file, line->check.domain, error,
					  sizeof(error));
		if (!program->zone)
			log_message(LOG_LEVEL_ERROR, "zone: %s", error);
		return program->zone != NULL;
	}
	if (line->check.record && !line->check.domain)
		program->zone = zone_create();
	return true;
}

static bool open_resolver(struct program *program, const struct command_line *line)
{
	struct resolver_options options = {
		.servers = program->config->dns_servers,
		.zone = program->zone,
		.zone_and_dns = program->zone &&
				(!line->zone_file ||
				 (line->check.domain && zone_has_apex(program->zone))),
	};
	char error[256];

	program->resolver = resolver_create(&options, error, sizeof(error));
	if (program->resolver && ((program->zone && !options.zone_and_dns) ||
				  resolver_open(program->resolver, error, sizeof(error))))
		return true;
	log_message(LOG_LEVEL_ERROR, "dns: %s", error);
	return false;
}

static bool open_program(struct program *program, const struct command_line *line)
{
	if (!open_zone(program, line) || !open_resolver(program, line))
		return false;
	program->library = check_library_create();
	program->policy = policy_create(program->resolver, program->library);
	return true;
}

static void close_program(struct program *program)
{
	policy_destroy(program->policy);
	check_library_destroy(program->library);
	resolver_destroy(program->resolver);
	zone_destroy(program->zone);
	config_destroy(program->config);
}

/* ---- verbs ---- */

static void on_terminate(int signal_number)
{
	(void)signal_number;
	serve_stop();
}

static void handle_signals(void)
{
	struct sigaction terminate = { .sa_handler = on_terminate };

	sigemptyset(&terminate.sa_mask);
	sigaction(SIGTERM, &terminate, NULL);
	sigaction(SIGINT, &terminate, NULL);
	/* Settings are read once: Postfix starts a new process soon enough. */
	signal(SIGHUP, SIG_IGN);
}

static void enter_sandbox(const struct program *program)
{
	uint16_t ports[SERVERS_MAX] = { 0 };

	if (program->config->sandbox)
		sandbox_enter(program->config->debug_level, ports,
			      resolver_ports(program->resolver, ports));
}

/* What cannot be opened is an error of the settings, which is told wherever somebody may look. */
static bool open_log(const struct config *config)
{
	const struct log_target *target = &config->log;
	int error;

	if (target->destination == LOG_TO_STDERR && !sandbox_stderr_is_free()) {
		log_message(LOG_LEVEL_ERROR,
			    "config: Log = stderr: that is the connection to Postfix "
			    "here; use postlog, /path of a file or syslog");
		return false;
	}
	log_open_target(target, config->log_ident,
			sandbox_stderr_is_free() && isatty(STDERR_FILENO));
	if (log_prepare())
		return true;
	error = errno;
	log_open(LOG_TO_AUTO, config->log_ident, sandbox_stderr_is_free());
	if (target->destination == LOG_TO_FILE)
		log_message(LOG_LEVEL_ERROR, "config: Log = %s: %s", target->path,
			    error == EBUSY ? "that is where the replies go" : strerror(error));
	else
		log_message(LOG_LEVEL_ERROR,
			    "config: Log = postlog: %s: %s (master.cf: user=NAME:postdrop, and a "
			    "service postlog)",
			    target->path ? target->path : "public/postlog", strerror(error));
	return false;
}

static int run_service(const struct command_line *line)
{
	/* Static, and not taken apart at the end: the process is about to give everything back at once. */
	static struct program program;

	/* Errors in the settings go wherever somebody may look. */
	log_open(LOG_TO_AUTO, "policyd-spf", sandbox_stderr_is_free());
	program.config = load_config(line, false);
	if (!program.config || !open_log(program.config))
		return EXIT_CONFIG;
	if (!open_program(&program, line))
		return EXIT_FAILED;
	if (!sandbox_drop_root()) {
		log_message(LOG_LEVEL_ERROR, "start: cannot give up root: %s", strerror(errno));
		return EXIT_FAILED;
	}
	handle_signals();
	enter_sandbox(&program);
	if (serve(STDIN_FILENO, STDOUT_FILENO, program.config, program.policy) != SERVE_END)
		return EXIT_FAILED;
	return 0;
}

static int run_check(const struct command_line *line)
{
	struct program program = { .config = load_config(line, true) };
	int status = line->check.domain ? CHECK_EXIT_NOT_DONE : COMMAND_EXIT_USAGE;

	if (!program.config)
		return status;
	log_open(LOG_TO_STDERR, program.config->log_ident, false);
	if (open_program(&program, line)) {
		struct check_parts parts = { program.config, program.policy, program.resolver,
					     program.zone };

		status = line->check.domain ? audit_command(&line->check, &parts, stdout) :
					      check_command(&line->check, &parts, stdout);
	}
	close_program(&program);
	return status;
}

/* A file that root makes is none that the service could write to. */
static bool open_log_for_test(const struct config *config)
{
	const struct log_target *target = &config->log;

	if (geteuid() == 0 && target->destination == LOG_TO_FILE &&
	    access(target->path, F_OK) != 0) {
		log_open(LOG_TO_NONE, config->log_ident, true);
		log_message(LOG_LEVEL_WARNING,
			    "self-test: Log = %s is not there yet, and is not made as root",
			    target->path);
		return false;
	}
	/* Where spawn(8) starts the service, to whose Postfix a person seldom stands near. */
	if (!target->path && access("public", F_OK) != 0 && chdir(QUEUE_DIRECTORY) != 0)
		errno = 0;
	return open_log(config);
}

static int run_self_test(const struct command_line *line, struct config *config)
{
	struct program program = { .config = config };
	int status = SELF_TEST_TROUBLE;

	log_open(LOG_TO_STDERR, config->log_ident, false);
	if (open_resolver(&program, line)) {
		bool has_log = open_log_for_test(config);

		status = self_test(config, resolver_servers(program.resolver), stdout);
		if (!has_log)
			status = SELF_TEST_TROUBLE;
	}
	resolver_destroy(program.resolver);
	log_close();
	return status;
}

static int run_config(const struct command_line *line)
{
	struct config *config = load_config(line, true);
	int status = 0;

	if (!config)
		return COMMAND_EXIT_USAGE;
	config_print_origin(config, stdout);
	config_print(config, line->all, stdout);
	outlook_print(config, stdout);
	if (line->self_test)
		status = run_self_test(line, config);
	config_destroy(config);
	return status;
}

static int run_report(const struct command_line *line)
{
	struct config *config = load_config(line, true);
	int status = COMMAND_EXIT_USAGE;

	if (config)
		status = report_command(&line->report, config, stdout);
	config_destroy(config);
	return status;
}

struct replaying {
	struct program program;
	const struct command_line *line;
};

/* replay_policy: in each process of a replay, with a resolver of its own. */
static struct policy *create_policy(void *arg)
{
	struct replaying *replaying = arg;

	return open_program(&replaying->program, replaying->line) ? replaying->program.policy :
								    NULL;
}

static int run_replay(const struct command_line *line)
{
	struct replaying replaying = { .program.config = load_config(line, true), .line = line };
	int status = COMMAND_EXIT_USAGE;

	if (!replaying.program.config)
		return status;
	log_open(LOG_TO_STDERR, replaying.program.config->log_ident, false);
	status = replay_command(&line->replay, replaying.program.config, create_policy, &replaying,
				stdout);
	close_program(&replaying.program);
	return status;
}

/* A program with its libraries inside has no need of a dynamic linker. */
static bool is_static(void)
{
#ifdef AT_BASE
	return getauxval(AT_BASE) == 0;
#else
	return false;
#endif
}

static int run_version(void)
{
	printf("spfpolicyd %s (libspf2 %s, c-ares %s, libidn2 %s, %s, %s)\n", VERSION,
	       check_library_version(), resolver_library_version(), name_library_version(),
	       is_static() ? "static" : "dynamic", sandbox_is_complete ? "sandbox" : "no sandbox");
	return 0;
}

/* Formatting a line and sending it takes no memory from the heap. */
static void report_no_memory(void)
{
	log_message(LOG_LEVEL_ERROR, "memory: none is left");
}

int main(int argc, char **argv)
{
	struct command_line line;
	char error[256];

	if (!sandbox_prepare())
		return EXIT_FAILED;
	xalloc_on_failure(report_no_memory);
	if (!command_line_parse(argc, argv, &line, error, sizeof(error))) {
		/* Of the service, in master.cf, nobody sees standard error. */
		log_open(LOG_TO_AUTO, "policyd-spf", sandbox_stderr_is_free());
		log_message(LOG_LEVEL_ERROR, "usage: %s (-h shows help)", error);
		return line.check.domain ? CHECK_EXIT_NOT_DONE : COMMAND_EXIT_USAGE;
	}
	switch (line.verb) {
	case COMMAND_SERVE: return run_service(&line);
	case COMMAND_CHECK: return run_check(&line);
	case COMMAND_CONFIG: return run_config(&line);
	case COMMAND_REPORT: return run_report(&line);
	case COMMAND_REPLAY: return run_replay(&line);
	case COMMAND_VERSION: return run_version();
	case COMMAND_HELP: break;
	}
	fputs(command_line_help, stdout);
	return 0;
}
