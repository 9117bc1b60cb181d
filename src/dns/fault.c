/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include "message.h"

static void add_silence(struct text *out, const char *name, unsigned sent, uint64_t elapsed_ms)
{
	text_format(out, "no answer from %s in ", name);
	/* To the nearest second: a query is asked a little after the time begins to run. */
	if (elapsed_ms < 950)
		text_format(out, "%u ms", (unsigned)elapsed_ms);
	else
		text_format(out, "%u s", (unsigned)((elapsed_ms + 500) / 1000));
	text_format(out, " (%u sent)", sent);
}

static void add_server(struct text *out, const struct query_server *server,
		       const struct server_address *address, uint64_t elapsed_ms)
{
	char name[SERVERS_TEXT_MAX];

	servers_format(address, name);
	switch (server->last) {
	case QUERY_NOTHING:
	case QUERY_LOST: add_silence(out, name, server->sent, elapsed_ms); return;
	case QUERY_REFUSED: text_format(out, "connection refused by %s", name); return;
	case QUERY_UNREACHABLE: text_format(out, "%s cannot be reached", name); return;
	case QUERY_TRUNCATED:
	case QUERY_TCP_SILENT:
		text_format(out, "truncated, and TCP unanswered by %s", name);
		return;
	case QUERY_TCP_REFUSED: text_format(out, "truncated, and TCP refused by %s", name); return;
	case QUERY_TCP_BROKEN:
		text_format(out, "truncated, and TCP broken off by %s", name);
		return;
	case QUERY_NO_EDNS: text_format(out, "FORMERR from %s", name); return;
	case QUERY_UNREADABLE: text_format(out, "unreadable answer from %s", name); return;
	case QUERY_ERROR:
		text_format(out, "%s from %s", message_rcode_name(server->rcode), name);
		return;
	}
}

void fault_describe(struct text *out, const struct query *query, const struct servers *servers,
		    uint64_t elapsed_ms)
{
	enum { NAMED_MAX = 2 };
	unsigned named = 0;

	for (size_t i = 0; i < servers->count && named < NAMED_MAX; i++) {
		if (!query->servers[i].sent)
			continue;
		if (named++)
			text_string(out, ", ");
		add_server(out, &query->servers[i], &servers->list[i], elapsed_ms);
	}
}
