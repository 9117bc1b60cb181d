/* SPDX-License-Identifier: MIT */
/* The things that sandbox_probe tries, in tables that end with a NULL. */
#ifndef SANDBOX_PROBE_H
#define SANDBOX_PROBE_H

struct thing {
	const char *name;
	long (*attempt)(void); /* negative: it failed, and errno says how */
};

extern const struct thing probe_sockets[];
extern const char *probe_argument; /* a port or a path, by what is tried */

#endif
