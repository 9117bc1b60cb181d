/* SPDX-License-Identifier: MIT */
#include "check/check_command.h"

#include "advice.h"
#include "audit.h"
#include "check_result.h"
#include "config/config_load.h"
#include "maillog/log_line.h"
#include "postfix/decision_log.h"
#include "postfix/header.h"
#include "trace_query.h"

/* The resolver's, beside those of the identities. */
enum { AUDIT_LANE = SPF_IDENTITY_COUNT };

/* ---- the message ---- */

/* Options go before what the log line says: to try what would have been otherwise. */
static const char *read_log_line(const char *line, struct arena *arena, struct envelope *e)
{
	struct envelope told;
	bool cut;

	/* policyd-spf-perl says of exempt mail no more than that it is. */
	if (!log_line_parse(span_of(line), arena, &told, &cut))
		return e->client_text.data ?
			       NULL :
			       "no client address in that line: paste a log line or a Received-SPF header, "
			       "or use --ip";
	if (cut)
		fputs("spfpolicyd check: a value in that line was cut; give it with an option\n",
		      stderr);
	if (!e->client_text.data)
		e->client_text = told.client_text;
	if (!e->helo.data && told.helo.length > 0)
		e->helo = told.helo;
	if (!e->sender.data)
		e->sender = told.sender.data ? told.sender : span_of("");
	if (!e->recipient.data && told.recipient.length > 0) {
		struct text text;

		/* Logs and headers tell the domain only. */
		text_init(&text, arena_take(arena, ENVELOPE_VALUE_MAX + 16),
			  ENVELOPE_VALUE_MAX + 16);
		if (!span_contains(told.recipient, '@'))
			text_string(&text, "postmaster@");
		text_add(&text, told.recipient);
		e->recipient = text_span(&text);
	}
	return NULL;
}

/* What Postfix would not send. */
static const char *examine_values(const struct envelope *e)
{
	const struct span values[] = { e->client_text, e->helo, e->sender, e->recipient };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if (values[i].length > ENVELOPE_VALUE_MAX)
			return "a value is too long";
		if (span_contains(values[i], '\n'))
			return "a value holds a newline";
	}
	return NULL;
}

/* NULL when all is well, else what is missing or wrong. */
static const char *examine(const struct check_options *options, const struct envelope *e)
{
	struct address address;

	if (!e->client_text.data)
		return "--ip ADDRESS is missing: the client's address; or --domain DOMAIN: its record "
		       "for every client";
	if (!address_parse(e->client_text, &address))
		return "--ip is not an IP address";
	if (!e->helo.data && !e->sender.data)
		return "--helo NAME or --from SENDER is missing: there is nothing to check";
	if (options->diff)
		return "--diff needs --domain";
	if (options->record && !options->envelope.helo.data && !options->envelope.sender.data)
		return "--record needs --from or --helo: the domain that is to publish it";
	if (options->record && !record_is_spf(span_of(options->record)))
		return "--record is no SPF record: one begins with \"v=spf1 \"";
	return examine_values(e);
}

/* "<a@b>" is "a@b". */
static struct span without_brackets(struct span span)
{
	if (span.length >= 2 && span.data[0] == '<' && span.data[span.length - 1] == '>')
		span = span_skip(span_take(span, span.length - 1), 1);
	return span;
}

/* The envelope that Postfix's request would give, from the options; NULL or what is wrong. */
static const char *describe(const struct check_options *options, struct arena *arena,
			    struct exemptions *exemptions, struct envelope *e)
{
	const char *wrong = NULL;

	*e = options->envelope;
	if (options->log_line) {
		wrong = read_log_line(options->log_line, arena, e);
		exemptions_read_line(exemptions, span_of(options->log_line), arena);
		/* Logs do not tell who. */
		e->login = span_of(exemptions->had_login ? "somebody" : "");
	}
	if (!wrong)
		wrong = examine(options, e);
	e->sender = without_brackets(e->sender);
	e->recipient = without_brackets(e->recipient);
	return wrong;
}

/* --record takes the place of what the judged domain publishes. */
static void set_record(struct zone *zone, const struct envelope *e, const char *record)
{
	const char *domain = e->domains[e->sender.length > 0 ? SPF_MAILFROM : SPF_HELO];

	if (record && domain[0])
		zone_set_record(zone, domain, span_of(record));
}

/* ---- the evaluation ---- */

static const char *why_not_checked(const struct check_result *result, enum spf_identity identity,
				   bool prepared)
{
	if (result->judged->reports[identity].checked)
		return NULL;
	if (prepared)
		return "not looked at: HELO has decided (-o 'HELO_reject = False' shows it)";
	if (identity == SPF_MAILFROM && result->envelope.sender.length == 0)
		return "not checked: a null sender is judged by HELO alone";
	return "not checked under these settings (No_Check)";
}

/* Advice is for all clients of a domain. Its queries come after those of the trees that are shown. */
static void advise(struct check_result *result, struct resolver *resolver, struct arena *arena)
{
	for (enum spf_identity i = 0; i < SPF_IDENTITY_COUNT; i++) {
		const struct check_identity *identity = &result->identities[i];
		struct advice_view view = { .mail_server = i == SPF_HELO,
					    .family = result->envelope.client.family };
		struct audit_subject subject = { .domain = span_of(identity->report->domain) };

		if (!identity->report->checked || subject.domain.length == 0)
			continue;
		advice_collect(&result->advice, audit_build(resolver, AUDIT_LANE, &subject, arena),
			       &view);
	}
	advice_sort(&result->advice);
}

