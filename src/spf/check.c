/* SPDX-License-Identifier: MIT */
#include "spf/check.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>
#include <spf2/spf_lib_version.h>

#include "canonical.h"
#include "spf/prefetch.h"
#include "base/xalloc.h"

enum {
	/* At most one record and one for each of ten terms, each of at most eleven terms and a redirect. */
	SLOTS_MAX = 1 + (1 + EVALUATION_TERMS_MAX) * (EVALUATION_TERMS_MAX + 2),
};

/* What a name "T<n>" in a canonical record stands for. Slot 0 is the domain that is judged. */
struct slot {
	const struct published *in;
	struct published_term *term;
};

struct check {
	struct evaluation *e;
	size_t slots_count;
	struct slot slots[SLOTS_MAX];
	bool stopped; /* an error or a limit decides, whatever libspf2 says */
	enum spf_result stop;
};

struct check_library {
	SPF_dns_server_t dns;
	SPF_server_t *server;
};

/* ---- limits ---- */

static void stop(struct check *c, enum spf_result result)
{
	if (!c->stopped)
		c->stop = result;
	c->stopped = true;
}

/* Section 4.6.4: counted over the whole check, and before the term is looked at. */
static bool count_term(struct check *c)
{
	if (c->stopped)
		return false;
	if (c->e->lookups == EVALUATION_TERMS_MAX) {
		evaluation_set_problem(c->e, "Too many DNS lookups");
		stop(c, SPF_PERMERROR);
		return false;
	}
	c->e->lookups++;
	return true;
}

static bool count_void(struct check *c, bool is_void)
{
	if (!is_void)
		return true;
	if (c->e->voids == c->e->settings->void_limit) {
		evaluation_set_problem(c->e, "Void lookup limit of %u exceeded",
				       c->e->settings->void_limit);
		stop(c, SPF_PERMERROR);
		return false;
	}
	c->e->voids++;
	return true;
}

/* ---- slots ---- */

static void add_slot(struct check *c, const struct published *in, struct published_term *term)
{
	if (c->slots_count == SLOTS_MAX)
		abort(); /* The limits on terms make this impossible. */
	c->slots[c->slots_count++] = (struct slot){ in, term };
}

/* In the order in which canonical_write() numbers them. */
static void add_slots(struct check *c, struct published *p)
{
	for (size_t i = 0; i < p->count; i++)
		add_slot(c, p, &p->terms[i]);
	if (!p->has_certain && p->has_redirect)
		add_slot(c, p, &p->redirect);
}

/* ---- the record hook ---- */

/*
 * Ends libspf2's evaluation. The code only has to be one that it passes on; c->stop is what counts.
 */
static SPF_errcode_t refuse(struct check *c, enum spf_result result)
{
	stop(c, result);
	return SPF_E_DNS_ERROR;
}

/* Lack of memory is no verdict: the process ends, as it does when an allocation of our own fails. */
static SPF_errcode_t unless_out_of_memory(SPF_errcode_t code)
{
	if (code == SPF_E_NO_MEMORY)
		_exit(XALLOC_EXIT_STATUS);
	return code;
}

static SPF_errcode_t compile(struct check *c, SPF_server_t *server, SPF_response_t *response,
			     const char *canonical, SPF_record_t **record)
{
	SPF_errcode_t code = unless_out_of_memory(
		SPF_record_compile(server, response, record, canonical));

	if (code == SPF_E_SUCCESS)
		return code;
	evaluation_set_problem(c->e, "internal: libspf2 refused a canonical record");
	return refuse(c, SPF_TEMPERROR);
}

static SPF_errcode_t no_record(struct check *c, const struct slot *slot, const char *domain)
{
	if (slot->term->term.mechanism == RECORD_REDIRECT)
		evaluation_set_problem(c->e, "redirect domain has no SPF record: %s", domain);
	else
		evaluation_set_problem(c->e, "No valid SPF record for included domain: %s", domain);
	return refuse(c, SPF_PERMERROR);
}

static SPF_errcode_t published_record(struct check *c, const struct slot *slot, const char *domain,
				      struct published **record)
{
	struct published *p = evaluation_record(c->e, span_of(domain), EVALUATION_WAIT);

