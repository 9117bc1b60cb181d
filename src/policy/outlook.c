/* SPDX-License-Identifier: MIT */
#include "policy/outlook.h"

#include "base/remark.h"
#include "base/text.h"
#include "decide.h"

static const char *const identity_words[SPF_IDENTITY_COUNT] = {
	[SPF_HELO] = "HELO",
	[SPF_MAILFROM] = "MAIL FROM",
};

/* ---- asking decide() ---- */

/* One thing that may happen to a message: whose result, which, of which domain. */
struct event {
	enum spf_identity identity;
	enum spf_result result;
	bool sends_no_mail; /* its record is "v=spf1 -all" */
	bool null_sender;
	const char *domain;
};

struct effect {
	enum decision_verb verb;
	const char *restriction;
	bool checked;
	const char *code; /* of a rejection */
};

static struct effect effect_of(const struct config *config, const struct event *event)
{
	struct envelope envelope = { .sender = span_of(event->null_sender ? "" : "somebody") };
	const struct dmarc_report dmarc = { .policy = DMARC_ABSENT };
	struct spf_report reports[SPF_IDENTITY_COUNT];
	struct config alone = *config;
	struct decision decision;

	for (enum spf_identity i = 0; i < SPF_IDENTITY_COUNT; i++) {
		reports[i] = (struct spf_report){ .identity = i, .checked = true };
		snprintf(envelope.domains[i], sizeof(envelope.domains[i]), "%s", event->domain);
		/* The other identity has nothing to say. */
		if (i != event->identity)
			memset(alone.restriction[i], 0, sizeof(alone.restriction[i]));
	}
	reports[event->identity].result = event->result;
	reports[event->identity].sends_no_mail = event->sends_no_mail;
	decide(&alone, &envelope, reports, &dmarc, &decision);
	return (struct effect){
		.verb = decision.verb == DECISION_DUNNO ? DECISION_PREPEND : decision.verb,
		.restriction = decision.restriction,
		.checked = decide_wants(config, &envelope, event->identity),
		.code = !config->enhanced_status_codes ? "5.7.1" :
			event->result == SPF_PERMERROR ? "5.7.24" :
							 "5.7.23",
	};
}

static bool is_equal(struct effect a, struct effect b)
{
	return a.verb == b.verb && a.checked == b.checked && a.restriction == b.restriction &&
	       (a.verb != DECISION_REJECT || strcmp(a.code, b.code) == 0);
}

/* ---- by result ---- */

static const char *accepted(const struct config *config)
{
	switch (config->header_type) {
	case CONFIG_HEADER_SPF: return "accepted, with Received-SPF";
	case CONFIG_HEADER_AR: return "accepted, with Authentication-Results";
	case CONFIG_HEADER_BOTH: return "accepted, with Received-SPF and Authentication-Results";
	case CONFIG_HEADER_NONE: break;
	}
	return "accepted";
}

static void add_effect(struct text *out, const struct config *config, struct effect effect)
{
	switch (effect.verb) {
	case DECISION_REJECT: text_format(out, "REJECTED (550 %s)", effect.code); break;
	case DECISION_DEFER: text_string(out, "deferred (450)"); break;
	case DECISION_RESTRICTION: text_format(out, "left to \"%s\"", effect.restriction); break;
	case DECISION_DUNNO:
	case DECISION_PREPEND: text_string(out, accepted(config)); break;
	}
}

