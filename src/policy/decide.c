/* SPDX-License-Identifier: MIT */
#include "decide.h"

#include "config/lists.h"

/* The rule for an identity: the domain's own, else the general one. */
static enum config_reject rule_for(const struct config *config,
				   const struct decide_subject *subject, enum spf_identity identity)
{
	struct span domain = subject->domains[identity];

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

bool decide_wants(const struct config *config, const struct decide_subject *subject,
		  enum spf_identity identity)
{
	if (identity == SPF_MAILFROM && subject->null_sender)
		return false;
	return rule_for(config, subject, identity) != CONFIG_NO_CHECK;
}

static bool refuses_result(enum config_reject rule, enum spf_result result)
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
					      !refuses_result(rule, report->result))
		return DECISION_PREPEND;
	/* No_Mail: only a domain that says it sends no mail at all is worth a refusal. */
	return config->no_mail && !report->sends_no_mail ? DECISION_PREPEND : DECISION_REJECT;
}

/* True when this identity's result settles the matter whatever the other one says. */
static bool settles(const struct config *config, const struct decide_subject *subject,
		    const struct spf_report *report, struct decision *decision)
{
	enum spf_identity identity = report->identity;

	decision->reports[identity] = *report;
	decision->identity = identity;
	decision->reason = DECISION_CHECKED;
	decision->restriction = config->restriction[identity][report->result];
	decision->verb = decision->restriction ?
				 DECISION_RESTRICTION :
				 verb_by_rule(config, rule_for(config, subject, identity), report,
					      subject->null_sender);
	return decision->verb != DECISION_PREPEND;
}

/* What policyd-spf's manual promises of Mail_From_pass_restriction: it is returned even if the HELO result
 * would cause the message to be rejected. */
static void pass_overrules(const struct config *config, const struct decide_subject *subject,
			   decide_report *report, void *arg, struct decision *decision)
{
	struct decision mail_from = *decision;

	if (decision->verb == DECISION_RESTRICTION ||
	    !config->restriction[SPF_MAILFROM][SPF_PASS] ||
	    !decide_wants(config, subject, SPF_MAILFROM))
		return;
	settles(config, subject, report(arg, SPF_MAILFROM), &mail_from);
	if (mail_from.reports[SPF_MAILFROM].result == SPF_PASS)
		*decision = mail_from;
}

void decide(const struct config *config, const struct decide_subject *subject,
	    decide_report *report, void *arg, struct decision *decision)
{
	decision->verb = DECISION_DUNNO;
	decision->reason = DECISION_NOT_OURS;
	decision->restriction = NULL;
	if (decide_wants(config, subject, SPF_HELO) &&
	    settles(config, subject, report(arg, SPF_HELO), decision)) {
		pass_overrules(config, subject, report, arg, decision);
		return;
	}
	if (decide_wants(config, subject, SPF_MAILFROM))
		settles(config, subject, report(arg, SPF_MAILFROM), decision);
}
