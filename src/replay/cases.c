/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include <stdlib.h>

void cases_init(struct cases *cases)
{
	cases->arena = arena_create();
	cases->tally = tally_create(cases->arena, sizeof(struct replay_case));
	cases->tally->rows_max = CASES_MAX;
}

void cases_release(struct cases *cases)
{
	arena_destroy(cases->arena);
	cases->arena = NULL;
	cases->tally = NULL;
}

static struct span copy(struct arena *arena, struct span span)
{
	return (struct span){ arena_string(arena, span), span.length };
}

/* Logs and headers tell a recipient's domain only. */
static struct span whole_recipient(struct arena *arena, struct span recipient)
{
	char storage[ENVELOPE_VALUE_MAX + 16];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	if (recipient.length > 0 && !span_contains(recipient, '@'))
		text_string(&text, "postmaster@");
	text_add(&text, recipient);
	return copy(arena, text_span(&text));
}

/* Logs do not tell who has logged in, only that somebody had. */
static bool has_logged_in(const struct outcome *then)
{
	static const char word[] = "authenticated";
	struct span words = span_of(then->words);

	while (!then->judged && words.length > 0 && !span_starts_with(words, word))
		words = span_skip(words, 1);
	return !then->judged && words.length > 0;
}

/* What makes two messages one: all that the judgement and its comparison see. */
static void add_key(struct text *key, const struct envelope *e, const struct outcome *then)
{
	struct span local, domain;

	if (!span_split_last(e->sender, '@', &local, &domain))
		domain = e->sender;
	text_add(key, domain);
	text_format(key, "\n%d%d%d%d%d\n", then->action, then->judged, then->identity, then->result,
		    has_logged_in(then));
	text_add(key, e->client_text);
	text_char(key, '\n');
	text_add(key, e->helo);
	text_char(key, '\n');
	text_add(key, e->sender);
	text_char(key, '\n');
	text_add(key, e->recipient);
}

bool cases_add(struct cases *cases, const struct logged_decision *decision)
{
	const struct envelope *e = &decision->envelope;
	char storage[4 * ENVELOPE_VALUE_MAX];
	struct replay_case *found;
	struct outcome then;
	struct text key;

	outcome_of_log(&then, decision);
	text_init(&key, storage, sizeof(storage));
	add_key(&key, e, &then);
	if (key.overflow || key.length > TALLY_KEY_MAX) {
		cases->too_long++;
		return true;
	}
	found = tally_row(cases->tally, text_span(&key));
	if (!found)
		return false;
	if (found->row.count++ > 0)
		return true;
	found->then = then;
	found->envelope.client_text = copy(cases->arena, e->client_text);
	found->envelope.helo = copy(cases->arena, e->helo);
	found->envelope.sender = copy(cases->arena, e->sender);
	found->envelope.login = span_of(has_logged_in(&then) ? "somebody" : "");
	found->envelope.recipient = whole_recipient(cases->arena, e->recipient);
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct replay_case *left = *(struct replay_case *const *)a,
				 *right = *(struct replay_case *const *)b;

	/* Keys begin with the sender's domain and hold no NUL. */
	return strcmp(left->row.key.data, right->row.key.data);
}

struct replay_case **cases_list(const struct cases *cases, size_t *count)
{
	struct replay_case **list = (struct replay_case **)tally_sorted(cases->tally, count);

	qsort(list, *count, sizeof(*list), compare);
	return list;
}
