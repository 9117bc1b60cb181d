/* SPDX-License-Identifier: MIT */
/* The log: a sender that neither blocks nor loses lines silently. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

static char folder[] = "/tmp/spfpolicyd-log-XXXXXX";
static char path[64];

/* In place of poll(): the sender waits for room in the queue, and `reader` makes some. -1: it hangs. */
static int reader = -1, waits, lines_read;

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	char datagram[LOG_LINE_MAX];

	assert_int_equal(count, 1);
	assert_int_equal(fds->events, POLLOUT);
	assert_int_equal(timeout_ms, LOG_WAIT_MS);
	waits++;
	if (reader < 0)
		return 0;
	while (recv(reader, datagram, sizeof(datagram), 0) > 0)
		lines_read++;
	return 1;
}

static int listen_at(const char *where)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", where);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int setup_socket(void **state)
{
	snprintf(path, sizeof(path), "%s/log", folder);
	log_set_socket(path);
	log_open(LOG_TO_SYSLOG, "policyd-spf", false);
	(void)state;
	return 0;
}

static int teardown_socket(void **state)
{
	(void)state;
	log_close();
	unlink(path);
	return 0;
}

/* The next datagram without "<PRI>", time and process id; "" when there is none. */
static const char *received(int fd, int *priority)
{
	static char datagram[LOG_LINE_MAX + 200];
	ssize_t n = recv(fd, datagram, sizeof(datagram) - 1, 0);
	char month[4], expected[64];
	int day, hour, minute, second, skipped = 0;

	if (n < 0)
		return "";
	datagram[n] = '\0';
	assert_int_equal(sscanf(datagram, "<%d>%3s %2d %2d:%2d:%2d %n", priority, month, &day,
				&hour, &minute, &second, &skipped),
			 6);
	/* RFC 3164 section 4.1.2: the day has a blank in front, not a zero. */
	assert_int_equal(skipped, strcspn(datagram, ">") + 1 + strlen("Nov  5 16:04:05 "));
	snprintf(expected, sizeof(expected), "policyd-spf[%d]: ", (int)getpid());
	assert_memory_equal(datagram + skipped, expected, strlen(expected));
	return datagram + skipped + strlen(expected);
}

static void assert_received(int fd, const char *expected)
{
	int priority;

	assert_string_equal(received(fd, &priority), expected);
}

static void sender_writes_what_syslogd_reads(void **state)
{
	int fd = listen_at(path), priority = 0;

	(void)state;
	log_prepare();
	log_message(LOG_LEVEL_INFO, "a %s", "b");
	assert_string_equal(received(fd, &priority), "a b");
	assert_int_equal(priority, 22);
	log_message(LOG_LEVEL_WARNING, "config: %d", 1);
	assert_string_equal(received(fd, &priority), "warning: config: 1");
	assert_int_equal(priority, 20);
	log_message(LOG_LEVEL_ERROR, "x");
	assert_string_equal(received(fd, &priority), "fatal: x");
	assert_int_equal(priority, 19);
	assert_received(fd, "");
	close(fd);
}

static void sender_keeps_lines_printable_and_short(void **state)
{
	static char bytes[9000];
	int fd = listen_at(path), priority;
	const char *text;

	(void)state;
	log_message(LOG_LEVEL_INFO, "%s", "a\n<22>b\x1b\xff\\x0a%s");
	assert_received(fd, "a\\x0a<22>b\\x1b\\xff\\x0a%s");
	for (size_t length = LOG_LINE_MAX - 1; length <= LOG_LINE_MAX + 2; length++) {
		memset(bytes, 'x', sizeof(bytes));
		bytes[length] = '\0';
		log_message(LOG_LEVEL_INFO, "%s", bytes);
		text = received(fd, &priority);
		assert_int_equal(strlen(text), length < LOG_LINE_MAX ? length : LOG_LINE_MAX);
		assert_string_equal(text + strlen(text) - 3,
				    length <= LOG_LINE_MAX ? "xxx" : "...");
	}
	memset(bytes, 0x80, sizeof(bytes));
	bytes[sizeof(bytes) - 1] = '\0';
	log_message(LOG_LEVEL_WARNING, "%s", bytes);
	text = received(fd, &priority);
	assert_in_range(strlen(text), LOG_LINE_MAX - 4, LOG_LINE_MAX);
	close(fd);
}

