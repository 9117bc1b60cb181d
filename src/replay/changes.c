/* SPDX-License-Identifier: MIT */
#include "changes.h"

enum { KEY_MAX = TALLY_KEY_MAX + 1 };

void changes_init(struct changes *changes)
{
	struct arena *arena = arena_create();

	*changes = (struct changes){ .arena = arena };
	changes->transitions = tally_create(arena, sizeof(struct transition));
	changes->changed = tally_create(arena, sizeof(struct change));
	changes->clients = tally_create(arena, sizeof(struct tally_row));
}

void changes_release(struct changes *changes)
{
	arena_destroy(changes->arena);
}

/* ---- how to see it again ---- */

static bool is_plain(char c)
{
	return ascii_is_alphanumeric(c) || ascii_is_in(c, "@.:_+=,%/-");
}

/* An argument as a shell reads it (POSIX.1, section 2.2.2). */
static void add_argument(struct text *out, const char *option, struct span value)
{
	bool plain = value.length > 0 && span_all(value, is_plain);

	text_format(out, " %s ", option);
	if (plain) {
		text_add(out, value);
		return;
	}
	text_char(out, '\'');
	for (size_t i = 0; i < value.length; i++) {
		if (value.data[i] == '\'')
			text_string(out, "'\\''");
		else
			text_char(out, value.data[i]);
	}
	text_char(out, '\'');
}

static const char *check_command_for(struct arena *arena, const struct envelope *e)
{
	char storage[2 * TALLY_KEY_MAX];
	struct text out;

	text_init(&out, storage, sizeof(storage));
	text_string(&out, "spfpolicyd check");
	add_argument(&out, "--ip", e->client_text);
	if (e->helo.length > 0)
		add_argument(&out, "--helo", e->helo);
	if (e->sender.data)
		add_argument(&out, "--from", e->sender);
	if (e->recipient.length > 0)
		add_argument(&out, "--to", e->recipient);
	/* What cannot be typed cannot be shown either. */
	if (out.overflow || !span_all(text_span(&out), ascii_is_printable))
		return NULL;
	return arena_string(arena, text_span(&out));
}

/* ---- counting ---- */

/* The domain whose record decides, or would. */
static struct span domain_of(const struct replay_case *one, const struct outcome *now)
{
	const struct outcome *judged = now->judged ? now : &one->then;
	struct span local, domain;

	if (one->envelope.sender.length == 0 || (judged->judged && judged->identity == SPF_HELO))
		return one->envelope.helo;
	return span_split_last(one->envelope.sender, '@', &local, &domain) ? domain :
									     one->envelope.sender;
}

static void add_transition(struct changes *changes, const struct replay_case *one,
			   const struct outcome *now)
{
	char storage[KEY_MAX];
	struct transition *row;
	struct text key;

	text_init(&key, storage, sizeof(storage));
	outcome_describe(&key, &one->then);
	text_string(&key, " -> ");
	outcome_describe(&key, now);
	row = tally_row(changes->transitions, text_span(&key));
	if (!row)
		return;
	row->row.count += one->row.count;
	row->then = one->then;
	row->now = *now;
}

static void describe_change(struct changes *changes, struct change *change,
			    const struct replay_case *one, const struct outcome *now,
			    struct span domain, struct span reason)
{
	change->then = one->then;
	change->now = *now;
	change->domain = arena_string(changes->arena, domain);
	change->reason = arena_string(changes->arena, reason);
	change->check = check_command_for(changes->arena, &one->envelope);
}

static void add_change(struct changes *changes, const struct replay_case *one,
		       const struct outcome *now)
{
	char reason_storage[2 * OUTCOME_WORDS_MAX], key_storage[KEY_MAX];
	struct span domain = domain_of(one, now);
	struct tally_row *client;
	struct change *change;
	struct text reason, key;

	text_init(&reason, reason_storage, sizeof(reason_storage));
	outcome_reason(&reason, &one->then, now);
	text_init(&key, key_storage, sizeof(key_storage));
	outcome_describe(&key, &one->then);
	outcome_describe(&key, now);
	text_format(&key, "\n%.200s\n", reason.data);
	text_add(&key, domain);
	change = tally_row(changes->changed, text_span(&key));
	if (!change)
		return;
	if (change->row.count == 0)
		describe_change(changes, change, one, now, domain, text_span(&reason));
	change->row.count += one->row.count;
	client = tally_pair(changes->clients, text_span(&key), one->envelope.client_text);
	if (client)
		change->clients += client->count++ == 0;
}

void changes_add(struct changes *changes, const struct replay_case *one, const struct outcome *now)
{
	changes->cases++;
	changes->messages += one->row.count;
	if (!now) {
		changes->not_judged++;
		return;
	}
	add_transition(changes, one, now);
	if (one->then.action == OUTCOME_ACCEPTED && now->action == OUTCOME_REJECTED)
		changes->losses += one->row.count;
	if (now->judged && now->result == SPF_TEMPERROR)
		changes->temperrors += one->row.count;
	if (outcome_differs(&one->then, now))
		add_change(changes, one, now);
}

struct transition **changes_transitions(const struct changes *changes, size_t *count)
{
	return (struct transition **)tally_sorted(changes->transitions, count);
}

struct change **changes_list(const struct changes *changes, size_t *count)
{
	return (struct change **)tally_sorted(changes->changed, count);
}