static void collect(struct check_result *result, struct policy *policy, struct arena *arena)
{
	struct trace_seen *seen = arena_take(arena, sizeof(*seen));

	for (enum spf_identity i = 0; i < SPF_IDENTITY_COUNT; i++) {
		struct check_identity *identity = &result->identities[i];
		struct evaluation *e = policy_evaluation(policy, i);

		identity->report = &result->judged->reports[i];
		identity->name = i == SPF_HELO ? result->envelope.helo : result->envelope.sender;
		identity->why_not = why_not_checked(result, i, e != NULL);
		if (!e)
			continue;
		identity->trace = trace_build(e, identity->report, seen, arena);
	}
}

static void collect_dmarc(struct check_result *result, struct resolver *resolver,
			  struct arena *arena)
{
	struct check_dmarc *dmarc = &result->dmarc;
	struct span domain = span_of(result->envelope.domains[SPF_MAILFROM]), name;
	char storage[DNS_NAME_MAX];

	dmarc->report = &result->judged->dmarc;
	for (unsigned i = 0; i < DMARC_NAMES_MAX; i++) {
		struct resolver_fact fact;

		if (!dmarc_query_name(domain, i, storage, &name) ||
		    !resolver_fact(resolver, name, DNS_TXT, &fact))
			continue;
		dmarc->queries[dmarc->count++] = (struct trace_query){
			.name = arena_string(arena, name),
			.type = DNS_TXT,
			.answer = resolver_peek(resolver, name, DNS_TXT),
			.source = trace_query_source(&fact),
			.elapsed_ms = fact.elapsed_ms,
			.needed = i < dmarc->report->names,
		};
	}
}

/* ---- the output ---- */

static void add_header(struct check_result *result, enum decision_header header)
{
	struct text *text = &result->headers[result->header_count];

	text_init(text, result->header_storage[result->header_count], HEADER_MAX);
	header_format(text, header, result->config, &result->envelope, &result->service);
	result->header_count += text->length > 0;
}

static bool format(struct check_result *result)
{
	const struct decision *decision = &result->service;

	add_header(result, decision->header);
	/* The second one goes out with the message's next request. */
	if (decision->header != DECISION_NO_HEADER &&
	    result->config->header_type == CONFIG_HEADER_BOTH)
		add_header(result, DECISION_AUTHENTICATION_RESULTS);
	text_init(&result->reply, result->reply_storage, sizeof(result->reply_storage));
	if (!reply_format(&result->reply, result->config, &result->envelope, decision,
			  text_span(&result->headers[0])))
		return false;
	while (result->reply.length > 0 && result->reply.data[result->reply.length - 1] == '\n')
		result->reply.data[--result->reply.length] = '\0';
	text_init(&result->log, result->log_storage, sizeof(result->log_storage));
	decision_log_format(&result->log, result->config, &result->envelope, decision);
	return true;
}

static void print(const struct check_result *result, const struct check_options *options, FILE *out)
{
	struct page page;

	if (options->json) {
		check_json_print(result, out);
		return;
	}
	page_init(&page, out, !options->no_color);
	check_text_print(result, &page);
}

/* ---- the verb ---- */

/* The service's decision, and what SPF says also of a client that it exempts. False: there is none. */
static bool judge(struct check_result *result, const struct check_parts *parts, struct arena *arena)
{
	struct decision *service = &result->service;

	policy_tell_misses(parts->policy, exemptions_miss, &result->exemptions);
	if (!policy_decide(parts->policy, result->config, &result->envelope, service) ||
	    !format(result))
		return false;
	result->judged = service;
	if (service->reason == DECISION_EXEMPT) {
		result->exempt = service->why;
		result->judged = arena_take(arena, sizeof(*result->judged));
		policy_evaluate(parts->policy, result->config, &result->envelope, result->judged);
	} else {
		exemptions_add_lists(&result->exemptions, result->config, &result->envelope);
	}
	collect(result, parts->policy, arena);
	collect_dmarc(result, parts->resolver, arena);
	advise(result, parts->resolver, arena);
	return true;
}

static int run(const struct check_options *options, const struct check_parts *parts,
	       struct arena *arena, FILE *out)
{
	struct check_result *result = arena_take(arena, sizeof(*result));
	const char *wrong = describe(options, arena, &result->exemptions, &result->envelope);

	if (wrong) {
		fprintf(stderr, "spfpolicyd check: %s (-h shows help)\n", wrong);
		return CHECK_EXIT_USAGE;
	}
	result->config = config_for_recipient(parts->config, result->envelope.recipient);
	result->advice.arena = arena;
	envelope_complete(&result->envelope, result->config);
	set_record(parts->zone, &result->envelope, options->record);
	if (!judge(result, parts, arena)) {
		fputs("spfpolicyd check: there is no answer to give\n", stderr);
		return 1;
	}
	print(result, options, out);
	policy_release(parts->policy);
	return 0;
}

int check_command(const struct check_options *options, const struct check_parts *parts, FILE *out)
{
	struct arena *arena = arena_create();
	int status = run(options, parts, arena, out);

	arena_destroy(arena);
	return status;
}
