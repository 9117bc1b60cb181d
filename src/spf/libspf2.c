/* SPDX-License-Identifier: MIT */
#include "spf/libspf2.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h> /* which libspf2's headers want, and do not include */
#include <unistd.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>
#include <spf2/spf_lib_version.h>

#include "canonical.h"
#include "spf/term.h"
#include "dns/addresses.h"
#include "base/log.h"
#include "base/xalloc.h"

#ifndef NETDB_SUCCESS /* musl */
#define NETDB_SUCCESS 0
#endif

struct check_library {
	SPF_dns_server_t dns; /* its hook: the walk that is judged */
	SPF_server_t *server;
};

/* ---- placeholders ---- */

enum { STEPS = PARSED_TERMS_MAX + 2 }; /* of a visit */

/* "T0" is the first record; step s of visit v is "T<1 + v * STEPS + s>". */
struct placeholder {
	const struct visit *visit; /* the record that the term is of */
	const struct walk_step *step;
	const struct known_term *term;
};

static unsigned first_number(const struct walk *w, const struct visit *visit)
{
	return 1 + (unsigned)(visit - w->visits) * STEPS;
}

static bool find_placeholder(const struct walk *w, const char *name, char **rest,
			     struct placeholder *p)
{
	unsigned long number = name[0] == 'T' ? strtoul(name + 1, rest, 10) : 0, index;

	if (number == 0 || (number - 1) / STEPS >= w->count)
		return false;
	index = (number - 1) % STEPS;
	p->visit = &w->visits[(number - 1) / STEPS];
	p->step = &p->visit->steps[index];
	if (!p->visit->record || index > p->visit->record->parsed.count)
		return false;
	p->term = index < p->visit->record->parsed.count ? &p->visit->record->terms[index] :
							   &p->visit->record->redirect;
	return true;
}

/* ---- the record hook ---- */

/* Lack of memory is no verdict: the process ends, as it does when an allocation of our own fails. */
static SPF_errcode_t unless_out_of_memory(SPF_errcode_t code)
{
	if (code == SPF_E_NO_MEMORY)
		xalloc_failed();
	return code;
}

/* Index of the term at which a limit ended the check, if this record has it. */
static size_t find_broken(const struct visit *visit)
{
	for (size_t i = 0; i < visit->record->parsed.count; i++)
		if (visit->steps[i].match == TERM_PERMERROR)
			return i;
	return SIZE_MAX;
}

/* The codes are those that libspf2 takes for none, temperror and permerror, also from an include. */
static SPF_errcode_t visited_record(const struct walk *w, const struct visit *visit,
				    struct text *canonical)
{
	if (!visit->record)
		return SPF_E_SYNTAX;
	switch (visit->record->parsed.status) {
	case PARSED_NONE: return SPF_E_NOT_SPF;
	case PARSED_TEMPERROR: return SPF_E_DNS_ERROR;
	case PARSED_PERMERROR: return SPF_E_SYNTAX;
	case PARSED_USABLE: break;
	}
	canonical_write(canonical, &visit->record->parsed, w->e->subject.client.family,
			first_number(w, visit), find_broken(visit));
	return SPF_E_SUCCESS;
}

/* Of an include that led to no record: its name alone decided. */
static SPF_errcode_t no_visit(const struct walk_step *step, struct text *canonical)
{
	if (step->match == TERM_PERMERROR)
		return SPF_E_SYNTAX;
	if (step->match != TERM_NO_MATCH)
		return SPF_E_DNS_ERROR;
	text_string(canonical, "v=spf1 ?all");
	return SPF_E_SUCCESS;
}

/* SPF_dns_get_spf_t: the record of request->cur_dom, which is a placeholder. */
static SPF_errcode_t get_spf(SPF_server_t *server, SPF_request_t *request, SPF_response_t *response,
			     SPF_record_t **record)
{
	const struct walk *w = server->resolver->hook;
	struct placeholder p;
	char storage[CANONICAL_MAX], *rest;
	SPF_errcode_t code = SPF_E_DNS_ERROR;
	struct text canonical;

	*record = NULL;
	text_init(&canonical, storage, sizeof(storage));
	if (strcmp(request->cur_dom, "T0") == 0)
		code = visited_record(w, &w->visits[0], &canonical);
	else if (find_placeholder(w, request->cur_dom, &rest, &p))
		code = p.step->visit ? visited_record(w, p.step->visit, &canonical) :
				       no_visit(p.step, &canonical);
	if (code != SPF_E_SUCCESS)
		return code;
	return unless_out_of_memory(SPF_record_compile(server, response, record, canonical.data));
}

/* ---- the lookup hook ---- */

static SPF_dns_rr_t *new_reply(SPF_dns_server_t *dns, const char *name, ns_type type, int status)
{
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(dns, name, type, 0, status);

	if (!rr)
		xalloc_failed();
	return rr;
}

static void *add_data(SPF_dns_rr_t *rr, size_t size)
{
	if (SPF_dns_rr_buf_realloc(rr, rr->num_rr, size) != SPF_E_SUCCESS)
		xalloc_failed();
	return rr->rr[rr->num_rr++];
}

/* The answer that the walk had; NULL, and a failure for libspf2, when there is none to go by. */
static const struct answer *find_answer(const struct walk *w, SPF_dns_rr_t *rr, struct span name,
					uint16_t type)
{
	const struct answer *answer = resolver_peek(w->e->settings->resolver, name, type);

	if (!answer || answer->status == ANSWER_FAILURE) {
		rr->herrno = TRY_AGAIN;
		return NULL;
	}
	rr->herrno = answer->status == ANSWER_OK ? NETDB_SUCCESS : HOST_NOT_FOUND;
	return answer;
}