static void sender_without_logger_loses_and_counts(void **state)
{
	int fd;

	(void)state;
	log_prepare();
	for (int i = 0; i < 3; i++)
		log_message(LOG_LEVEL_INFO, "lost %d", i);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "back");
	assert_received(fd, "warning: log: 3 lines were lost");
	assert_received(fd, "back");
	log_message(LOG_LEVEL_INFO, "again");
	assert_received(fd, "again");
	assert_received(fd, "");
	close(fd);
}

static void sender_follows_a_restarted_logger(void **state)
{
	int fd = listen_at(path);

	(void)state;
	log_message(LOG_LEVEL_INFO, "one");
	assert_received(fd, "one");
	/* Killed: the socket file stays. */
	close(fd);
	log_message(LOG_LEVEL_INFO, "lost");
	/* Restarted between two lines: nothing more is lost. */
	unlink(path);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "two");
	assert_received(fd, "warning: log: 1 line was lost");
	assert_received(fd, "two");
	close(fd);
	unlink(path);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "three");
	assert_received(fd, "three");
	assert_received(fd, "");
	close(fd);
}

/* A logger that hangs: its queue holds net.unix.max_dgram_qlen datagrams, 10 by default. */
static void sender_waits_once_for_a_full_queue(void **state)
{
	enum { LINES = 2000 };
	int fd = listen_at(path), kept = 0, priority, number;
	char expected[64];
	const char *text;

	(void)state;
	waits = 0;
	for (int i = 0; i < LINES; i++)
		log_message(LOG_LEVEL_INFO, "line %d", i);
	for (text = received(fd, &priority); *text; text = received(fd, &priority)) {
		assert_int_equal(sscanf(text, "line %d", &number), 1);
		assert_int_equal(number, kept++);
	}
	assert_in_range(kept, 1, LINES - 1);
	assert_int_equal(waits, 1);
	log_message(LOG_LEVEL_INFO, "after");
	snprintf(expected, sizeof(expected), "warning: log: %d lines were lost", LINES - kept);
	assert_received(fd, expected);
	assert_received(fd, "after");
	close(fd);
}

/* More lines than any queue holds, to a logger that makes room whenever it is waited for. */
static void sender_loses_nothing_in_a_burst(void **state)
{
	enum { LINES = 1500 };
	int fd = listen_at(path), priority;

	(void)state;
	reader = fd;
	lines_read = 0;
	for (int i = 0; i < LINES; i++)
		log_message(LOG_LEVEL_INFO, "line %d", i);
	while (*received(fd, &priority))
		lines_read++;
	assert_int_equal(lines_read, LINES);
	assert_true(waits > 0);
	reader = -1;
	close(fd);
}

static void sender_takes_no_path_that_does_not_fit(void **state)
{
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_set_socket(longer);
	log_prepare();
	log_message(LOG_LEVEL_INFO, "lost");
	/* Shown to the next test's logger otherwise. */
	log_set_socket(path);
	close(listen_at(path));
	unlink(path);
	int fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "x");
	assert_received(fd, "warning: log: 1 line was lost");
	assert_received(fd, "x");
	close(fd);
}

/* The next record as Postfix's readers want it: what stands behind "Nov 05 16:04:05 host policyd-spf[1]: ". */
static const char *postfix_text(const char *record)
{
	char host[65] = "", got[65] = "", month[4], ident[64];
	int day, hour, minute, second, pid, skipped = 0;

	assert_int_equal(sscanf(record, "%3s %2d %2d:%2d:%2d %64s %63[^[][%d]: %n", month, &day,
				&hour, &minute, &second, got, ident, &pid, &skipped),
			 8);
	assert_int_equal(record[6], ' ');
	assert_in_range(record[4], '0', '3');
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	host[strcspn(host, ".")] = '\0';
	assert_string_equal(got, host);
	assert_string_equal(ident, "policyd-spf");
	assert_int_equal(pid, getpid());
	return record + skipped;
}

