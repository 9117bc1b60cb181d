/* SPDX-License-Identifier: MIT */
#include "exemptions.h"

#include <time.h>

#include "base/text.h"
#include "maillog/log_record.h"
#include "maillog/logged_decision.h"

enum { THEN_SHOWN_MAX = 300 };

/* ---- the pasted line ---- */

/* A header field is what a line says behind "prepend". */
static bool read_decision(struct span message, struct arena *arena,
			  struct logged_decision *decision)
{
	size_t size = message.length + 16;
	struct text text;

	if (logged_decision_parse(message, arena, decision))
		return true;
	text_init(&text, arena_take(arena, size), size);
	text_string(&text, "prepend ");
	text_add(&text, message);
	return logged_decision_parse(text_span(&text), arena, decision);
}

static const char *printable(struct span bytes, struct arena *arena)
{
	size_t size = 4 * bytes.length + 16;
	struct text text;

	text_init(&text, arena_take(arena, size), size);
	text_printable(&text, bytes, size - 1);
	return text.data;
}

void exemptions_read_line(struct exemptions *exemptions, struct span line, struct arena *arena)
{
	struct logged_decision decision;
	struct log_record record;

	if (log_record_parse(line, time(NULL), arena, &record))
		line = record.message;
	else /* somebody may have left out the time and the host */
		line = log_record_text(line);
	if (!read_decision(line, arena, &decision) || decision.judged || decision.why.length == 0)
		return;
	exemptions->then = printable(decision.why, arena);
	exemptions->then_setting = exempt_setting_of(decision.why);
	exemptions->had_login = span_is(decision.why, exempt_words(EXEMPT_LOGIN));
}

/* ---- what was tried in vain ---- */

void exemptions_miss(void *arg, enum exempt_list list, const char *entry, const char *why)
{
	struct exemptions *exemptions = arg;

	if (exemptions->count == EXEMPTIONS_MISSES_MAX)
		exemptions->left_out++;
	else
		exemptions->misses[exemptions->count++] = (struct exemptions_miss){ list, entry,
										    why };
}

static bool has_client(const struct client_pair_list *list, const struct address *client)
{
	for (size_t i = 0; i < list->count; i++)
		if (network_list_match(&(struct network_list){ &list->items[i].network, 1 },
				       client))
			return true;
	return false;
}

void exemptions_add_lists(struct exemptions *exemptions, const struct config *config,
			  const struct envelope *envelope)
{
	const struct {
		size_t count;
		enum exempt_list list;
		const char *why;
	} lists[] = {
		{ config->whitelist.count, EXEMPT_WHITELIST,
		  "the client is in none of these networks" },
		{ config->whitelist_for.count, EXEMPT_PAIR,
		  has_client(&config->whitelist_for, &envelope->client) ?
			  "the client is in an entry of another domain" :
			  "the client is in none of these entries" },
		{ config->skip_senders.count, EXEMPT_SENDER, "the sender is none of these" },
		{ config->skip_recipients.count, EXEMPT_RECIPIENT,
		  envelope->recipient.length > 0 ? "the recipient is none of these" :
						   "no recipient was given (--to)" },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (lists[i].count > 0)
			exemptions_miss(exemptions, lists[i].list, NULL, lists[i].why);
}

/* ---- the output ---- */

const char *exemptions_setting(const char *why)
{
	return exempt_setting_of(span_of(why));
}

void exemptions_print_line(const struct exemptions *exemptions, bool now, size_t column,
			   struct page *page)
{
	char storage[512];
	struct text text;

	if (!exemptions->then)
		return;
	text_init(&text, storage, sizeof(storage));
	text_string(&text, "not judged then: ");
	text_escape(&text, span_of(exemptions->then), "", THEN_SHOWN_MAX);
	if (exemptions->then_setting)
		text_format(&text, " (%s)", exemptions->then_setting);
	if (!now)
		text_string(&text, ". These settings do not exempt it.");
	page_string(page, PAGE_STRONG, "Line");
	page_paragraph(page, PAGE_DOUBT, column, text_span(&text));
}

void exemptions_print_misses(const struct exemptions *exemptions, size_t column, struct page *page)
{
	char storage[512];
	struct text text;

	for (size_t i = 0; i < exemptions->count; i++) {
		const struct exemptions_miss *miss = &exemptions->misses[i];

		text_init(&text, storage, sizeof(storage));
		text_string(&text, exempt_setting(miss->list));
		if (miss->entry)
			text_format(&text, " %s", miss->entry);
		text_format(&text, ": %s", miss->why);
		page_string(page, PAGE_STRONG, i == 0 ? "Lists" : "");
		page_paragraph(page, PAGE_FAINT, column, text_span(&text));
	}
	if (exemptions->left_out > 0) {
		text_init(&text, storage, sizeof(storage));
		text_format(&text, "%zu more entries missed", exemptions->left_out);
		page_paragraph(page, PAGE_FAINT, column, text_span(&text));
	}
}

void exemptions_json(const struct exemptions *exemptions, struct json *json)
{
	json_string(json, "exempt_then", exemptions->then);
	json_string(json, "exempt_then_by", exemptions->then_setting);
	json_array(json, "missed");
	for (size_t i = 0; i < exemptions->count; i++) {
		const struct exemptions_miss *miss = &exemptions->misses[i];

		json_object(json, NULL);
		json_string(json, "list", exempt_setting(miss->list));
		json_string(json, "entry", miss->entry);
		json_string(json, "why", miss->why);
		json_object_end(json);
	}
	json_array_end(json);
}
