/* SPDX-License-Identifier: MIT */
/* Where the log can go. Data only. */
#ifndef BASE_LOG_TARGET_H
#define BASE_LOG_TARGET_H

enum { LOG_WAIT_MS = 50 }; /* for room in a full queue */

enum log_destination {
	LOG_TO_AUTO, /* syslog; where there is none, postlog */
	LOG_TO_SYSLOG,
	LOG_TO_POSTLOG,
	LOG_TO_FILE,
	LOG_TO_STDERR,
	LOG_TO_NONE,
};

enum { LOG_SOCKET_PATH_MAX = 107 }; /* bytes of a socket's path */

struct log_target {
	enum log_destination destination;
	const char *path; /* borrowed. LOG_TO_FILE; LOG_TO_POSTLOG: NULL = public/postlog below the
			     working directory, which spawn(8) makes the queue directory */
};

#endif
