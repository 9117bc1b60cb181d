/* SPDX-License-Identifier: MIT */
#include "log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Below the queue directory, where spawn(8) leaves us. */
static const char postlog[] = "public/postlog";

static bool connect_to(struct log_sink *sink, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	int error;

	if (length > LOG_SOCKET_PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address.sun_path, path, length + 1);
	sink->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sink->fd < 0)
		return false;
	if (connect(sink->fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	error = errno;
	log_sink_close(sink);
	errno = error;
	return false;
}

static bool is_same_file(int a, int b)
{
	struct stat of_a, of_b;

	return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
	       of_a.st_ino == of_b.st_ino;
}

/* A log line among the replies would be taken for one. */
static bool open_file(struct log_sink *sink)
{
	sink->fd = open(sink->target.path,
			O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	if (sink->fd < 0)
		return false;
	if (!is_same_file(sink->fd, STDOUT_FILENO) || isatty(sink->fd))
		return true;
	log_sink_close(sink);
	errno = EBUSY;
	return false;
}

bool log_sink_open(struct log_sink *sink)
{
	const char *path = sink->target.path;

	if (sink->fd >= 0)
		return true;
	sink->is_file = sink->target.destination == LOG_TO_FILE;
	sink->is_postfix = sink->is_file || sink->target.destination == LOG_TO_POSTLOG;
	switch (sink->target.destination) {
	case LOG_TO_SYSLOG: return connect_to(sink, sink->syslog);
	case LOG_TO_POSTLOG: return connect_to(sink, path ? path : postlog);
	case LOG_TO_FILE: return open_file(sink);
	case LOG_TO_AUTO:
		if (connect_to(sink, sink->syslog))
			return true;
		sink->is_postfix = connect_to(sink, postlog);
		return sink->is_postfix;
	case LOG_TO_STDERR:
	case LOG_TO_NONE: break;
	}
	return false;
}

const char *log_sink_path(const struct log_sink *sink)
{
	if (!sink->is_postfix)
		return sink->syslog;
	return sink->target.path ? sink->target.path : postlog;
}

void log_sink_close(struct log_sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
}

static ssize_t write_once(const struct log_sink *sink, struct span record)
{
	ssize_t written;

	do {
		written = sink->is_file ? write(sink->fd, record.data, record.length) :
					  send(sink->fd, record.data, record.length,
					       MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (written < 0 && errno == EINTR);
	return written;
}

/* A disk that is full takes a part, and then nothing: the next line begins on a line of its own. */
static bool write_file(struct log_sink *sink, struct span record)
{
	ssize_t written;

	if (sink->torn && write_once(sink, (struct span){ "\n", 1 }) != 1)
		return false;
	written = write_once(sink, record);
	sink->torn = written > 0 && (size_t)written < record.length;
	return written >= 0 && !sink->torn;
}

bool log_sink_write(struct log_sink *sink, struct span record, bool may_wait)
{
	struct pollfd pollfd = { .fd = sink->fd, .events = POLLOUT };

	if (sink->is_file)
		return write_file(sink, record);
	if (write_once(sink, record) >= 0)
		return true;
	/* The queue is full, which in a burst it is for a moment. */
	if (errno == EAGAIN)
		return may_wait && poll(&pollfd, 1, LOG_WAIT_MS) > 0 &&
		       write_once(sink, record) >= 0;
	/* Otherwise the logger is there, and would hear no new socket either. */
	if (errno != ENOBUFS && errno != EMSGSIZE)
		log_sink_close(sink);
	return false;
}
