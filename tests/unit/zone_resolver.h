/* SPDX-License-Identifier: MIT */
/*
 * A resolver for tests of what reads answers: it has them all at once, from a zone given as text, and
 * counts the queries that it was asked to send. The answer to a name that begins with "silent." is not
 * here before somebody waits for it, and is a failure then. Include it in one file of a program.
 */
#ifndef ZONE_RESOLVER_H
#define ZONE_RESOLVER_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/resolver.h"
#include "dns/zone_file.h"

struct known {
	char name[256];
	uint16_t type;
	struct answer *answer;
	bool sent;
};

struct resolver {
	struct zone *zone;
	unsigned sent;
	size_t count;
	struct known known[256];
};

static inline void zone_resolver_open(struct resolver *resolver, const char *text)
{
	char path[] = "/tmp/spfpolicyd-zone-XXXXXX", error[256] = "";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert(file);
	fputs("$TTL 60\n", file);
	fputs(text, file);
	fclose(file);
	memset(resolver, 0, sizeof(*resolver));
	resolver->zone = zone_load(path, NULL, error, sizeof(error));
	unlink(path);
	if (!resolver->zone)
		fprintf(stderr, "%s\n", error);
	assert(resolver->zone);
}

static inline void zone_resolver_close(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->count; i++)
		free(resolver->known[i].answer);
	zone_destroy(resolver->zone);
}

static inline struct known *zone_resolver_find(const struct resolver *resolver, struct span name,
					       uint16_t type)
{
	for (size_t i = 0; i < resolver->count; i++)
		if (resolver->known[i].type == type &&
		    span_equal_nocase(span_of(resolver->known[i].name), name))
			return (struct known *)&resolver->known[i];
	return NULL;
}

static inline struct known *zone_resolver_add(struct resolver *resolver, struct span name,
					      uint16_t type)
{
	struct known *known = zone_resolver_find(resolver, name, type);

	if (known)
		return known;
	assert(resolver->count < sizeof(resolver->known) / sizeof(resolver->known[0]));
	assert(name.length < sizeof(known->name));
	known = &resolver->known[resolver->count++];
	memcpy(known->name, name.data, name.length);
	known->name[name.length] = '\0';
	known->type = type;
	if (name.length < 7 || memcmp(name.data, "silent.", 7) != 0)
		known->answer = zone_answer(resolver->zone, name, type);
	return known;
}

const struct answer *resolver_peek(struct resolver *resolver, struct span name, uint16_t type)
{
	return zone_resolver_add(resolver, name, type)->answer;
}

const struct answer *const *resolver_place(struct resolver *resolver, struct span name,
					   uint16_t type)
{
	struct known *known = zone_resolver_add(resolver, name, type);

	return known->answer || known->sent ? (const struct answer *const *)&known->answer : NULL;
}

/* Only what was looked at is a fact. */
bool resolver_fact(const struct resolver *resolver, struct span name, uint16_t type,
		   struct resolver_fact *fact)
{
	if (!zone_resolver_find(resolver, name, type))
		return false;
	*fact = (struct resolver_fact){ .asked = true, .elapsed_ms = 7 };
	return true;
}

void resolver_describe_failure(const struct resolver *resolver, struct span name, uint16_t type,
			       struct text *out)
{
	(void)resolver;
	(void)name;
	(void)type;
	(void)out;
}

bool resolver_is_unanswered(const struct resolver *resolver)
{
	(void)resolver;
	return false;
}

bool resolver_want(struct resolver *resolver, struct span name, uint16_t type)
{
	struct known *known = zone_resolver_add(resolver, name, type);
	bool sent = !known->sent && !known->answer;

	known->sent = true;
	resolver->sent += sent;
	return sent;
}

const struct answer *resolver_get(struct resolver *resolver, struct span name, uint16_t type)
{
	struct known *known = zone_resolver_add(resolver, name, type);

	if (!known->answer)
		known->answer = answer_build(ANSWER_FAILURE, type, 0, NULL, 0);
	return known->answer;
}

unsigned resolver_in_flight(const struct resolver *resolver)
{
	return resolver->sent;
}

void resolver_lane(struct resolver *resolver, unsigned lane, uint64_t deadline_ms)
{
	(void)resolver;
	(void)lane;
	(void)deadline_ms;
}

uint64_t resolver_now_ms(void)
{
	return 0;
}

bool resolver_deadline_passed(const struct resolver *resolver)
{
	(void)resolver;
	return false;
}

#endif
