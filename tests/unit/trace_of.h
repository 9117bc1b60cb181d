/* SPDX-License-Identifier: MIT */
/* A trace made from a zone given as text, for the tests of the trace and of what reads it. */
#ifndef TRACE_OF_H
#define TRACE_OF_H

#include "check/trace.h"
#include "spf/walk.h"
#include "zone_resolver.h"

struct traced {
	struct resolver resolver;
	struct evaluation_settings settings;
	struct evaluation evaluation;
	struct spf_report report;
	struct trace_seen seen;
	struct arena *arena;
	struct trace *trace;
};

/* For client 192.0.2.1 and sender user@DOMAIN, as after a check: our own walk must give `result`. */
static inline void trace_of(struct traced *t, const char *zone, const char *domain,
			    enum spf_result result)
{
	struct evaluation_subject subject = {
		.identity = SPF_MAILFROM,
		.local = span_of("user"),
		.sender_domain = span_of(domain),
		.helo = span_of("mail.example"),
	};

	memset(t, 0, sizeof(*t));
	zone_resolver_open(&t->resolver, zone);
	assert(address_parse(span_of("192.0.2.1"), &subject.client));
	t->settings = (struct evaluation_settings){
		.resolver = &t->resolver,
		.void_limit = 2,
		.receiver = "unknown",
	};
	t->report = (struct spf_report){ .identity = SPF_MAILFROM,
					 .result = result,
					 .checked = true };
	t->arena = arena_create();
	evaluation_init(&t->evaluation, &t->settings, &subject);
	walk_run(&t->evaluation.waiting, &evaluation_waiting);
	assert(t->evaluation.waiting.outcome.result == result);
	t->trace = trace_build(&t->evaluation, &t->report, &t->seen, t->arena);
}

static inline void trace_end(struct traced *t)
{
	evaluation_free(&t->evaluation);
	arena_destroy(t->arena);
	zone_resolver_close(&t->resolver);
}

#endif
