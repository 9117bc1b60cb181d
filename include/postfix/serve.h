/* SPDX-License-Identifier: MIT */
/*
 * The service loop: read a request, decide, answer once, log, until the end of input.
 *
 * One request gets one reply in one write(2). After a failure (a malformed peer, a reply that cannot be
 * written, no reply in time) nothing is answered: a line is logged and the loop ends, so that Postfix
 * retries and its default_action decides.
 */
#ifndef POSTFIX_SERVE_H
#define POSTFIX_SERVE_H

#include "policy/policy.h"

enum {
	SERVE_INPUT_MS = 30000,	 /* a request that was begun must be complete by then */
	SERVE_OUTPUT_MS = 10000, /* the peer takes the reply by then */
};

enum serve_status {
	SERVE_END,     /* the input ended between requests: exit status 0 */
	SERVE_FAILURE, /* exit status 1 */
};

enum serve_status serve(int input, int output, const struct config *config, struct policy *policy);

/*
 * For a signal handler. While it waits for input the process ends at once, without a word: exit status 0
 * between requests, 1 inside one. While it judges it ends after the reply.
 */
void serve_stop(void);

#endif
