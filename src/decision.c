/* SPDX-License-Identifier: MIT */
#include "decision.h"

const char *decision_verb_name(enum decision_verb verb)
{
	switch (verb) {
	case DECISION_DUNNO:
		return "dunno";
	case DECISION_PREPEND:
		return "prepend";
	case DECISION_REJECT:
		return "reject";
	case DECISION_DEFER:
		return "defer";
	case DECISION_RESTRICTION:
		return "restriction";
	}
	return "";
}
