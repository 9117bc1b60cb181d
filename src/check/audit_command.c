/* SPDX-License-Identifier: MIT */
#include "check/audit_command.h"

#include "advice.h"
#include "audit.h"
#include "audit_report.h"

/* NULL when all is well, else what is wrong. */
static const char *examine(const struct check_options *options, char *domain)
{
	const struct envelope *e = &options->envelope;

	if (e->client_text.data || e->helo.data || e->sender.data || e->recipient.data ||
	    options->log_line)
		return "--domain is about every client: it goes without --ip, --helo, --from, --to "
		       "and a log line";
	if (options->diff && !options->record)
		return "--diff needs --record: what is compared with the published record";
	if (options->record && strlen(options->record) > PARSED_RECORD_MAX)
		return "--record is too long";
	if (!name_from_identity(span_of(options->domain), domain))
		return "--domain is no domain name";
	return NULL;
}

static const struct audit_change *compare(const struct check_parts *parts,
					  const struct audit_subject *subject,
					  const struct audit *audit, struct arena *arena)
{
	struct audit_subject published = { .domain = subject->domain };
	struct audit_change *change = arena_take(arena, sizeof(*change));

	change->published = audit_build(parts->resolver, 0, &published, arena);
	change->gained = networks_without(audit, change->published, arena);
	change->lost = networks_without(change->published, audit, arena);
	return change;
}

static int exit_status(const struct advice_list *list)
{
	switch (advice_worst(list)) {
	case ADVICE_ERROR: return CHECK_EXIT_ERRORS;
	case ADVICE_WARNING: return CHECK_EXIT_WARNINGS;
	case ADVICE_NOTE: break;
	}
	return 0;
}

static void report_on(struct audit_report *report, const struct check_options *options,
		      const struct check_parts *parts, const char *domain, struct arena *arena)
{
	static const struct advice_view view = { .owner_only = true };
	struct audit_subject subject = {
		.domain = span_of(domain),
		.record = options->record,
		.with_mail = true,
		.zone = parts->zone,
	};

	report->audit = audit_build(parts->resolver, 0, &subject, arena);
	report->networks = networks_collect(report->audit, arena);
	report->advice.arena = arena;
	advice_collect(&report->advice, report->audit, &view);
	advice_sort(&report->advice);
	if (options->diff)
		report->change = compare(parts, &subject, report->audit, arena);
}

/* Not a word to the owner of the domain: it is this machine that cannot ask. */
static bool nothing_is_known(const struct audit *audit)
{
	return audit->unanswered && audit->top->status == PARSED_TEMPERROR;
}

static void complain(const struct resolver *resolver, const char *domain)
{
	char storage[256];
	struct text why;

	text_init(&why, storage, sizeof(storage));
	resolver_describe_failure(resolver, span_of(domain), DNS_TXT, &why);
	fprintf(stderr,
		"spfpolicyd check: no DNS server answers here, so nothing is known of %s: %s\n",
		domain, storage);
}

static int run(const struct check_options *options, const struct check_parts *parts,
	       const char *domain, struct arena *arena, FILE *out)
{
	struct audit_report *report = arena_take(arena, sizeof(*report));
	struct page page;

	resolver_begin(parts->resolver, resolver_now_ms() + AUDIT_TIME_MS, NULL, NULL);
	report_on(report, options, parts, domain, arena);
	if (nothing_is_known(report->audit)) {
		complain(parts->resolver, domain);
		resolver_end(parts->resolver);
		return CHECK_EXIT_NOT_DONE;
	}
	if (options->json) {
		audit_json_print(report, out);
	} else {
		page_init(&page, out, !options->no_color);
		audit_text_print(report, &page);
	}
	resolver_end(parts->resolver);
	return exit_status(&report->advice);
}

int audit_command(const struct check_options *options, const struct check_parts *parts, FILE *out)
{
	char domain[DNS_NAME_MAX];
	const char *wrong = examine(options, domain);
	struct arena *arena;
	int status;

	if (wrong) {
		fprintf(stderr, "spfpolicyd check: %s (-h shows help)\n", wrong);
		return CHECK_EXIT_NOT_DONE;
	}
	arena = arena_create();
	status = run(options, parts, domain, arena, out);
	arena_destroy(arena);
	return status;
}
