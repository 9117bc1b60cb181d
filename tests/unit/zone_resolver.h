/* SPDX-License-Identifier: MIT */
/*
 * A resolver for tests of what reads answers: it has them all at once, from a zone given as text,
 * and counts nothing. Names below "silent." never get an answer. Include it in one file of a
 * program.
 */
#ifndef ZONE_RESOLVER_H
#define ZONE_RESOLVER_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/resolver.h"
#include "dns/zone.h"

struct known {
	char name[256];
	uint16_t type;
	struct answer *answer;
};

struct resolver {
	struct zone *zone;
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
	resolver->zone = zone_load(path, error, sizeof(error));
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

const struct answer *resolver_peek(struct resolver *resolver, struct span name, uint16_t type)
{
	struct known *known;

	if (name.length >= 7 && memcmp(name.data, "silent.", 7) == 0)
		return NULL;
	for (size_t i = 0; i < resolver->count; i++)
		if (resolver->known[i].type == type &&
		    span_equal_nocase(span_of(resolver->known[i].name), name))
			return resolver->known[i].answer;
	assert(resolver->count < sizeof(resolver->known) / sizeof(resolver->known[0]));
	assert(name.length < sizeof(known->name));
	known = &resolver->known[resolver->count++];
	memcpy(known->name, name.data, name.length);
	known->name[name.length] = '\0';
	known->type = type;
	known->answer = zone_answer(resolver->zone, name, type);
	return known->answer;
}

/* Only what was looked at is a fact. */
bool resolver_fact(const struct resolver *resolver, struct span name, uint16_t type,
		   struct resolver_fact *fact)
{
	for (size_t i = 0; i < resolver->count; i++)
		if (resolver->known[i].type == type &&
		    span_equal_nocase(span_of(resolver->known[i].name), name)) {
			*fact = (struct resolver_fact){ .asked = true, .elapsed_ms = 7 };
			return true;
		}
	return false;
}

bool resolver_want(struct resolver *resolver, struct span name, uint16_t type)
{
	return resolver_peek(resolver, name, type) == NULL;
}

const struct answer *resolver_get(struct resolver *resolver, struct span name, uint16_t type)
{
	return resolver_peek(resolver, name, type);
}

bool resolver_deadline_passed(const struct resolver *resolver)
{
	(void)resolver;
	return false;
}

#endif
