/* SPDX-License-Identifier: MIT */
#include "self_test_dns.h"

#include <errno.h>

#include "base/remark.h"
#include "base/text.h"
#include "dns/probe.h"

enum { TIMEOUT_MS = 3000 };

static const char *reason(int error)
{
	switch (error) {
	case 0: return "no answer in 3 s";
	case ECONNREFUSED: return "connection refused";
	case ECONNRESET: return "broken off";
	case EBADMSG: return "unreadable answer";
	case EACCES:
	case EPERM: return "not allowed here";
	default: return strerror(error);
	}
}

static void add_way(struct text *out, const char *name, const struct probe_answer *answer)
{
	text_format(out, "%s ", name);
	if (!answer->answered)
		text_string(out, reason(answer->error));
	else if (answer->is_usable)
		text_format(out, "%u ms", answer->elapsed_ms);
	else
		text_format(out, "%s in %u ms", answer->rcode, answer->elapsed_ms);
}

static void add_edns(struct text *out, const struct probe_answer *answer)
{
	if (answer->udp_size)
		text_format(out, ", EDNS with %u bytes", answer->udp_size);
	else
		text_format(out, ", no EDNS%s: answers of more than 512 bytes take TCP",
			    answer->declined_edns ? " (FORMERR)" : "");
}

static bool works(const struct probe_answer *answer)
{
	return answer->answered && answer->is_usable;
}

/* Validation is told, but the service neither needs nor uses it. */
static void describe(struct text *out, const struct probe_report *report)
{
	const struct probe_answer *udp = &report->ways[PROBE_UDP];
	const struct probe_answer *tcp = &report->ways[PROBE_TCP];

	add_way(out, "UDP", udp);
	if (works(udp))
		add_edns(out, udp);
	text_string(out, "; ");
	add_way(out, "TCP", tcp);
	if (works(udp) && !works(tcp))
		text_string(out, ": long answers will end in temperrors");
	if (works(udp))
		text_string(out, report->ways[PROBE_AD].validated ?
					 "; validates (DNSSEC)." :
					 "; does not validate (DNSSEC).");
	else
		text_string(out, ". It is of no use.");
}

unsigned self_test_dns(const struct servers *servers, FILE *out)
{
	struct probe_report reports[SERVERS_MAX];
	unsigned bad = 0, dead = 0;

	probe_servers(servers, TIMEOUT_MS, reports);
	for (size_t i = 0; i < servers->count; i++) {
		char name[SERVERS_TEXT_MAX], storage[512];
		struct text text;
		bool udp = works(&reports[i].ways[PROBE_UDP]);

		servers_format(&servers->list[i], name);
		text_init(&text, storage, sizeof(storage));
		text_format(&text, "DNS server %s: ", name);
		describe(&text, &reports[i]);
		remark_paragraph(text_span(&text), out);
		dead += !udp;
		bad += !udp || !works(&reports[i].ways[PROBE_TCP]);
	}
	if (dead == servers->count)
		remark_print(out, "No DNS server answers: every check would end in a temperror.");
	return bad;
}