	if (!p) {
		evaluation_set_problem(c->e, "Too many DNS questions");
		return refuse(c, SPF_PERMERROR);
	}
	switch (p->status) {
	case PUBLISHED_TEMPERROR:
		evaluation_set_problem(
			c->e, "DNS lookup of TXT %s failed%s", domain,
			resolver_deadline_passed(c->e->settings->resolver) ? ": out of time" : "");
		return refuse(c, SPF_TEMPERROR);
	case PUBLISHED_PERMERROR:
		if (slot->term)
			evaluation_set_problem(c->e, "%s (in %s)", p->error.problem, domain);
		evaluation_set_problem(c->e, "%s", p->error.problem);
		return refuse(c, SPF_PERMERROR);
	case PUBLISHED_NONE: return slot->term ? no_record(c, slot, domain) : refuse(c, SPF_NONE);
	case PUBLISHED_USABLE: break;
	}
	*record = p;
	return SPF_E_SUCCESS;
}

static struct slot *find_slot(struct check *c, const char *name, char **rest)
{
	unsigned long number;

	if (name[0] != 'T')
		return NULL;
	number = strtoul(name + 1, rest, 10);
	return *rest != name + 1 && number < c->slots_count ? &c->slots[number] : NULL;
}

/* The domain that an include= or redirect= slot leads to; NULL when that alone decided. */
static const char *slot_domain(struct check *c, const struct slot *slot, bool *no_match)
{
	enum published_name state;

	if (!slot->term)
		return slot->in->domain;
	if (!count_term(c))
		return NULL;
	state = evaluation_target(c->e, slot->in, slot->term, EVALUATION_WAIT);
	if (!count_void(c, evaluation_target_is_void(c->e, slot->term)))
		return NULL;
	switch (state) {
	case PUBLISHED_NAME_READY: return slot->term->name;
	case PUBLISHED_NAME_NO_MATCH:
		*no_match = slot->term->term.mechanism == RECORD_INCLUDE;
		break;
	case PUBLISHED_NAME_UNASKABLE:
	case PUBLISHED_NAME_UNSET: break;
	}
	if (!*no_match)
		no_record(c, slot, "(not a domain name)");
	return NULL;
}

/* SPF_dns_get_spf_t: the record of request->cur_dom, which is a slot. */
static SPF_errcode_t get_spf(SPF_server_t *server, SPF_request_t *request, SPF_response_t *response,
			     SPF_record_t **record)
{
	struct check *c = server->resolver->hook;
	char storage[CANONICAL_MAX], *rest = NULL;
	struct slot *slot = find_slot(c, request->cur_dom, &rest);
	struct published *p = NULL;
	bool no_match = false;
	const char *domain;
	struct text canonical;
	SPF_errcode_t code;

	*record = NULL;
	if (!slot)
		return refuse(c, SPF_TEMPERROR);
	domain = slot_domain(c, slot, &no_match);
	if (no_match)
		return compile(c, server, response, "v=spf1 ?all", record);
	if (!domain)
		return refuse(c, SPF_PERMERROR);
	code = published_record(c, slot, domain, &p);
	if (code != SPF_E_SUCCESS)
		return code;
	text_init(&canonical, storage, sizeof(storage));
	canonical_write(&canonical, p, c->e->subject.client.family, (unsigned)c->slots_count);
	add_slots(c, p);
	return compile(c, server, response, canonical.data, record);
}

/* ---- the lookup hook ---- */

static SPF_dns_rr_t *new_reply(SPF_dns_server_t *dns, const char *name, ns_type type, int status)
{
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(dns, name, type, 0, status);

	if (!rr)
		_exit(XALLOC_EXIT_STATUS);
	return rr;
}

static void *add_data(SPF_dns_rr_t *rr, size_t size)
{
	if (SPF_dns_rr_buf_realloc(rr, rr->num_rr, size) != SPF_E_SUCCESS)
		_exit(XALLOC_EXIT_STATUS);
	rr->herrno = NETDB_SUCCESS;
	return rr->rr[rr->num_rr++];
}

static void add_address(SPF_dns_rr_t *rr, const uint8_t *bytes, size_t size)
{
	memcpy(add_data(rr, sizeof(SPF_dns_rr_data_t)), bytes, size);
}

/* Addresses in the client's family for libspf2 to compare under the term's prefix. */
static void add_addresses(struct check *c, const struct slot *slot, SPF_dns_rr_t *rr,
			  struct span host)
{
	const struct address *client = &c->e->subject.client;
	bool six = client->family == AF_INET6;
	size_t size = six ? 16 : 4;
	unsigned prefix = six ? slot->term->term.prefix6 : slot->term->term.prefix4;
	const struct answer *answer = resolver_peek(c->e->settings->resolver, host,
						    evaluation_address_type(c->e));

	if (!answer || answer->status != ANSWER_OK)
		return;
	if (prefix == 0) {
		add_address(rr, client->bytes, size);
		return;
	}
	for (size_t i = 0; i < answer->count; i++)
		add_address(rr, (const uint8_t *)answer->records[i].data.data, size);
}

