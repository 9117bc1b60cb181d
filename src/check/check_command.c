/* SPDX-License-Identifier: MIT */
#include "check/check_command.h"

#include "check_result.h"
#include "postfix/header.h"
#include "base/log.h"
#include "postfix/decision_log.h"
#include "log_line.h"
#include "postfix/request.h"

/* ---- the message ---- */

struct message {
	const char *ip, *helo, *from, *recipient; /* NULL = not told */
	struct log_line line;
	char receiver[REQUEST_VALUE_MAX + 16];
};

static const char *told(const char *value)
{
	return value[0] ? value : NULL;
}

/* Options go before what the log line says: to try what would have been otherwise. */
static const char *describe(const struct command_line *line, struct message *m)
{
	*m = (struct message){
		.ip = line->ip, .helo = line->helo, .from = line->from, .recipient = line->recipient
	};
	if (!line->log_line)
		return NULL;
	if (!log_line_parse(span_of(line->log_line), &m->line))
		return "no client address in that line: paste a log line or a Received-SPF header, "
		       "or use --ip";
	if (m->line.cut)
		fputs("spfpolicyd check: a value in that line was cut; give it with an option\n",
		      stderr);
	if (!m->ip)
		m->ip = m->line.client;
	if (!m->helo)
		m->helo = told(m->line.helo);
	if (!m->from)
		m->from = m->line.sender;
	if (!m->recipient && m->line.recipient[0]) {
		/* Logs and headers tell the domain only. */
		snprintf(m->receiver, sizeof(m->receiver), "%s%s",
			 strchr(m->line.recipient, '@') ? "" : "postmaster@", m->line.recipient);
		m->recipient = m->receiver;
	}
	return NULL;
}

/* NULL when all is well, else what is missing or wrong. */
static const char *examine(const struct command_line *line, const struct message *m)
{
	struct address address;

	if (!m->ip)
		return "--ip ADDRESS is missing: the client's address";
	if (!address_parse(span_of(m->ip), &address))
		return "--ip is not an IP address";
	if (!m->helo && !m->from)
		return "--helo NAME or --from SENDER is missing: there is nothing to check";
	if (line->record && !line->helo && !line->from)
		return "--record needs --from or --helo: the domain that is to publish it";
	if (line->record && !record_is_spf(span_of(line->record)))
		return "--record is no SPF record: one begins with \"v=spf1 \"";
	return NULL;
}

/* "<a@b>" is "a@b". */
static struct span without_brackets(const char *address)
{
	struct span span = span_of(address ? address : "");

	if (span.length >= 2 && span.data[0] == '<' && span.data[span.length - 1] == '>')
		span = (struct span){ span.data + 1, span.length - 2 };
	return span;
}

static void push(struct request *request, struct span bytes)
{
	if (request->status == REQUEST_MORE)
		request_push(request, bytes.data, bytes.length);
}

static bool attribute(struct request *request, const char *name, struct span value)
{
	if (memchr(value.data, '\n', value.length))
		return false;
	push(request, span_of(name));
	push(request, span_of("="));
	push(request, value);
	push(request, span_of("\n"));
	return request->status == REQUEST_MORE;
}

/* What Postfix would ask, so that exactly the service's way is gone from here on. */
static const char *make_request(const struct message *m, struct request *request)
{
	request_reset(request);
	if (!attribute(request, "request", span_of("smtpd_access_policy")) ||
	    !attribute(request, "protocol_state", span_of("RCPT")) ||
	    !attribute(request, "client_address", span_of(m->ip)) ||
	    !attribute(request, "helo_name", span_of(m->helo ? m->helo : "")) ||
	    !attribute(request, "sender", without_brackets(m->from)) ||
	    !attribute(request, "recipient", without_brackets(m->recipient)))
		return request->status == REQUEST_ERROR ? request->error :
							  "a value holds a newline";
	push(request, span_of("\n"));
	return request->status == REQUEST_READY ? NULL : request->error;
}

/* ---- the evaluation ---- */

static const char *why_not_checked(const struct policy_result *judged, enum spf_identity identity,
				   bool prepared)
{
	if (judged->decision.reports[identity].checked)
		return NULL;
	if (prepared)
		return "not looked at: HELO has decided (-o 'HELO_reject = False' shows it)";
	if (identity == SPF_MAILFROM && judged->facts.sender.length == 0)
		return "not checked: a null sender is judged by HELO alone";
	return "not checked under these settings (No_Check)";
}

