/* SPDX-License-Identifier: MIT */
#include "sums.h"

/* What is remembered of a client. */
struct client {
	struct sums_row sum; /* count: fails of MAIL FROM; others: unrelated domains */
	unsigned long passes;
	struct {
		time_t tries[SUMS_BAN_TRIES]; /* the last ones, a ring */
		unsigned next;
		time_t until; /* banned */
	} bans[2];
};

struct sums *sums_create(void)
{
	struct arena *arena = arena_create();
	struct sums *sums = arena_take(arena, sizeof(*sums));

	sums->arena = arena;
	for (unsigned i = 0; i < SUMS_LISTS; i++)
		sums->lists[i] = tally_create(arena, sizeof(struct sums_row));
	sums->clients = tally_create(arena, sizeof(struct client));
	sums->seen = tally_create(arena, sizeof(struct tally_row));
	return sums;
}

void sums_destroy(struct sums *sums)
{
	if (sums)
		arena_destroy(sums->arena);
}

/* ---- rows ---- */

static struct sums_row *count(struct sums *sums, enum sums_list list, struct span key)
{
	struct sums_row *row = tally_row(sums->lists[list], key);

	if (row)
		row->row.count++;
	return row;
}

static void note(struct sums *sums, struct sums_row *row, struct span text)
{
	if (row && !row->note && text.length > 0)
		row->note = arena_string(sums->arena, text);
}

/* True the first time that both come together under this kind. */
static bool is_new_pair(struct sums *sums, const char *kind, struct span a, struct span b)
{
	char storage[TALLY_KEY_MAX + 1];
	struct text key;
	struct tally_row *row;

	text_init(&key, storage, sizeof(storage));
	text_string(&key, kind);
	text_add(&key, a);
	row = tally_pair(sums->seen, text_span(&key), b);
	return row && row->count++ == 0;
}

/* ---- refusals ---- */

static void add_refusal(struct sums *sums, const struct logged_decision *d)
{
	struct span client = d->envelope.client_text;
	struct sums_row *by_domain = count(sums, SUMS_REFUSED_DOMAINS, d->domain);
	struct sums_row *by_client = count(sums, SUMS_REFUSED_CLIENTS, client);

	note(sums, by_client, d->envelope.helo);
	if (by_domain && d->would)
		by_domain->would++;
	if (by_client && d->would)
		by_client->would++;
	if (!is_new_pair(sums, "refused ", client, d->domain))
		return;
	if (by_domain)
		by_domain->others++;
	if (by_client)
		by_client->others++;
}

/* ---- forwarders ---- */

/*
 * The part of a domain by which two are unrelated: its last two labels, three where the second level is short as in
 * co.uk. No list of public suffixes is worth its weight here.
 */
static struct span family(struct span domain)
{
	struct span rest = domain;
	size_t start = domain.length;

	for (unsigned labels = 0; labels < 3 && rest.length > 0; labels++) {
		size_t dot = span_find_last(rest, '.');
		bool dotted = dot < rest.length;
		struct span label = dotted ? span_skip(rest, dot + 1) : rest;

		if (labels == 2 && domain.length - start > 6)
			break;
		start = (size_t)(label.data - domain.data);
		rest = span_take(rest, dotted ? dot : 0);
	}
	return span_skip(domain, start);
}

static void add_to_client(struct sums *sums, struct client *client, const struct logged_decision *d)
{
	note(sums, &client->sum, d->envelope.helo);
	if (d->identity != SPF_MAILFROM)
		return;
	client->passes += d->result == SPF_PASS;
	if (d->result != SPF_FAIL)
		return;
	client->sum.row.count++;
	client->sum.others += is_new_pair(sums, "fails ", d->envelope.client_text,
					  family(d->domain));
}

/* ---- fail2ban ---- */

static void add_to_jail(struct sums *sums, struct client *client, const struct logged_decision *d,
			enum sums_list mode, time_t time)
{
	unsigned i = mode == SUMS_BANNED_FAIL;
	time_t oldest;

	if (time < client->bans[i].until && time >= client->bans[i].until - SUMS_BAN_S) {
		note(sums, count(sums, mode, d->envelope.client_text), d->envelope.helo);
		return;
	}
	client->bans[i].tries[client->bans[i].next] = time;
	client->bans[i].next = (client->bans[i].next + 1) % SUMS_BAN_TRIES;
	oldest = client->bans[i].tries[client->bans[i].next];
	if (oldest > 0 && oldest <= time && time - oldest <= SUMS_BAN_WINDOW_S) {
		client->bans[i].until = time + SUMS_BAN_S;
		memset(client->bans[i].tries, 0, sizeof(client->bans[i].tries));
	}
}

/* ---- errors ---- */

