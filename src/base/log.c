/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "log_sink.h"

enum {
	FACILITY_MAIL = 2 << 3,
	IDENT_MAX = 64,
	HOST_MAX = 65,
	PREFIX_MAX = 192, /* "<22>Nov 25 16:04:05 host ident[4194304]: " */
};

static struct {
	struct log_sink sink;
	bool to_terminal;
	char ident[IDENT_MAX];
	char host[HOST_MAX]; /* its first label */
	pid_t pid;
	unsigned long lost; /* lines since the last one that got through */
} logger = { .sink = { .target = { LOG_TO_STDERR, NULL }, .syslog = "/dev/log", .fd = -1 },
	     .ident = "spfpolicyd" };

/* The C locale's names whatever the environment says. Postfix has "05" where syslog has " 5". */
static void add_time(struct text *out, bool is_postfix)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return;
	text_format(out, is_postfix ? "%s %02d" : "%s %2d", months[tm.tm_mon], tm.tm_mday);
	text_format(out, " %02d:%02d:%02d ", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* As whoever takes it reads it: syslogd, or postlogd and the readers of its file. */
static void format_record(struct text *out, enum log_level level, struct span line)
{
	static const int severities[] = {
		[LOG_LEVEL_ERROR] = 3, [LOG_LEVEL_WARNING] = 4, [LOG_LEVEL_INFO] = 6
	};

	if (!logger.sink.is_postfix)
		text_format(out, "<%d>", FACILITY_MAIL + severities[level]);
	add_time(out, logger.sink.is_postfix);
	if (logger.sink.is_postfix)
		text_format(out, "%s ", logger.host);
	text_format(out, "%s[%d]: ", logger.ident, (int)logger.pid);
	text_add(out, line);
	if (logger.sink.is_file)
		text_char(out, '\n');
}

/* One that let the line before this go already hangs, and is not waited for again until it takes one. */
static bool send_line(enum log_level level, struct span line)
{
	char storage[PREFIX_MAX + LOG_LINE_MAX + 1];
	struct text record;
	bool was_open = logger.sink.fd >= 0;

	while (log_sink_open(&logger.sink)) {
		text_init(&record, storage, sizeof(storage));
		format_record(&record, level, line);
		if (log_sink_write(&logger.sink, text_span(&record), logger.lost == 0))
			return true;
		/* One that is gone may be back under its name. */
		if (logger.sink.fd >= 0 || !was_open)
			return false;
		was_open = false;
	}
	return false;
}

static void write_counted(enum log_level level, struct span line)
{
	char storage[64];
	struct text lost;

	if (logger.lost > 0) {
		text_init(&lost, storage, sizeof(storage));
		text_format(&lost, "warning: log: %lu line%s lost", logger.lost,
			    logger.lost == 1 ? " was" : "s were");
		if (!send_line(LOG_LEVEL_WARNING, text_span(&lost))) {
			logger.lost++;
			return;
		}
		logger.lost = 0;
	}
	if (!send_line(level, line))
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
	enum log_destination destination = logger.sink.target.destination;

	if (logger.pid == 0)
		logger.pid = getpid();
	if (destination != LOG_TO_STDERR && destination != LOG_TO_NONE)
		write_counted(level, line);
	if (destination == LOG_TO_STDERR || logger.to_terminal)
		write_stderr(line);
}

static void find_host(void)
{
	char name[256] = "";
	struct text text;

	text_init(&text, logger.host, sizeof(logger.host));
	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		strcpy(name, "unknown");
	name[strcspn(name, ".")] = '\0';
	text_escape(&text, span_of(name), " ", sizeof(logger.host) - 1);
}

void log_open_target(const struct log_target *target, const char *ident, bool to_terminal)
{
	struct text text;

	if (target->destination != logger.sink.target.destination || target->path)
		log_close();
	logger.sink.target = *target;
	logger.to_terminal = to_terminal;
	logger.pid = getpid();
	find_host();
	text_init(&text, logger.ident, sizeof(logger.ident));
	text_escape(&text, span_of(ident), "", sizeof(logger.ident) - 1);
}

void log_open(enum log_destination destination, const char *ident, bool to_terminal)
{
	const struct log_target target = { destination, NULL };

	log_open_target(&target, ident, to_terminal);
}

void log_close(void)
{
	log_sink_close(&logger.sink);
}

bool log_prepare(void)
{
	enum log_destination destination = logger.sink.target.destination;

	/* localtime_r() would open /etc/localtime at its first call. */
	tzset();
	if (log_sink_open(&logger.sink) ||
	    (destination != LOG_TO_POSTLOG && destination != LOG_TO_FILE))
		return true;
	return destination == LOG_TO_POSTLOG && errno != EACCES && errno != ENOENT;
}

bool log_fills_file(void)
{
	struct stat status;

	return logger.sink.fd >= 0 && fstat(logger.sink.fd, &status) == 0 &&
	       S_ISREG(status.st_mode);
}

bool log_describe(struct text *out)
{
	enum log_destination destination = logger.sink.target.destination;

	if (destination == LOG_TO_STDERR || destination == LOG_TO_NONE) {
		text_string(out, destination == LOG_TO_NONE ? "nowhere" : "standard error");
		return true;
	}
	text_format(out, "%s (%s)",
		    logger.sink.is_file	   ? "a file" :
		    logger.sink.is_postfix ? "Postfix's log" :
					     "syslog",
		    log_sink_path(&logger.sink));
	return logger.sink.fd >= 0 && logger.lost == 0;
}

void log_set_socket(const char *path)
{
	log_close();
	logger.sink.syslog = path;
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
