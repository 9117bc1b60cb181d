/* SPDX-License-Identifier: MIT */
#include "decide.h"

#include "config/lists.h"

/* The rule for an identity: the domain's own, else the general one. */
static enum config_reject rule_for(const struct config *config, const struct envelope *envelope,
				   enum spf_identity identity)
{
	struct span domain = span_of(envelope->domains[identity]);

	if (domain.length > 0) {
		for (size_t i = 0; i < config->domain_policy.count; i++) {
			struct domain_policy *policy = &config->domain_policy.items[i];
			struct domain_list one = { &policy->domain, 1 };

			if (domain_list_match(&one, domain))
				return policy->reject;
		}
		if (domain_list_match(&config->reject_not_pass_domains, domain))
			return CONFIG_SPF_NOT_PASS;
	}
	return identity == SPF_HELO ? config->helo_reject : config->mail_from_reject;
}

bool decide_wants(const struct config *config, const struct envelope *envelope,
		  enum spf_identity identity)
{
	if (identity == SPF_MAILFROM && envelope->sender.length == 0)
		return false;
	return rule_for(config, envelope, identity) != CONFIG_NO_CHECK;
}

static bool rejects_result(enum config_reject rule, enum spf_result result)
{
	switch (result) {
	case SPF_FAIL: return rule != CONFIG_FALSE && rule != CONFIG_NO_CHECK;
	case SPF_SOFTFAIL: return rule == CONFIG_SOFTFAIL || rule == CONFIG_SPF_NOT_PASS;
	case SPF_NEUTRAL: return rule == CONFIG_SPF_NOT_PASS;
	case SPF_NONE:
	case SPF_PASS:
	case SPF_TEMPERROR:
	case SPF_PERMERROR:
	case SPF_RESULT_COUNT: break;
	}
	return false;
}

static enum decision_verb verb_by_rule(const struct config *config, enum config_reject rule,
				       const struct spf_report *report, bool null_sender)
{
	if (rule == CONFIG_FALSE || (rule == CONFIG_NULL && !null_sender))
		return DECISION_PREPEND;
	if (report->result == SPF_TEMPERROR)
		return config->temperror_defer ? DECISION_DEFER : DECISION_PREPEND;
	if (report->result == SPF_PERMERROR ? !config->permerror_reject :
					      !rejects_result(rule, report->result))
		return DECISION_PREPEND;
	/* No_Mail: reject only for a domain that sends no mail at all. */
	return config->no_mail && !report->sends_no_mail ? DECISION_PREPEND : DECISION_REJECT;
}

static void apply(const struct config *config, const struct envelope *envelope,
		  const struct spf_report *report, struct decision *decision)
{
	enum spf_identity identity = report->identity;

	decision->reports[identity] = *report;
	decision->identity = identity;
	decision->reason = DECISION_CHECKED;
	decision->restriction = config->restriction[identity][report->result];
	decision->verb = decision->restriction ?
				 DECISION_RESTRICTION :
				 verb_by_rule(config, rule_for(config, envelope, identity), report,
					      envelope->sender.length == 0);
}

bool decide_may_ask_dmarc(const struct config *config, const struct envelope *envelope)
{
	return config->leave_to_dmarc != CONFIG_LEAVE_NO &&
	       envelope->domains[SPF_MAILFROM][0] != '\0' &&
	       decide_wants(config, envelope, SPF_MAILFROM) &&
	       rule_for(config, envelope, SPF_MAILFROM) != CONFIG_FALSE;
}

/* When DNS failed nobody knows, and nothing is to be lost. */
static bool is_left(enum config_leave leave, enum dmarc_policy policy)
{
	if (policy == DMARC_NONE)
		return leave == CONFIG_LEAVE_PUBLISHED;
	return policy != DMARC_ABSENT;
}

/* A reject of MAIL FROM's result, which DMARC may know better by the message's DKIM signature. */
static enum decide_missing leave_to_dmarc(const struct config *config,
					  const struct dmarc_report *dmarc,
					  struct decision *decision)
{
	if (config->leave_to_dmarc == CONFIG_LEAVE_NO || decision->verb != DECISION_REJECT ||
	    decision->identity != SPF_MAILFROM)
		return DECIDE_NOTHING;
	if (dmarc->policy == DMARC_UNKNOWN)
		return DECIDE_DMARC;
	decision->dmarc = *dmarc;
	if (is_left(config->leave_to_dmarc, dmarc->policy))
		decision->verb = DECISION_PREPEND;
	return DECIDE_NOTHING;
}

enum decide_missing decide(const struct config *config, const struct envelope *envelope,
			   const struct spf_report reports[SPF_IDENTITY_COUNT],
			   const struct dmarc_report *dmarc, struct decision *decision)
{
	const struct spf_report *helo = &reports[SPF_HELO], *mail_from = &reports[SPF_MAILFROM];
	bool keeps_out = false;

	decision->verb = DECISION_DUNNO;
	decision->reason = DECISION_NOT_APPLICABLE;
	decision->restriction = NULL;
	decision->dmarc.policy = DMARC_UNKNOWN;
	if (decide_wants(config, envelope, SPF_HELO)) {
		if (!helo->checked)
			return DECIDE_HELO;
		apply(config, envelope, helo, decision);
		keeps_out = decision->verb == DECISION_REJECT || decision->verb == DECISION_DEFER;
	}
	if (!decide_wants(config, envelope, SPF_MAILFROM) ||
	    decision->verb == DECISION_RESTRICTION ||
	    (keeps_out && !config->restriction[SPF_MAILFROM][SPF_PASS]))
		return DECIDE_NOTHING;
	if (!mail_from->checked)
		return DECIDE_MAILFROM;
	/* What keeps the mail out already is overruled by the restriction for a pass alone. */
	if (!keeps_out || mail_from->result == SPF_PASS)
		apply(config, envelope, mail_from, decision);
	return leave_to_dmarc(config, dmarc, decision);
}