static const struct answer *mx_answer(struct check *c, const struct slot *slot)
{
	return resolver_peek(c->e->settings->resolver, span_of(slot->term->name), DNS_MX);
}

static void add_hosts(struct check *c, const struct slot *slot, SPF_dns_rr_t *rr, const char *name)
{
	const struct answer *answer = mx_answer(c, slot);
	char host[32];

	for (size_t i = 0; answer && i < answer->count; i++) {
		if (answer->records[i].data.length == 0)
			continue;
		int length = snprintf(host, sizeof(host), "%.20sm%zu", name, i);

		memcpy(add_data(rr, sizeof(host)), host, (size_t)length + 1);
	}
}

/* "T4m0": the first host of the mx in slot 4. */
static void add_host_addresses(struct check *c, const struct slot *slot, SPF_dns_rr_t *rr,
			       const char *number)
{
	const struct answer *answer = mx_answer(c, slot);
	unsigned long index = strtoul(number, NULL, 10);

	if (answer && index < answer->count)
		add_addresses(c, slot, rr, answer->records[index].data);
}

/* Tells libspf2 what was found out about a term that it meets for the first time. */
static void add_term(struct check *c, const struct slot *slot, SPF_dns_rr_t *rr, const char *name)
{
	static const uint8_t yes[4] = { 127, 0, 0, 2 };
	bool is_void = false;
	enum evaluation_match match;

	if (!count_term(c))
		return;
	match = evaluation_match(c->e, slot->in, slot->term, EVALUATION_WAIT, &is_void);
	if (!count_void(c, is_void))
		return;
	if (match == EVALUATION_TEMPERROR || match == EVALUATION_UNKNOWN)
		stop(c, SPF_TEMPERROR);
	else if (match == EVALUATION_PERMERROR)
		stop(c, SPF_PERMERROR);
	if (c->stopped || slot->term->state != PUBLISHED_NAME_READY)
		return;
	if (slot->term->term.mechanism == RECORD_A)
		add_addresses(c, slot, rr, span_of(slot->term->name));
	else if (slot->term->term.mechanism == RECORD_MX)
		add_hosts(c, slot, rr, name);
	else if (match == EVALUATION_MATCH)
		add_address(rr, yes, sizeof(yes));
}

/* SPF_dns_lookup_t: never NULL, that would abort. */
static SPF_dns_rr_t *lookup(SPF_dns_server_t *dns, const char *name, ns_type type, int should_cache)
{
	struct check *c = dns->hook;
	SPF_dns_rr_t *rr = new_reply(dns, name, type, HOST_NOT_FOUND);
	char *rest = NULL;
	struct slot *slot = find_slot(c, name, &rest);

	(void)should_cache;
	if (slot && slot->term && !c->stopped) {
		if (*rest == '\0')
			add_term(c, slot, rr, name);
		else
			add_host_addresses(c, slot, rr, rest + 1);
	}
	/* Past an error or a limit libspf2 must not go on: this makes it stop at once. */
	if (c->stopped) {
		rr->herrno = TRY_AGAIN;
		rr->num_rr = 0;
	}
	return rr;
}

/* ---- the library ---- */

/* Called for what libspf2 takes for a bug or for lack of memory. Nothing may be said to the peer. */
static void __attribute__((noreturn)) die(const char *file, int line, const char *message)
{
	(void)file;
	(void)line;
	(void)message;
	_exit(XALLOC_EXIT_STATUS);
}

struct check_library *check_library_create(void)
{
	struct check_library *library = xcalloc(1, sizeof(*library));
	SPF_response_t *response = NULL;

	SPF_error_handler = die;
	SPF_warning_handler = NULL;
	SPF_info_handler = NULL;
	SPF_debug_handler = NULL;
	library->dns.lookup = lookup;
	library->dns.get_spf = get_spf;
	library->dns.name = "spfpolicyd";
	library->server = SPF_server_new_dns(&library->dns, 0);
	if (!library->server)
		_exit(XALLOC_EXIT_STATUS);
	SPF_server_set_explanation(library->server, "-", &response);
	if (response)
		SPF_response_free(response);
	/* Ours are counted over the whole check, libspf2's per record; they must not come first. */
	SPF_server_set_max_dns_mech(library->server, 100);
	SPF_server_set_max_dns_mx(library->server, 100);
	return library;
}

void check_library_destroy(struct check_library *library)
{
	if (!library)
		return;
	SPF_server_free(library->server);
	free(library);
}