/* Takes what one server did off the rest: "truncated, and TCP refused by .." has a comma of its own. */
static struct span next_fault(struct span *rest)
{
	static const char truncated[] = "truncated, ";
	size_t own = span_starts_with(*rest, truncated) ? sizeof(truncated) - 1 : 0;
	size_t end = own + span_find(span_skip(*rest, own), ',');
	struct span fault = span_take(*rest, end);

	*rest = span_trim(span_skip(*rest, end), ", ");
	return fault;
}

/* Takes words off that differ each time: "no answer from 192.0.2.53 in 20 s (8 sent)". */
static struct span without_figures(struct span fault)
{
	for (size_t i = 0; i < fault.length; i++)
		if (span_starts_with(span_skip(fault, i), " in "))
			return span_take(fault, i);
	return fault;
}

static void add_fault(struct sums *sums, const struct logged_decision *d, struct span fault)
{
	struct sums_row *row = count(sums, SUMS_FAULTS, fault);

	if (row && is_new_pair(sums, "fault ", fault, d->domain))
		row->others++;
}

/* "SPF Temporary Error: DNS lookup of TXT shop.example failed: SERVFAIL from 192.0.2.53, no answer from ..". */
static void add_temperror(struct sums *sums, const struct logged_decision *d)
{
	static const char mark[] = " failed: ";
	struct span rest = d->problem;

	while (rest.length > 0 && !span_starts_with(rest, mark))
		rest = span_skip(rest, 1);
	if (rest.length == 0) {
		add_fault(sums, d, span_of("server not told"));
		return;
	}
	rest = span_skip(rest, sizeof(mark) - 1);
	while (rest.length > 0)
		add_fault(sums, d, without_figures(next_fault(&rest)));
}

static void add_permerror(struct sums *sums, const struct logged_decision *d)
{
	struct span problem = d->problem, before;

	if (span_starts_with(problem, "SPF Permanent Error: "))
		span_split(problem, ':', &before, &problem);
	note(sums, count(sums, SUMS_BROKEN, d->domain), span_trim(problem, " "));
}

/* ---- the whole ---- */

static void add_judged(struct sums *sums, const struct logged_decision *d, time_t time)
{
	bool refused = d->verb == DECISION_REJECT;
	struct client *client = d->envelope.client_text.length > 0 ?
					tally_row(sums->clients, d->envelope.client_text) :
					NULL;

	sums->results[d->identity][d->result]++;
	if (refused)
		add_refusal(sums, d);
	if (client)
		add_to_client(sums, client, d);
	if (client && refused && !d->would && d->result == SPF_FAIL) {
		add_to_jail(sums, client, d, SUMS_BANNED_FAIL, time);
		if (d->identity == SPF_HELO)
			add_to_jail(sums, client, d, SUMS_BANNED_HELO, time);
	}
	if (d->envelope.client.family != AF_UNSPEC && address_is_private(&d->envelope.client))
		note(sums, count(sums, SUMS_PRIVATE, d->envelope.client_text), d->envelope.helo);
	if (d->result == SPF_TEMPERROR)
		add_temperror(sums, d);
	if (d->result == SPF_PERMERROR)
		add_permerror(sums, d);
}

static void add_time(struct sums *sums, const struct logged_decision *d)
{
	struct sums_row *row;

	if (!d->timed || d->elapsed_ms < SUMS_SLOW_MS)
		return;
	row = count(sums, SUMS_SLOW, d->domain);
	if (row && row->worst_ms < d->elapsed_ms)
		row->worst_ms = d->elapsed_ms;
}

void sums_add(struct sums *sums, const struct logged_decision *decision, time_t time)
{
	if (sums->decisions == 0 || time < sums->first)
		sums->first = time;
	if (sums->decisions == 0 || time > sums->last)
		sums->last = time;
	sums->decisions++;
	sums->actions[decision->verb][decision->would]++;
	if (decision->judged)
		add_judged(sums, decision, time);
	else
		count(sums, SUMS_NOT_JUDGED, decision->why);
	add_time(sums, decision);
}

void sums_add_warning(struct sums *sums, struct span message)
{
	count(sums, SUMS_WARNINGS, message);
}

void sums_finish(struct sums *sums)
{
	size_t count;
	struct tally_row **rows = tally_sorted(sums->clients, &count);

	for (size_t i = 0; i < count; i++) {
		const struct client *client = (const struct client *)rows[i];
		struct sums_row *row;

		if (client->passes > 0 || client->sum.others < SUMS_FORWARDER_DOMAINS)
			continue;
		row = tally_row(sums->lists[SUMS_FORWARDERS], client->sum.row.key);
		row->row.count = client->sum.row.count;
		row->others = client->sum.others;
		row->note = client->sum.note;
	}
}

struct sums_row **sums_rows(const struct sums *sums, enum sums_list list, size_t *count)
{
	return (struct sums_row **)tally_sorted(sums->lists[list], count);
}