static const char *postfix_received(int fd)
{
	static char datagram[LOG_LINE_MAX + 300];
	ssize_t n = recv(fd, datagram, sizeof(datagram) - 1, 0);

	if (n < 0)
		return "";
	datagram[n] = '\0';
	return postfix_text(datagram);
}

static void postlogd_gets_its_own_form(void **state)
{
	const struct log_target target = { LOG_TO_POSTLOG, path };
	static char bytes[4000];
	int fd = listen_at(path);

	(void)state;
	log_open_target(&target, "policyd-spf", false);
	assert_true(log_prepare());
	log_message(LOG_LEVEL_WARNING, "config: %d", 1);
	assert_string_equal(postfix_received(fd), "warning: config: 1");
	memset(bytes, 'x', sizeof(bytes) - 1);
	log_message(LOG_LEVEL_INFO, "%s", bytes);
	assert_int_equal(strlen(postfix_received(fd)), 2000);
	/* Gone and back, as for syslog. */
	close(fd);
	log_message(LOG_LEVEL_INFO, "lost");
	unlink(path);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "back");
	assert_string_equal(postfix_received(fd), "warning: log: 1 line was lost");
	assert_string_equal(postfix_received(fd), "back");
	close(fd);
}

static void postlogd_that_cannot_be_reached_is_an_error(void **state)
{
	const struct log_target target = { LOG_TO_POSTLOG, "/nonexistent/postlog" };
	int fd;

	(void)state;
	log_open_target(&target, "policyd-spf", false);
	assert_false(log_prepare());
	assert_int_equal(errno, ENOENT);
	log_message(LOG_LEVEL_INFO, "lost");
	log_open(LOG_TO_SYSLOG, "policyd-spf", false);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "x");
	assert_received(fd, "warning: log: 1 line was lost");
	assert_received(fd, "x");
	close(fd);
}

/* Syslog where there is one, else postlogd below the working directory. */
static void first_that_works_is_taken(void **state)
{
	int syslog, postlog, here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("public", 0700), 0);
	postlog = listen_at("public/postlog");
	log_open(LOG_TO_AUTO, "policyd-spf", false);
	assert_true(log_prepare());
	log_message(LOG_LEVEL_INFO, "to postlogd");
	assert_string_equal(postfix_received(postlog), "to postlogd");
	log_close();
	syslog = listen_at(path);
	log_message(LOG_LEVEL_INFO, "to syslog");
	assert_received(syslog, "to syslog");
	assert_string_equal(postfix_received(postlog), "");
	/* It goes away: nothing is lost, and the form is the other's. */
	close(syslog);
	unlink(path);
	log_message(LOG_LEVEL_INFO, "to postlogd again");
	assert_string_equal(postfix_received(postlog), "to postlogd again");
	close(postlog);
	unlink("public/postlog");
	assert_int_equal(rmdir("public"), 0);
	/* cmocka's file of results is named from here. */
	assert_int_equal(fchdir(here), 0);
	close(here);
}

static void open_file_log(void)
{
	const struct log_target target = { LOG_TO_FILE, path };

	log_open_target(&target, "policyd-spf", false);
	assert_true(log_prepare());
	assert_true(log_fills_file());
}

/* All of the file, which holds no more than fits. */
static char *file_text(void)
{
	static char text[8192];
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	return text;
}

/* Another process writes between: each line is appended. */
static void file_gets_a_line_each(void **state)
{
	FILE *file;
	char *text;

	(void)state;
	open_file_log();
	log_message(LOG_LEVEL_INFO, "one\n");
	file = fopen(path, "a");
	assert_non_null(file);
	fputs("another's\n", file);
	fclose(file);
	log_message(LOG_LEVEL_ERROR, "two");
	text = file_text();
	assert_memory_equal(postfix_text(text), "one\\x0a\nanother's\n",
			    strlen("one\\x0a\nanother's\n"));
	assert_string_equal(postfix_text(strstr(text, "another's\n") + strlen("another's\n")),
			    "fatal: two\n");
}