/* Results with one effect share a line. */
static void print_results(const struct config *config, enum spf_identity identity, FILE *out)
{
	static const enum spf_result order[] = { SPF_FAIL, SPF_SOFTFAIL,  SPF_NEUTRAL,	SPF_NONE,
						 SPF_PASS, SPF_PERMERROR, SPF_TEMPERROR };
	enum { RESULTS = sizeof(order) / sizeof(*order) };
	struct effect effects[RESULTS];
	bool told[RESULTS] = { false };

	for (size_t i = 0; i < RESULTS; i++)
		effects[i] = effect_of(config, &(struct event){ identity, order[i], false, false,
								"domain.invalid" });
	if (!effects[0].checked) {
		remark_print(out, "%s is not checked.", identity_words[identity]);
		return;
	}
	for (size_t i = 0; i < RESULTS; i++) {
		char storage[512];
		struct text text;

		if (told[i])
			continue;
		text_init(&text, storage, sizeof(storage));
		text_format(&text, "%s %s", identity_words[identity], spf_result_name(order[i]));
		for (size_t j = i + 1; j < RESULTS; j++) {
			if (!is_equal(effects[i], effects[j]))
				continue;
			text_format(&text, ", %s", spf_result_name(order[j]));
			told[j] = true;
		}
		text_string(&text, ": ");
		add_effect(&text, config, effects[i]);
		remark_paragraph(text_span(&text), out);
	}
}

static bool rejects_one_of(const struct config *config, const char *domain)
{
	for (unsigned i = 0; i < SPF_RESULT_COUNT; i++) {
		const struct event event = { SPF_MAILFROM, (enum spf_result)i, i == SPF_FAIL, false,
					     domain };

		if (effect_of(config, &event).verb == DECISION_REJECT)
			return true;
	}
	return false;
}

/* Is there a result of MAIL FROM that keeps mail out? */
static bool mail_from_rejects(const struct config *config)
{
	bool found = rejects_one_of(config, "domain.invalid");

	for (size_t i = 0; !found && i < config->domain_policy.count; i++)
		found = rejects_one_of(config, config->domain_policy.items[i].domain);
	for (size_t i = 0; !found && i < config->reject_not_pass_domains.count; i++)
		found = rejects_one_of(config, config->reject_not_pass_domains.items[i]);
	return found;
}

static void print_exceptions(const struct config *config, FILE *out)
{
	const struct event no_mail = { SPF_MAILFROM, SPF_FAIL, true, false, "domain.invalid" };
	const struct event null_sender = { SPF_HELO, SPF_FAIL, false, true, "domain.invalid" };

	if (config->no_mail && effect_of(config, &no_mail).verb == DECISION_REJECT)
		remark_print(
			out,
			"A fail of a domain whose whole record is \"v=spf1 -all\": REJECTED (No_Mail).");
	if (config->helo_reject == CONFIG_NULL &&
	    effect_of(config, &null_sender).verb == DECISION_REJECT)
		remark_print(out, "HELO fail of a null sender: REJECTED (HELO_reject = Null).");
	if (config->private_clients == CONFIG_PRIVATE_DEFER)
		remark_print(
			out,
			"Clients with private addresses: deferred (450), and not checked (Private_Clients).");
	if (config->leave_to_dmarc != CONFIG_LEAVE_NO && mail_from_rejects(config))
		remark_print(
			out,
			"Where the sender's domain has a DMARC policy%s, what MAIL FROM would reject is %s (Leave_To_DMARC).",
			config->leave_to_dmarc == CONFIG_LEAVE_ENFORCED ?
				" of quarantine or reject" :
				"",
			accepted(config));
	if (config->domain_policy.count + config->reject_not_pass_domains.count > 0)
		remark_print(out, "Some domains have rules of their own (%s%s%s).",
			     config->domain_policy.count > 0 ? "Domain_Policy" : "",
			     config->domain_policy.count > 0 &&
					     config->reject_not_pass_domains.count > 0 ?
				     ", " :
				     "",
			     config->reject_not_pass_domains.count > 0 ? "Reject_Not_Pass_Domains" :
									 "");
	if (config->per_user)
		remark_print(out, "Some recipients have settings of their own (Per_User).");
}

/* ---- what is not checked ---- */

