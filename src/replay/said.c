/* SPDX-License-Identifier: MIT */
#include "said.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/span.h"
#include "base/xalloc.h"
#include "maillog/log_record.h"

bool said_open(struct said *said)
{
	said->received = 0;
	return pipe2(said->ends, O_CLOEXEC) == 0 && fcntl(said->ends[0], F_SETFL, O_NONBLOCK) == 0;
}

void said_speak(const struct said *said)
{
	dup2(said->ends[1], STDERR_FILENO);
}

static bool is_known(const struct said *said, struct span text)
{
	for (size_t i = 0; i < said->count; i++)
		if (span_is(text, said->kept[i]))
			return true;
	return false;
}

static void take_line(struct said *said, struct span line)
{
	struct span text = log_record_text(line);
	char *kept;

	if (text.length == 0 || is_known(said, text))
		return;
	if (said->count == SAID_KEPT_MAX) {
		if (!said->full)
			fputs("replay: and more of that kind\n", stderr);
		said->full = true;
		return;
	}
	kept = xmalloc(text.length + 1);
	memcpy(kept, text.data, text.length);
	kept[text.length] = '\0';
	said->kept[said->count++] = kept;
	fprintf(stderr, "replay: %s\n", kept);
}

/* Whole lines; what is longer than there is room for counts as one. */
static void take_lines(struct said *said)
{
	struct span rest = { said->line, said->received }, line;

	while (span_contains(rest, '\n') || rest.length == sizeof(said->line)) {
		line = span_take(rest, span_find(rest, '\n'));
		take_line(said, line);
		rest = span_skip(rest, line.length + (line.length < rest.length));
	}
	memmove(said->line, rest.data, rest.length);
	said->received = rest.length;
}

void said_listen(struct said *said)
{
	ssize_t n;

	while ((n = read(said->ends[0], said->line + said->received,
			 sizeof(said->line) - said->received)) > 0) {
		said->received += (size_t)n;
		take_lines(said);
	}
}

void said_close(struct said *said)
{
	close(said->ends[1]);
	said_listen(said);
	take_line(said, (struct span){ said->line, said->received });
	close(said->ends[0]);
}

void said_release(struct said *said)
{
	while (said->count > 0)
		free(said->kept[--said->count]);
}
