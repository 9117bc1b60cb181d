/* SPDX-License-Identifier: MIT */
#include "selftest/self_test.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/remark.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "self_test_confinement.h"
#include "self_test_dns.h"

enum {
	PATIENCE_S = 15, /* more than everything takes */
	STILL_ROOT = 3,	 /* of the first process */
};

/* ---- the log ---- */

static bool test_log(const struct config *config, FILE *out)
{
	char storage[PATH_MAX + 32]; /* words around a path */
	struct text text;
	bool delivered;

	text_init(&text, storage, sizeof(storage));
	log_message(LOG_LEVEL_INFO, "self-test: this line is a test of the log");
	delivered = log_describe(&text);
	if (config->log.destination == LOG_TO_STDERR) {
		remark_print(
			out,
			"Log = stderr: under spawn(8) that is the connection to Postfix, and the "
			"service would not start.");
		return false;
	}
	remark_print(out, "Log: a line \"self-test: ...\" %s %s%s.",
		     delivered ? "was handed to" : "COULD NOT be handed to", storage,
		     delivered ? "" : ": nobody takes it there. Decisions would go unseen");
	if (!delivered && config->log.destination <= LOG_TO_SYSLOG)
		remark_print(out,
			     "Without syslog: Log = postlog where main.cf has maillog_file, or Log "
			     "= /path/of/a/file.");
	return delivered;
}

/* ---- the processes ---- */

static struct sandbox_layers confine(const struct config *config, const struct servers *servers)
{
	uint16_t ports[SERVERS_MAX] = { 0 };

	for (size_t i = 0; i < servers->count; i++)
		ports[i] = servers_port(&servers->list[i]);
	return sandbox_enter(config->sandbox ? config->debug_level : 0, ports, servers->count);
}

/* Everything but the running of a program, in one process. */
static int test_inside(const struct config *config, const struct servers *servers, FILE *out)
{
	bool fine = true;

	if (!sandbox_drop_root()) {
		remark_print(out, "The rights of root cannot be given up: %s.", strerror(errno));
		return STILL_ROOT;
	}
	if (config->sandbox) {
		struct sandbox_layers layers = confine(config, servers);

		fine = self_test_confinement(&layers, servers, out);
	} else {
		remark_print(out, "Confinement: none (Sandbox = No).");
	}
	fine = self_test_dns(servers, out) == 0 && fine;
	fine = test_log(config, out) && fine;
	return fine ? SELF_TEST_FINE : SELF_TEST_TROUBLE;
}

static int test_exec(const struct config *config, const struct servers *servers)
{
	struct sandbox_layers layers;

	if (!sandbox_drop_root())
		return STILL_ROOT;
	layers = confine(config, servers);
	self_test_exec(&layers);
}

/* In a process that is ended by an alarm if it ends by nothing else. The status of wait(2); -1: none. */
static int run_apart(bool exec, const struct config *config, const struct servers *servers,
		     FILE *out)
{
	int status = -1;
	pid_t child;

	fflush(out);
	child = fork();
	if (child == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(PATIENCE_S);
		status = exec ? test_exec(config, servers) : test_inside(config, servers, out);
		_exit(fflush(out) == 0 ? status : SELF_TEST_TROUBLE);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 ? status : -1;
}

static void print_user(FILE *out)
{
	if (geteuid() == 0)
		remark_print(
			out,
			"Run as root, so tried as nobody. As the service's user: runuser -u NAME -- "
			"spfpolicyd config --self-test");
	else
		remark_print(out, "Tried as the user with number %u.", (unsigned)geteuid());
}

int self_test(const struct config *config, const struct servers *servers, FILE *out)
{
	int status;
	bool fine = true;

	fputs("#\n", out);
	remark_print(out, "Self-test:");
	print_user(out);
	status = run_apart(false, config, servers, out);
	if (!WIFEXITED(status)) {
		remark_print(
			out,
			"The confined process did not come to its end (signal %d): the service "
			"would not either.",
			WTERMSIG(status));
		return SELF_TEST_TROUBLE;
	}
	if (WEXITSTATUS(status) == STILL_ROOT)
		return SELF_TEST_TROUBLE;
	if (config->sandbox && sandbox_is_complete)
		fine = self_test_exec_result(run_apart(true, config, servers, out), out);
	return fine ? WEXITSTATUS(status) : SELF_TEST_TROUBLE;
}