static void print_exempt(const struct config *config, FILE *out)
{
	const struct {
		bool used;
		const char *words;
	} lists[] = {
		{ config->skip_authenticated && config->prospective.family == AF_UNSPEC,
		  "clients that have logged in" },
		{ config->skip_addresses.count > 0, "local clients (skip_addresses)" },
		{ config->private_clients == CONFIG_PRIVATE_MARK,
		  "clients with private addresses (Private_Clients)" },
		{ config->whitelist.count > 0, "relays by address (Whitelist)" },
		{ config->domain_whitelist.count > 0, "relays by SPF record (Domain_Whitelist)" },
		{ config->helo_whitelist.count > 0, "relays by HELO name (HELO_Whitelist)" },
		{ config->domain_whitelist_ptr.count > 0,
		  "relays by reverse name (Domain_Whitelist_PTR)" },
		{ config->whitelist_for.count > 0,
		  "some clients for some domains (Whitelist_For)" },
		{ config->skip_senders.count > 0, "some senders (Skip_Senders)" },
		{ config->skip_recipients.count > 0, "some recipients (Skip_Recipients)" },
	};
	char storage[1024];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (lists[i].used)
			text_format(&text, "%s%s",
				    text.length > 0 ? ", " : "Not checked: ", lists[i].words);
	if (text.length > 0)
		remark_paragraph(text_span(&text), out);
}

/* ---- settings without effect ---- */

/* Does anything happen otherwise to any message, if the settings are these instead? */
static bool differs_for(const struct config *a, const struct config *b, const char *domain)
{
	for (unsigned bits = 0; bits < 4 * SPF_IDENTITY_COUNT * SPF_RESULT_COUNT; bits++) {
		const struct event event = {
			.identity = (enum spf_identity)(bits / 4 / SPF_RESULT_COUNT),
			.result = (enum spf_result)(bits / 4 % SPF_RESULT_COUNT),
			.sends_no_mail = bits & 1,
			.null_sender = bits & 2,
			.domain = domain,
		};

		/* A record that sends no mail gives nothing but fail. */
		if ((!event.sends_no_mail || event.result == SPF_FAIL) &&
		    !is_equal(effect_of(a, &event), effect_of(b, &event)))
			return true;
	}
	return false;
}

static bool differs(const struct config *a, const struct config *b)
{
	bool found = differs_for(a, b, "domain.invalid");

	for (size_t i = 0; !found && i < a->domain_policy.count; i++)
		found = differs_for(a, b, a->domain_policy.items[i].domain);
	for (size_t i = 0; !found && i < a->reject_not_pass_domains.count; i++)
		found = differs_for(a, b, a->reject_not_pass_domains.items[i]);
	return found;
}

/* Any mail? */
static bool rejects(const struct config *config)
{
	struct config harmless = *config;

	if (config->helo_reject != CONFIG_NO_CHECK)
		harmless.helo_reject = CONFIG_FALSE;
	if (config->mail_from_reject != CONFIG_NO_CHECK)
		harmless.mail_from_reject = CONFIG_FALSE;
	harmless.domain_policy.count = harmless.reject_not_pass_domains.count = 0;
	harmless.temperror_defer = harmless.permerror_reject = harmless.no_mail = false;
	memset(harmless.restriction, 0, sizeof(harmless.restriction));
	return differs(config, &harmless);
}

/* What was set in order to reject or defer, and does not. */
static void print_neighbours(const struct config *config, FILE *out)
{
	const struct {
		bool set;
		const char *name;
	} options[] = {
		{ config->helo_reject < CONFIG_FAIL, "HELO_reject" },
		{ config->mail_from_reject < CONFIG_FAIL, "Mail_From_reject" },
		{ config->permerror_reject, "PermError_reject" },
		{ config->temperror_defer, "TempError_Defer" },
		{ config->no_mail, "No_Mail" },
		{ config->reject_not_pass_domains.count > 0, "Reject_Not_Pass_Domains" },
		{ config->domain_policy.count > 0, "Domain_Policy" },
	};
	char storage[256];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (options[i].set)
			text_format(&text, "%s%s", text.length > 0 ? ", " : "", options[i].name);
	if (!config->enforce && text.length > 0)
		remark_print(
			out,
			"No effect but in the log: %s, because TestOnly = 0 rejects and defers "
			"nothing. To let them work: TestOnly = 1.",
			storage);
	if (config->enforce && !rejects(config))
		remark_print(
			out,
			"All mail is accepted: TestOnly = 1 lets rules reject, and none of these does.");
}

