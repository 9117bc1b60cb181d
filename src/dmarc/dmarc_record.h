/* SPDX-License-Identifier: MIT */
/*
 * One DMARC policy record (draft-ietf-dmarc-dmarcbis-41 sections 4.7 and 4.8), read by its grammar. Pure.
 *
 * It is a tag list as in DKIM (RFC 6376 section 3.2): names in their case, and a known tag that comes twice
 * makes it none. What is wrong in a single tag leaves that tag out.
 */
#ifndef DMARC_DMARC_RECORD_H
#define DMARC_DMARC_RECORD_H

#include "base/span.h"
#include "dmarc/dmarc_policy.h"

enum dmarc_psd { DMARC_PSD_UNSAID, DMARC_PSD_NO, DMARC_PSD_YES };

struct dmarc_record {
	/* For the domain itself, and for those below it that exist. DMARC_ABSENT: the record asks for
	   nothing that can be followed (no valid p=, or an sp= or np= that is none, and no rua=). */
	enum dmarc_policy policy, below;
	enum dmarc_psd psd; /* is the domain a public suffix? */
};

/* False when the text is no record of this version. Any bytes may stand in it. */
bool dmarc_record_read(struct span text, struct dmarc_record *record);

#endif
