/* SPDX-License-Identifier: MIT */
/*
 * The floor of a cold start: a program that is linked with the same libraries and does nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <ares.h>
#include <idn2.h>
#include <spf2/spf.h>

/* Referenced so that the linker keeps the libraries; never called. */
void *volatile floor_keeps[3];

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1000) {
		floor_keeps[0] = (void *)(uintptr_t)&SPF_server_free;
		floor_keeps[1] = (void *)(uintptr_t)&ares_version;
		floor_keeps[2] = (void *)(uintptr_t)&idn2_lookup_u8;
	}
	return 0;
}