const char *check_library_version(void)
{
	int major, minor, patch;
	static char version[32];

	SPF_get_lib_version(&major, &minor, &patch);
	snprintf(version, sizeof(version), "%d.%d.%d", major, minor, patch);
	return version;
}

/* ---- one check ---- */

static SPF_request_t *new_request(struct check_library *library, const struct address *client)
{
	SPF_request_t *request = SPF_request_new(library->server);
	struct in_addr four;
	struct in6_addr six;

	if (!request)
		_exit(XALLOC_EXIT_STATUS);
	if (client->family == AF_INET6) {
		memcpy(&six, client->bytes, sizeof(six));
		SPF_request_set_ipv6(request, six);
	} else {
		memcpy(&four, client->bytes, sizeof(four));
		SPF_request_set_ipv4(request, four);
	}
	/* Only macros would read it, and no canonical record has one; NULL would abort. */
	SPF_request_set_helo_dom(request, "T0");
	request->cur_dom = "T0";
	return request;
}

static enum spf_result result_of(SPF_result_t result)
{
	switch (result) {
	case SPF_RESULT_NONE: return SPF_NONE;
	case SPF_RESULT_NEUTRAL: return SPF_NEUTRAL;
	case SPF_RESULT_PASS: return SPF_PASS;
	case SPF_RESULT_FAIL: return SPF_FAIL;
	case SPF_RESULT_SOFTFAIL: return SPF_SOFTFAIL;
	case SPF_RESULT_PERMERROR: return SPF_PERMERROR;
	case SPF_RESULT_TEMPERROR:
	case SPF_RESULT_INVALID: return SPF_TEMPERROR;
	}
	return SPF_TEMPERROR;
}

/*
 * Not SPF_request_query_mailfrom(): that passes loopback clients by itself. get_record and interpret are
 * what it does otherwise.
 */
static enum spf_result judge(struct check_library *library, struct check *c)
{
	SPF_request_t *request = new_request(library, &c->e->subject.client);
	SPF_response_t *response = SPF_response_new(request);
	SPF_record_t *record = NULL;
	enum spf_result result = SPF_TEMPERROR;

	if (!response)
		_exit(XALLOC_EXIT_STATUS);
	library->dns.hook = c;
	if (unless_out_of_memory(SPF_server_get_record(library->server, request, response,
						       &record)) == SPF_E_SUCCESS) {
		response->spf_record_exp = record;
		unless_out_of_memory(SPF_record_interpret(record, request, response, 0));
		result = result_of(SPF_response_result(response));
	}
	response->spf_record_exp = NULL;
	if (record)
		SPF_record_free(record);
	SPF_response_free(response);
	SPF_request_free(request);
	library->dns.hook = NULL;
	return c->stopped ? c->stop : result;
}

/* libspf2 does not say which term matched; the answers it judged by do. */
static void describe(struct evaluation *e, struct spf_report *report)
{
	struct prefetch_outcome outcome = prefetch_foresee(e);
	struct text mechanism;

	if (!outcome.known || outcome.result != report->result || !outcome.in)
		return;
	if (report->result == SPF_NONE || report->result == SPF_TEMPERROR ||
	    report->result == SPF_PERMERROR)
		return;
	text_init(&mechanism, report->mechanism, sizeof(report->mechanism));
	text_printable(&mechanism, outcome.matched ? outcome.matched->text : span_of("default"),
		       sizeof(report->mechanism) - 1);
	if (report->result == SPF_FAIL)
		explanation_fetch(e, outcome.in, report);
}

void check_run(struct check_library *library, struct evaluation *e, struct spf_report *report)
{
	struct check c = { .e = e };
	struct published top = { .count = 0 };
	struct span domain = e->subject.sender_domain;

	*report = (struct spf_report){ .identity = e->subject.identity, .checked = true };
	if (domain.length == 0 || domain.length >= sizeof(report->domain))
		return;
	memcpy(report->domain, domain.data, domain.length);
	memcpy(top.domain, domain.data, domain.length);
	add_slot(&c, &top, NULL);
	report->result = judge(library, &c);
	describe(e, report);
	if (report->result == SPF_TEMPERROR || report->result == SPF_PERMERROR)
		memcpy(report->problem, e->problem, sizeof(report->problem));
	for (size_t i = 0; i < e->published_count; i++)
		if (strcmp(e->published[i]->domain, report->domain) == 0)
			report->sends_no_mail = e->published[i]->only_minus_all;
	report->lookups = e->lookups;
	report->voids = e->voids;
	report->questions = e->sent;
}
