/* SPDX-License-Identifier: MIT */
/*
 * The DNS servers to ask: from the setting DNS_Servers or from a resolv.conf.
 */
#ifndef DNS_SERVERS_H
#define DNS_SERVERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
	SERVERS_MAX = 8,
	SERVERS_PORT = 53,
};

struct server_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6; /* with the scope of a link-local address */
	} socket;
	socklen_t length;
};

struct servers {
	size_t count;
	struct server_address list[SERVERS_MAX];
};

/*
 * Reads "address", "address:port" and "[v6]:port", with "%interface" after a link-local address,
 * separated by commas or spaces. Returns false with a message in error (size > 0) at the first item
 * that is not one of these, and for more than SERVERS_MAX of them.
 */
bool servers_parse(struct servers *servers, const char *text, char *error, size_t size);

enum { SERVERS_TEXT_MAX = 72 };

/* "192.0.2.53", with another port than 53 "192.0.2.53:5353"; `out` holds SERVERS_TEXT_MAX bytes. */
void servers_format(const struct server_address *server, char *out);

/*
 * The "nameserver" lines of a resolv.conf; lines that cannot be used are passed over, as the
 * system's own resolver does, and so are those beyond SERVERS_MAX. With none left, and when there
 * is no such file, it is the server on this host: 127.0.0.1. Of a file of more than 64 KiB only the
 * lines within those are read.
 */
void servers_read_file(struct servers *servers, const char *path);

/* In host byte order. */
uint16_t servers_port(const struct server_address *server);

/* The text of such a file. */
void servers_from_resolv_conf(struct servers *servers, struct span text);

#endif
