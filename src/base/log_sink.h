/* SPDX-License-Identifier: MIT */
/* Where log lines leave the process: a datagram socket or a file. Never blocks but for LOG_WAIT_MS. */
#ifndef BASE_LOG_SINK_H
#define BASE_LOG_SINK_H

#include <stdbool.h>

#include "base/log_target.h"
#include "base/span.h"

struct log_sink {
	struct log_target target;
	const char *syslog; /* "/dev/log" */
	int fd;		    /* -1: none */
	bool is_postfix;    /* what is there wants the time, the host and no priority */
	bool is_file;
	bool torn; /* a line of the file was written in part */
};

/* Opens it if it is not open. False, with errno, when that is not possible. */
bool log_sink_open(struct log_sink *sink);
void log_sink_close(struct log_sink *sink);

/* Of what is open, or was tried last. */
const char *log_sink_path(const struct log_sink *sink);

/* One write. `may_wait`: LOG_WAIT_MS for room in a full queue. False: it is lost; with fd -1 another
 * log_sink_open() may help. */
bool log_sink_write(struct log_sink *sink, struct span record, bool may_wait);

#endif