static void print_idle_rules(const struct config *config, FILE *out)
{
	struct config other = *config, any_fail = *config;

	any_fail.no_mail = other.permerror_reject = false;
	if (config->permerror_reject && !differs(config, &other))
		remark_print(out, "No effect: PermError_reject, because %s.",
			     config->no_mail && rejects(&any_fail) ?
				     "No_Mail rejects only a fail of \"v=spf1 -all\"" :
				     "the rules for HELO and MAIL FROM reject nothing");
	other = *config;
	other.temperror_defer = false;
	if (config->temperror_defer && !differs(config, &other))
		remark_print(
			out,
			"No effect: TempError_Defer, because the rules for HELO and MAIL FROM defer nothing.");
	other = *config;
	other.no_mail = false;
	if (config->no_mail && !differs(config, &other))
		remark_print(
			out,
			"No effect: No_Mail, because nothing would be rejected without it either.");
}

/* Softfail and SPF_Not_Pass reject more than a fail, unless it must be that of "v=spf1 -all". */
static void print_idle_strictness(const struct config *config, FILE *out)
{
	struct config other = *config;

	if (!config->no_mail)
		return;
	if (config->helo_reject < CONFIG_FAIL)
		other.helo_reject = CONFIG_FAIL;
	if (config->mail_from_reject < CONFIG_FAIL)
		other.mail_from_reject = CONFIG_FAIL;
	if ((other.helo_reject != config->helo_reject ||
	     other.mail_from_reject != config->mail_from_reject) &&
	    !differs(config, &other))
		remark_print(
			out,
			"No effect: Softfail and SPF_Not_Pass in HELO_reject and Mail_From_reject, "
			"because No_Mail rejects only a fail of \"v=spf1 -all\".");
}

static void print_idle_restrictions(const struct config *config, FILE *out)
{
	for (unsigned i = 0; i < SPF_IDENTITY_COUNT * SPF_RESULT_COUNT; i++) {
		enum spf_identity identity = (enum spf_identity)(i / SPF_RESULT_COUNT);
		unsigned result = i % SPF_RESULT_COUNT;
		struct config other = *config;

		other.restriction[identity][result] = NULL;
		if (config->restriction[identity][result] && !differs(config, &other))
			remark_print(
				out, "No effect: %s_%s_restriction, because %s is not checked.",
				identity == SPF_HELO ? "HELO" : "Mail_From",
				spf_result_name((enum spf_result)result), identity_words[identity]);
	}
}

static void print_idle_others(const struct config *config, FILE *out)
{
	if (config->leave_to_dmarc != CONFIG_LEAVE_NO && !mail_from_rejects(config))
		remark_print(
			out,
			"No effect: Leave_To_DMARC, because no result of MAIL FROM is rejected.");
	if (config->debug_level < 1)
		remark_print(out,
			     "Decisions are not logged (debugLevel = %d): report and replay find "
			     "none. To log them: debugLevel = 1.",
			     config->debug_level);
	if (config->authserv_id &&
	    (config->header_type == CONFIG_HEADER_SPF || config->header_type == CONFIG_HEADER_NONE))
		remark_print(out, "No effect: Authserv_Id, because Header_Type has no AR.");
	if (config->prospective.family != AF_UNSPEC)
		remark_print(
			out,
			"Prospective is set: mail is judged as if this host's address had sent it.");
}

/* ---- the whole ---- */

void outlook_print(const struct config *config, FILE *out)
{
	fputs("#\n", out);
	if (config->enforce)
		remark_print(out, "What happens to mail (TestOnly = 1: this is NOT test mode):");
	else
		remark_print(out,
			     "TEST MODE (TestOnly = 0): all mail is accepted. With TestOnly = 1:");
	print_results(config, SPF_MAILFROM, out);
	print_results(config, SPF_HELO, out);
	print_exceptions(config, out);
	print_exempt(config, out);
	print_neighbours(config, out);
	print_idle_rules(config, out);
	print_idle_strictness(config, out);
	print_idle_restrictions(config, out);
	print_idle_others(config, out);
}
