/* SPDX-License-Identifier: MIT */
/*
 * How DNS servers answer, one query in each way that the service asks in: for an operator. The query is for
 * the SOA record of the root, which every resolver answers and validates.
 *
 * All are asked at once. Nothing is read from files, so that it can be done inside the sandbox.
 */
#ifndef DNS_PROBE_H
#define DNS_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/servers.h"

enum probe_way {
	PROBE_UDP, /* as the service asks first: with EDNS, and without it when the server declines that */
	PROBE_TCP,
	PROBE_AD, /* over UDP, with the wish to be told whether the answer was validated */
	PROBE_WAYS,
};

struct probe_answer {
	bool answered;
	int error;	     /* errno of what stood in the way; 0: silence. Unless answered */
	unsigned elapsed_ms; /* from the last transmission */
	const char *rcode;   /* "NOERROR"; static */
	bool is_usable;	     /* NOERROR or NXDOMAIN */
	bool declined_edns;
	uint16_t udp_size; /* that it offers; 0: it says nothing of EDNS */
	bool validated;
};

struct probe_report {
	struct probe_answer ways[PROBE_WAYS];
};

/* Waits until all have answered or failed, at most `timeout_ms`. Three descriptors for each server, which has one
 * of the `reports`. */
void probe_servers(const struct servers *servers, unsigned timeout_ms,
		   struct probe_report *reports);

#endif
