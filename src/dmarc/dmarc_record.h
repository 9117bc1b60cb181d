/* SPDX-License-Identifier: MIT */
/*
 * One DMARC policy record (RFC 9989 sections 4.7 and 4.8, tag lists of RFC 6376 section 3.2). Pure.
 *
 * The tags that matter, their names in lower case:
 *	v	stands first and is DMARC1, in this case; else the text is no record at all
 *	p	the policy of the domain itself, and of those below it if there is no sp
 *	sp	that of the domains below it
 *	np	that of those which do not exist. It is never needed: SPF rejects only for a domain that has a
 *		record, and that one exists (section 3.2.13). It matters by being valid or not
 *	psd	y or n; all else is u, which is as if it were not there
 *	t	y: the next weaker policy is wanted; all else is n
 *	rua	is there a URI for reports?
 *
 * Errors: a p that is missing or invalid, or an invalid sp or np, makes the policy none when rua has a URI;
 * otherwise DMARC is not applied (section 4.10.1). A value that is empty or has bytes that the grammar does
 * not allow is invalid. A known tag that comes twice makes the text no record (RFC 6376 section 3.2). What
 * is no tag, adkim, aspf, fo, ruf and unknown tags change nothing; pct, rf and ri of RFC 7489 are unknown.
 */
#ifndef DMARC_DMARC_RECORD_H
#define DMARC_DMARC_RECORD_H

#include "base/span.h"
#include "dmarc/dmarc_policy.h"

enum dmarc_psd { DMARC_PSD_UNSAID, DMARC_PSD_NO, DMARC_PSD_YES };

struct dmarc_record {
	/* For the domain itself, and for those below it that exist. DMARC_ABSENT: DMARC is not applied. */
	enum dmarc_policy policy, below;
	enum dmarc_psd psd; /* is the domain a public suffix? */
	bool faulty;	    /* p is missing or invalid, or sp or np is invalid */
};

/* False when the text is no record of this version. Any bytes may stand in it. */
bool dmarc_record_read(struct span text, struct dmarc_record *record);

#endif
