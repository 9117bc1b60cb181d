/* SPDX-License-Identifier: MIT */
/*
 * The floor of a request that asks DNS: a c-ares program that asks the same questions, side by side, and
 * reads the answers; nothing else.
 *
 * usage: bare ADDRESS:PORT ROUNDS NAME... (each round asks the TXT of every NAME)
 */
#include <ares.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static unsigned long answered;
static int watched = -1;
static short events;

static void on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	(void)arg;
	watched = readable || writable ? fd : -1;
	events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *message, int length)
{
	unsigned long *open = arg;

	(void)timeouts;
	(void)message;
	(void)length;
	answered += status == ARES_SUCCESS;
	--*open;
}

static void wait_for_all(ares_channel channel, const unsigned long *open)
{
	while (*open > 0) {
		struct pollfd pollfd = { .fd = watched, .events = events };
		struct timeval timeout, *next = ares_timeout(channel, NULL, &timeout);
		int ms = next ? (int)(next->tv_sec * 1000 + next->tv_usec / 1000) : 1000;
		int ready = poll(&pollfd, 1, ms);

		ares_process_fd(channel,
				ready > 0 && pollfd.revents & POLLIN ? watched : ARES_SOCKET_BAD,
				ready > 0 && pollfd.revents & POLLOUT ? watched : ARES_SOCKET_BAD);
	}
}

int main(int argc, char **argv)
{
	struct ares_options options = { .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
						 ARES_FLAG_EDNS,
					.ednspsz = 1232,
					.sock_state_cb = on_state };
	ares_channel channel;
	unsigned long open = 0, rounds;

	if (argc < 4)
		return 2;
	rounds = strtoul(argv[2], NULL, 10);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&channel, &options,
			      ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB) !=
		    ARES_SUCCESS ||
	    ares_set_servers_ports_csv(channel, argv[1]) != ARES_SUCCESS)
		return 1;
	for (unsigned long round = 0; round < rounds; round++) {
		for (int i = 3; i < argc; i++) {
			open++;
			ares_query(channel, argv[i], 1, 16, on_answer, &open);
		}
		wait_for_all(channel, &open);
	}
	ares_destroy(channel);
	ares_library_cleanup();
	return answered == rounds * (unsigned long)(argc - 3) ? 0 : 1;
}