/*
 * Addresses in the client's family for libspf2 to compare under the term's prefix: it copies each. Of a
 * thousand the first ones and the one that comes nearest to the client are as telling as all.
 */
static void add_addresses(const struct walk *w, SPF_dns_rr_t *rr, const struct known_term *term,
			  struct span host)
{
	enum { ADDRESSES_MAX = 32 };
	const struct address *client = &w->e->subject.client;
	const struct answer *answer = find_answer(w, rr, host, addresses_type(client));
	size_t size = address_size(client->family);
	const uint8_t *bytes = answer ? term_nearest(w->e, answer) : NULL;

	for (size_t i = 0; bytes && i <= answer->count && i <= ADDRESSES_MAX; i++) {
		if (term_prefix(w->e, term->parsed) == 0)
			bytes = client->bytes;
		memcpy(add_data(rr, sizeof(SPF_dns_rr_data_t)), bytes, size);
		if (i < answer->count)
			bytes = (const uint8_t *)answer->records[i].data.data;
	}
}

/* Host i of "T4" is "T4m<i>". */
static void add_hosts(const struct walk *w, SPF_dns_rr_t *rr, const struct known_term *term,
		      const char *name)
{
	const struct answer *answer = find_answer(w, rr, span_of(term->name), DNS_MX);
	enum { HOST_SIZE = 32 };

	for (size_t i = 0; answer && i < answer->count; i++)
		if (answer->records[i].data.length > 0)
			snprintf(add_data(rr, HOST_SIZE), HOST_SIZE, "%.10sm%u", name, (unsigned)i);
}

static void add_host_addresses(const struct walk *w, SPF_dns_rr_t *rr,
			       const struct known_term *term, const char *number)
{
	const struct answer *answer = find_answer(w, rr, span_of(term->name), DNS_MX);
	unsigned long index = strtoul(number, NULL, 10);

	if (answer && index < answer->count)
		add_addresses(w, rr, term, answer->records[index].data);
}

static void add_existence(const struct walk *w, SPF_dns_rr_t *rr, const struct placeholder *p)
{
	static const uint8_t yes[4] = { 127, 0, 0, 2 };
	const struct answer *answer;
	bool exists = p->step->match == TERM_MATCH;

	if (p->term->parsed->mechanism == RECORD_EXISTS) {
		answer = find_answer(w, rr, span_of(p->term->name), DNS_A);
		exists = answer && answer->status == ANSWER_OK;
	}
	if (!exists)
		return;
	memcpy(add_data(rr, sizeof(SPF_dns_rr_data_t)), yes, sizeof(yes));
	rr->herrno = NETDB_SUCCESS;
}

/* SPF_dns_lookup_t: never NULL, that would abort. */
static SPF_dns_rr_t *lookup(SPF_dns_server_t *dns, const char *name, ns_type type, int should_cache)
{
	const struct walk *w = dns->hook;
	SPF_dns_rr_t *rr = new_reply(dns, name, type, HOST_NOT_FOUND);
	struct placeholder p;
	char *rest;

	(void)should_cache;
	/* Where the walk did not go there is nothing to judge by. */
	if (!find_placeholder(w, name, &rest, &p) || p.step->match == TERM_UNKNOWN)
		rr->herrno = TRY_AGAIN;
	else if (p.term->target != TARGET_READY)
		rr->herrno = HOST_NOT_FOUND;
	else if (*rest)
		add_host_addresses(w, rr, p.term, rest + 1);
	else if (p.term->parsed->mechanism == RECORD_A)
		add_addresses(w, rr, p.term, span_of(p.term->name));
	else if (p.term->parsed->mechanism == RECORD_MX)
		add_hosts(w, rr, p.term, name);
	else
		add_existence(w, rr, &p);
	return rr;
}

/* ---- the library ---- */

/* Called for what libspf2 takes for a bug or for lack of memory. Nothing may be said to the peer. */
static void __attribute__((noreturn)) die(const char *file, int line, const char *message)
{
	(void)file;
	(void)line;
	log_message(LOG_LEVEL_ERROR, "libspf2: %s", message);
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
		xalloc_failed();
	SPF_server_set_explanation(library->server, "-", &response);
	if (response)
		SPF_response_free(response);
	/* Ours are counted over the whole check, libspf2's per record: they must not come first. */
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
		xalloc_failed();
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

static enum spf_result error_result(SPF_errcode_t code)
{
	switch ((unsigned)code) {
	case SPF_E_NOT_SPF: return SPF_NONE;
	case SPF_E_SYNTAX: return SPF_PERMERROR;
	default: return SPF_TEMPERROR;
	}
}

/*
 * Not SPF_request_query_mailfrom(): that passes loopback clients by itself. get_record and interpret are
 * what it does otherwise.
 */
enum spf_result check_library_judge(struct check_library *library, const struct walk *walk)
{
	SPF_request_t *request = new_request(library, &walk->e->subject.client);
	SPF_response_t *response = SPF_response_new(request);
	SPF_record_t *record = NULL;
	enum spf_result result;
	SPF_errcode_t code;

	if (!response)
		xalloc_failed();
	/* The library's type is not const, its hooks are. */
	memcpy(&library->dns.hook, &walk, sizeof(walk));
	code = unless_out_of_memory(
		SPF_server_get_record(library->server, request, response, &record));
	result = error_result(code);
	if (code == SPF_E_SUCCESS) {
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
	return result;
}
