/* SPDX-License-Identifier: MIT */
#include "log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"

struct log_file {
	int fd;
	int error;	     /* errno of a read that failed */
	pid_t unpacker;	     /* 0 = none */
	const char *program; /* its name */
	unsigned long left_out;
	bool in_long_line; /* what comes up to the next newline is left out */
	size_t start, end; /* what has been read and not yet given out */
	char buffer[LOG_FILE_LINE_MAX + 1];
};

/* ---- unpacking ---- */

static const char *unpacker_of(int fd)
{
	static const struct {
		const char *magic, *program;
	} known[] = {
		{ "\x1f\x8b", "gzip" },
		{ "BZh", "bzip2" },
		{ "\xfd"
		  "7zXZ",
		  "xz" },
		{ "\x28\xb5\x2f\xfd", "zstd" },
	};
	char start[8];
	ssize_t n = pread(fd, start, sizeof(start), 0);

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (n > 0 && span_starts_with((struct span){ start, (size_t)n }, known[i].magic))
			return known[i].program;
	return NULL;
}

/* Reads `packed` from its start and closes it. Returns where the text comes out, or -1 with errno set. */
static int unpack(struct log_file *log, int packed)
{
	char *const arguments[] = { (char *)log->program, (char *)"-dc", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		close(packed);
		return -1;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, packed, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	/* We ignore it; there it is how the program ends when we have read enough. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	error = posix_spawnp(&log->unpacker, log->program, &actions, &attributes, arguments,
			     environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(packed);
	close(ends[1]);
	if (error == 0)
		return ends[0];
	log->unpacker = 0;
	close(ends[0]);
	errno = error;
	return -1;
}

struct log_file *log_file_open(const char *path, char *error, size_t size)
{
	struct log_file *log;
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
					  open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		return NULL;
	}
	log = xcalloc(1, sizeof(*log));
	log->program = strcmp(path, "-") == 0 ? NULL : unpacker_of(fd);
	log->fd = log->program ? unpack(log, fd) : fd;
	if (log->fd >= 0)
		return log;
	snprintf(error, size, "%s: cannot run %s: %s", path, log->program, strerror(errno));
	free(log);
	return NULL;
}

/* ---- lines ---- */

/* Reads more behind what is there. False at the end. */
static bool fill(struct log_file *log)
{
	ssize_t n;

	if (log->end - log->start == sizeof(log->buffer)) {
		log->left_out += !log->in_long_line;
		log->in_long_line = true;
		log->start = log->end;
	}
	memmove(log->buffer, log->buffer + log->start, log->end - log->start);
	log->end -= log->start;
	log->start = 0;
	do
		n = read(log->fd, log->buffer + log->end, sizeof(log->buffer) - log->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		log->error = errno;
	if (n > 0)
		log->end += (size_t)n;
	return n > 0;
}

bool log_file_line(struct log_file *log, struct span *line)
{
	bool more = true;

	while (more || log->end > log->start) {
		struct span rest = { log->buffer + log->start, log->end - log->start };
		bool whole = span_contains(rest, '\n');
		bool wanted = !log->in_long_line;

		if (!whole && more) {
			more = fill(log);
			continue;
		}
		*line = span_take(rest, span_find(rest, '\n'));
		log->start += line->length + whole;
		log->in_long_line = false;
		if (wanted)
			return true;
	}
	return false;
}

unsigned long log_file_left_out(const struct log_file *log)
{
	return log->left_out;
}

bool log_file_close(struct log_file *log, char *error, size_t size)
{
	int status = 0;
	bool good = log->error == 0;

	if (!good)
		snprintf(error, size, "%s", strerror(log->error));
	/* Whoever still writes ends by a SIGPIPE. */
	close(log->fd);
	while (log->unpacker && waitpid(log->unpacker, &status, 0) < 0 && errno == EINTR)
		;
	if (good && status != 0) {
		snprintf(error, size, "%s failed: not everything was unpacked", log->program);
		good = false;
	}
	free(log);
	return good;
}
