/* SPDX-License-Identifier: MIT */
/* What many processes say on standard error, each thing once, however many of them say it. */
#ifndef REPLAY_SAID_H
#define REPLAY_SAID_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SAID_KEPT_MAX = 32, /* things that are remembered; more are left out, and that is said */
	SAID_LINE_MAX = 2200,
};

struct said {
	int ends[2];	 /* of a pipe */
	size_t received; /* of a line that has not ended */
	char line[SAID_LINE_MAX];
	size_t count;
	bool full; /* that there is more was told */
	char *kept[SAID_KEPT_MAX];
};

/* False with errno: no pipe. What was said before is still known when it is opened again. */
bool said_open(struct said *said);

/* In a process that is to be listened to: its standard error is the pipe from now on. */
void said_speak(const struct said *said);

/* Passes on what there is, without waiting. "ident[pid]: " at the start of a line becomes "replay: ". */
void said_listen(struct said *said);

/* The last of it. */
void said_close(struct said *said);

/* Forgets what was said. */
void said_release(struct said *said);

#endif
