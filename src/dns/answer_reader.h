/* SPDX-License-Identifier: MIT */
/*
 * The bounded reader that makes an answer from a DNS message.
 *
 * It trusts nothing: it checks the header (QR, opcode, RCODE, one question that is ours), class, bounds,
 * compression; takes only records owned by the question's name or by a name on its CNAME chain (in any order
 * in the message, at most ANSWER_CHAIN_MAX links, a loop is malformed). Pure: no library, no I/O.
 */
#ifndef DNS_ANSWER_READER_H
#define DNS_ANSWER_READER_H

#include "dns/answer.h"

/*
 * Reads the message that answers (name, type), class IN. `name` is text without trailing dot where
 * bytes are as in the question (no escapes). Never returns NULL; everything unusable is
 * ANSWER_FAILURE. RCODE 0 with only a CNAME chain is ANSWER_NODATA.
 */
struct answer *answer_parse(const uint8_t *message, size_t length, struct span name, uint16_t type);

#endif
