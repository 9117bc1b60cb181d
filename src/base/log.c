/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum {
	FACILITY_MAIL = 2 << 3,
	IDENT_MAX = 64,
	PREFIX_MAX = 128, /* "<22>Nov 25 16:04:05 ident[4194304]: " */
};

static struct {
	enum log_destination destination;
	bool to_terminal;
	char ident[IDENT_MAX];
	const char *path;
	int socket; /* -1: none */
	pid_t pid;
	unsigned long lost; /* lines since the last one that got through */
} logger = {
	.destination = LOG_TO_STDERR, .ident = "spfpolicyd", .path = "/dev/log", .socket = -1
};

static bool open_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(logger.path);

	if (logger.socket >= 0)
		close(logger.socket);
	logger.socket = -1;
	if (length >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, logger.path, length + 1);
	logger.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (logger.socket < 0)
		return false;
	if (connect(logger.socket, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	close(logger.socket);
	logger.socket = -1;
	return false;
}

static bool send_once(struct span datagram)
{
	ssize_t sent;

	do {
		sent = send(logger.socket, datagram.data, datagram.length,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

/*
 * The queue is full, which in a burst it is for a moment: the logger gets that moment. One that let the
 * line before this go already hangs, and is not waited for again until it takes one.
 */
static bool deliver_late(struct span datagram)
{
	struct pollfd pollfd = { .fd = logger.socket, .events = POLLOUT };

	if (logger.lost > 0)
		return false;
	return poll(&pollfd, 1, LOG_WAIT_MS) > 0 && send_once(datagram);
}

static bool deliver(struct span datagram)
{
	if (logger.socket >= 0) {
		if (send_once(datagram))
			return true;
		/* The logger is there, and would hear no new socket either. */
		if (errno == EAGAIN)
			return deliver_late(datagram);
		if (errno == ENOBUFS || errno == EMSGSIZE)
			return false;
	}
	return open_socket() && send_once(datagram);
}

/* The C locale's names whatever the environment says. */
static void add_time(struct text *out)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return;
	text_format(out, "%s %2d %02d:%02d:%02d ", months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec);
}

static bool send_syslog(enum log_level level, struct span line)
{
	static const int severities[] = {
		[LOG_LEVEL_ERROR] = 3, [LOG_LEVEL_WARNING] = 4, [LOG_LEVEL_INFO] = 6
	};
	char storage[PREFIX_MAX + LOG_LINE_MAX + 1];
	struct text datagram;

	text_init(&datagram, storage, sizeof(storage));
	text_format(&datagram, "<%d>", FACILITY_MAIL + severities[level]);
	add_time(&datagram);
	text_format(&datagram, "%s[%d]: ", logger.ident, (int)logger.pid);
	text_add(&datagram, line);
	return deliver(text_span(&datagram));
}

static void write_syslog(enum log_level level, struct span line)
{
	char storage[64];
	struct text lost;

	if (logger.lost > 0) {
		text_init(&lost, storage, sizeof(storage));
		text_format(&lost, "warning: log: %lu line%s lost", logger.lost,
			    logger.lost == 1 ? " was" : "s were");
		if (!send_syslog(LOG_LEVEL_WARNING, text_span(&lost))) {
			logger.lost++;
			return;
		}
		logger.lost = 0;
	}
	if (!send_syslog(level, line))
		logger.lost++;
}

/* One write, so that lines of several processes do not mix. */
static void write_stderr(struct span line)
{
	char storage[PREFIX_MAX + LOG_LINE_MAX + 1];
	struct text text;
	ssize_t written;

	text_init(&text, storage, sizeof(storage));
	text_format(&text, "%s[%d]: ", logger.ident, (int)logger.pid);
	text_add(&text, line);
	text_char(&text, '\n');
	do {
		written = write(STDERR_FILENO, text.data, text.length);
	} while (written < 0 && errno == EINTR);
}

static void write_line(enum log_level level, struct span line)
{
	if (logger.pid == 0)
		logger.pid = getpid();
	if (logger.destination == LOG_TO_SYSLOG)
		write_syslog(level, line);
	if (logger.destination == LOG_TO_STDERR || logger.to_terminal)
		write_stderr(line);
}

void log_open(enum log_destination destination, const char *ident, bool to_terminal)
{
	struct text text;

	logger.destination = destination;
	logger.to_terminal = to_terminal;
	logger.pid = getpid();
	text_init(&text, logger.ident, sizeof(logger.ident));
	text_escape(&text, span_of(ident), "", sizeof(logger.ident) - 1);
}

void log_close(void)
{
	if (logger.socket >= 0)
		close(logger.socket);
	logger.socket = -1;
}

void log_prepare(void)
{
	/* localtime_r() would open /etc/localtime at its first call. */
	tzset();
	if (logger.destination == LOG_TO_SYSLOG && logger.socket < 0)
		open_socket();
}

void log_set_socket(const char *path)
{
	log_close();
	logger.path = path;
}

void log_message(enum log_level level, const char *format, ...)
{
	static const char *const starts[] = {
		[LOG_LEVEL_ERROR] = "fatal: ",
		[LOG_LEVEL_WARNING] = "warning: ",
		[LOG_LEVEL_INFO] = "",
	};
	char raw[LOG_LINE_MAX + 2], storage[LOG_LINE_MAX + 1];
	size_t length;
	struct text line;
	va_list args;
	int result;

	va_start(args, format);
	result = vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	if (result < 0)
		return;
	length = (size_t)result < sizeof(raw) ? (size_t)result : sizeof(raw) - 1;
	text_init(&line, storage, sizeof(storage));
	text_string(&line, starts[level]);
	/*
	 * One byte more than is shown tells that there was more. Backslashes stay: who says this
	 * may have escaped it.
	 */
	text_escape(&line, (struct span){ raw, length }, "", LOG_LINE_MAX - line.length);
	write_line(level, text_span(&line));
}
