/* SPDX-License-Identifier: MIT */
/*
 * Everything that `spfpolicyd check` has to show, and its two forms: a page for a person and one
 * JSON object for a program.
 */
#ifndef CHECK_CHECK_RESULT_H
#define CHECK_CHECK_RESULT_H

#include "advice_kinds.h"
#include "base/page.h"
#include "dmarc/dmarc.h"
#include "exemptions.h"
#include "postfix/header.h"
#include "postfix/reply.h"
#include "trace.h"

enum { CHECK_HEADERS_MAX = 2 };

struct check_identity {
	const struct spf_report *report;
	struct span name;    /* the HELO name or the sender, as given */
	const char *why_not; /* why it was not checked, static; NULL when it was */
	struct trace *trace; /* NULL: there was nothing to evaluate */
};

/* The walk for the DMARC policy of MAIL FROM's domain. */
struct check_dmarc {
	const struct dmarc_report *report;
	size_t count; /* 0: nothing depended on it */
	struct trace_query queries[DMARC_NAMES_MAX];
};

struct check_result {
	struct envelope envelope;
	const struct config *config; /* what holds for the recipient */
	struct decision service;     /* what the service decides and says */
	const char *exempt;	     /* why it does not check; NULL */
	struct exemptions exemptions;
	struct decision *judged; /* the same, or with all exemptions off when it is exempt */
	struct check_identity identities[SPF_IDENTITY_COUNT];
	struct check_dmarc dmarc;
	struct advice_list advice;

	char reply_storage[REPLY_MAX];
	struct text reply; /* "action=...", without newlines */
	size_t header_count;
	char header_storage[CHECK_HEADERS_MAX][HEADER_MAX];
	struct text headers[CHECK_HEADERS_MAX];
	char log_storage[4096];
	struct text log;
};

void check_text_print(const struct check_result *result, struct page *page);

/* The shape is described in spfpolicyd(8). */
void check_json_print(const struct check_result *result, FILE *out);

#endif
