/* SPDX-License-Identifier: MIT */
/*
 * Which message answers a query, and what it says of EDNS: any bytes of length SIZE against any query for a
 * name of up to NAME bytes.
 */
#include "prove.h"

#include "dns/message.h"

enum { NAME = 3 };

static uint8_t message[SIZE];
static char name[NAME];
static struct message_query query;

void prove_message_build(void)
{
	__CPROVER_havoc_object(name);
	if (!message_build(&query, (struct span){ name, any_size(NAME) }, 1, nondet_bool()))
		return;
	PROVE(query.length <= MESSAGE_QUERY_MAX && query.question_end <= query.length);
	PROVE(query.length == query.question_end || query.length == query.question_end + 11);
}

/* Only with the id and the question byte for byte. */
void prove_message_answers(void)
{
	size_t at = any_size(SIZE - 1);

	__CPROVER_havoc_object(message);
	__CPROVER_havoc_object(name);
	if (!message_build(&query, (struct span){ name, any_size(NAME) }, 1, nondet_bool()) ||
	    !message_answers(&query, message, SIZE))
		return;
	PROVE(query.question_end <= SIZE);
	PROVE(message_is_response(message));
	if (at < 2 || (at >= MESSAGE_HEADER_SIZE && at < query.question_end))
		PROVE(message[at] == query.bytes[at]);
	message_declines_edns(&query, message, SIZE);
}