static void collect(struct check_result *result, struct policy *policy,
		    const struct policy_result *judged, struct arena *arena)
{
	struct trace_seen *seen = arena_take(arena, sizeof(*seen));

	for (enum spf_identity i = 0; i < SPF_IDENTITY_COUNT; i++) {
		struct check_identity *identity = &result->identities[i];
		struct evaluation *e = policy_evaluation(policy, i);

		identity->report = &judged->decision.reports[i];
		identity->name = i == SPF_HELO ? judged->facts.helo : judged->facts.sender;
		identity->why_not = why_not_checked(judged, i, e != NULL);
		if (!e)
			continue;
		identity->trace = trace_build(e, identity->report, seen, arena);
		advice_collect(&result->advice, identity->trace);
	}
}

/* The settings without what exempts a client: the question is what SPF says of it. */
static struct config without_exemptions(const struct config *config)
{
	struct config plain = *config;

	plain.users = NULL;
	plain.skip_addresses.count = plain.whitelist.count = 0;
	plain.skip_senders.count = plain.skip_recipients.count = 0;
	plain.domain_whitelist.count = plain.helo_whitelist.count = 0;
	plain.domain_whitelist_ptr.count = 0;
	return plain;
}

/* ---- the words ---- */

static bool put_in_words(struct check_result *result)
{
	struct policy_result *service = &result->service;
	const struct decision *decision = &service->decision;

	text_init(&result->reply, result->reply_storage, sizeof(result->reply_storage));
	if (!reply_format(&result->reply, service->config, &service->facts, decision,
			  text_span(&service->header)))
		return false;
	while (result->reply.length > 0 && result->reply.data[result->reply.length - 1] == '\n')
		result->reply.data[--result->reply.length] = '\0';
	text_init(&result->log, result->log_storage, sizeof(result->log_storage));
	decision_log_format(&result->log, service->config, &service->facts, decision);
	for (int i = 0; i < CHECK_HEADERS_MAX; i++)
		text_init(&result->headers[i], result->header_storage[i],
			  sizeof(result->header_storage[i]));
	if (service->header.length == 0)
		return true;
	text_add(&result->headers[result->header_count++], text_span(&service->header));
	/* The second one goes out with the message's next request. */
	if (service->config->header_type == CONFIG_HEADER_BOTH)
		header_authentication_results(&result->headers[result->header_count++],
					      service->config, &service->facts, decision);
	return true;
}

static void print(const struct check_result *result, const struct command_line *line, FILE *out)
{
	struct page page;

	if (line->json) {
		check_json_print(result, out);
		return;
	}
	page_init(&page, out, !line->no_color);
	check_text_print(result, &page);
}

/* ---- the verb ---- */

struct program {
	const struct command_line *line;
	struct policy *policy;
	struct resolver *resolver;
	struct check_library *library;
	struct arena *arena;
	FILE *out;
};

/* A second policy judges what the first one exempts. */
static bool judge_exempt(struct program *program, const struct request *request,
			 struct check_result *result)
{
	struct config plain = without_exemptions(result->service.config);
	struct policy *policy;
	bool judged;

	policy_release(program->policy);
	policy = policy_create(&plain, program->resolver, program->library);
	/* It would warn of a private address that is exempt, and rightly so. */
	log_open(LOG_TO_NONE, plain.log_ident, false);
	judged = policy_decide(policy, request, &result->judged) == POLICY_ANSWER;
	log_open(LOG_TO_STDERR, plain.log_ident, false);
	if (judged) {
		collect(result, policy, &result->judged, program->arena);
		print(result, program->line, program->out);
	}
	policy_destroy(policy);
	return judged;
}

static bool judge(struct program *program, const struct request *request)
{
	struct check_result *result = arena_take(program->arena, sizeof(*result));
	struct policy_result *service = &result->service;

	if (policy_decide(program->policy, request, service) != POLICY_ANSWER)
		return false;
	result->config = service->config;
	result->advice.arena = program->arena;
	if (!put_in_words(result))
		return false;
	if (service->decision.reason == DECISION_EXEMPT) {
		result->exempt = service->decision.why;
		return judge_exempt(program, request, result);
	}
	collect(result, program->policy, service, program->arena);
	print(result, program->line, program->out);
	policy_release(program->policy);
	return true;
}

int check_command(const struct command_line *line, struct policy *policy, struct resolver *resolver,
		  struct check_library *library, FILE *out)
{
	struct arena *arena = arena_create();
	struct program program = { line, policy, resolver, library, arena, out };
	struct message *message = arena_take(arena, sizeof(*message));
	struct request *request = arena_take(arena, sizeof(*request));
	const char *wrong = describe(line, message);
	int status = 0;

	if (!wrong)
		wrong = examine(line, message);
	if (!wrong)
		wrong = make_request(message, request);
	if (wrong) {
		fprintf(stderr, "spfpolicyd check: %s (-h shows help)\n", wrong);
		status = COMMAND_EXIT_USAGE;
	} else if (!judge(&program, request)) {
		fputs("spfpolicyd check: there is no answer to give\n", stderr);
		status = 1;
	}
	arena_destroy(arena);
	return status;
}