/* A disk that fills up in the middle of a line: what is there stays, and the loss is told. */
static void full_disk_loses_and_counts(void **state)
{
	struct rlimit before, small;
	char *text;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	open_file_log();
	log_message(LOG_LEVEL_INFO, "whole");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = strlen(file_text()) + 50;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	log_message(LOG_LEVEL_INFO, "torn %080d", 0);
	log_message(LOG_LEVEL_INFO, "lost");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	log_message(LOG_LEVEL_INFO, "room");
	text = file_text();
	assert_non_null(strstr(text, "]: whole\n"));
	assert_non_null(strstr(text, "]: warning: log: 2 lines were lost\n"));
	assert_non_null(strstr(text, "]: room\n"));
	assert_null(strstr(text, "]: lost\n"));
	/* The torn one has a line to itself. */
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		postfix_text(line);
}

static void file_that_cannot_be_opened_is_an_error(void **state)
{
	static const char *const paths[] = { folder, "/nonexistent/log", "/dev/stdout" };
	int saved = dup(STDOUT_FILENO), ends[2];

	(void)state;
	fflush(stdout);
	/* Where the replies go. */
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const struct log_target target = { LOG_TO_FILE, paths[i] };

		log_open_target(&target, "policyd-spf", false);
		if (log_prepare())
			fail_msg("opened: %s", paths[i]);
	}
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static int count_lines(int fd)
{
	char datagram[LOG_LINE_MAX + 200];
	int count = 0;

	while (recv(fd, datagram, sizeof(datagram), 0) >= 0)
		count++;
	return count;
}

/* What `speak` writes to stderr. */
static const char *stderr_of(void (*speak)(void))
{
	static char text[8192];
	int saved = dup(STDERR_FILENO), ends[2];
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	speak();
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void speak(void)
{
	log_message(LOG_LEVEL_WARNING, "config: %s", "a\nb");
}

static void lines_go_where_they_are_wanted(void **state)
{
	char expected[100];
	int fd = listen_at(path);

	(void)state;
	snprintf(expected, sizeof(expected), "policyd-spf[%d]: warning: config: a\\x0ab\n",
		 (int)getpid());
	assert_string_equal(stderr_of(speak), "");
	assert_int_equal(count_lines(fd), 1);
	log_open(LOG_TO_SYSLOG, "policyd-spf", true);
	assert_string_equal(stderr_of(speak), expected);
	assert_int_equal(count_lines(fd), 1);
	log_open(LOG_TO_STDERR, "policyd-spf", false);
	log_prepare();
	assert_string_equal(stderr_of(speak), expected);
	log_open(LOG_TO_NONE, "policyd-spf", false);
	assert_string_equal(stderr_of(speak), "");
	log_open(LOG_TO_NONE, "policyd-spf", true);
	assert_string_equal(stderr_of(speak), expected);
	assert_int_equal(count_lines(fd), 0);
	close(fd);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

#define SENDER(name) cmocka_unit_test_setup_teardown(name, setup_socket, teardown_socket)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENDER(postlogd_gets_its_own_form),
		cmocka_unit_test_setup_teardown(postlogd_that_cannot_be_reached_is_an_error,
						setup_socket, teardown_socket),
		SENDER(first_that_works_is_taken),
		SENDER(file_gets_a_line_each),
		SENDER(full_disk_loses_and_counts),
		cmocka_unit_test_setup_teardown(file_that_cannot_be_opened_is_an_error,
						setup_socket, teardown_socket),
		SENDER(sender_writes_what_syslogd_reads),
		SENDER(sender_keeps_lines_printable_and_short),
		SENDER(sender_without_logger_loses_and_counts),
		SENDER(sender_follows_a_restarted_logger),
		SENDER(sender_waits_once_for_a_full_queue),
		SENDER(sender_loses_nothing_in_a_burst),
		SENDER(sender_takes_no_path_that_does_not_fit),
		SENDER(lines_go_where_they_are_wanted),
	};

	return cmocka_run_group_tests_name("log", tests, make_folder, remove_folder);
}
