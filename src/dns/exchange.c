/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"

void exchange_placeholder_name(const struct exchange *exchange, char *name)
{
	snprintf(name, PLACEHOLDER_NAME_MAX, "q%u", exchange->number);
}

/* The end of the question of a message that c-ares wrote, 0 when it can be none of ours. */
static size_t question_end(const uint8_t *message, size_t length)
{
	struct wire wire = wire_at(message, length, MESSAGE_HEADER_SIZE);

	wire_skip_name(&wire);
	wire_skip(&wire, 4);
	return wire.bad || wire.offset > PLACEHOLDER_MAX ? 0 : wire.offset;
}

static bool is_placeholder_of(const struct exchange *exchange, const uint8_t *message)
{
	char name[PLACEHOLDER_NAME_MAX];
	size_t length;

	exchange_placeholder_name(exchange, name);
	length = strlen(name);
	return message[MESSAGE_HEADER_SIZE] == length &&
	       memcmp(message + MESSAGE_HEADER_SIZE + 1, name, length) == 0;
}

struct exchange *exchange_sent(struct exchange *list, const uint8_t *message, size_t length)
{
	size_t end = question_end(message, length);

	while (end && list && !is_placeholder_of(list, message))
		list = list->next;
	if (!end || !list)
		return NULL;
	memcpy(list->placeholder, message, end);
	list->placeholder_length = end;
	return list;
}

struct exchange *exchange_answered(struct exchange *list, const void *carrier,
				   const uint8_t *message, size_t length)
{
	while (list && !(list->carrier == carrier && list->placeholder_length && !list->answer &&
			 message_answers(&list->query, message, length)))
		list = list->next;
	if (!list)
		return NULL;
	list->answer = xmalloc(length);
	memcpy(list->answer, message, length);
	list->answer_length = length;
	return list;
}

size_t exchange_placeholder_answer(const struct exchange *exchange, uint8_t *out)
{
	size_t length = exchange->placeholder_length;

	memcpy(out, exchange->placeholder, length);
	out[2] |= 0x80;		   /* QR */
	out[3] = MESSAGE_SERVFAIL; /* and no other flag */
	/* No records, not even an OPT that c-ares may have sent. */
	memset(out + 6, 0, MESSAGE_HEADER_SIZE - 6);
	return length;
}
