/* SPDX-License-Identifier: MIT */
#include "maillog/logged_decision.h"

#include "maillog/log_line.h"

/* ---- words ---- */

/* Takes a prefix off. */
static bool take(struct span *rest, const char *prefix)
{
	if (!span_starts_with(*rest, prefix))
		return false;
	*rest = span_skip(*rest, strlen(prefix));
	return true;
}

/* Where the words begin; text.length = nowhere. */
static size_t find(struct span text, const char *words)
{
	size_t i = 0;

	while (i < text.length && !span_starts_with(span_skip(text, i), words))
		i++;
	return i;
}

static bool has(struct span text, const char *words)
{
	return find(text, words) < text.length;
}

/* "Pass", "pass;": a result as logs and header fields write it. */
static bool take_result(struct span *rest, enum spf_result *result)
{
	struct span word = span_take(*rest, span_find_any(*rest, " ;("));

	for (unsigned i = 0; i < SPF_RESULT_COUNT; i++) {
		if (span_is_nocase(word, spf_result_name((enum spf_result)i))) {
			*result = (enum spf_result)i;
			*rest = span_skip(*rest, word.length);
			return true;
		}
	}
	return false;
}

static bool read_verb(struct span word, enum decision_verb *verb)
{
	for (unsigned i = DECISION_DUNNO; i <= DECISION_RESTRICTION; i++) {
		if (span_is(word, decision_verb_name((enum decision_verb)i))) {
			*verb = (enum decision_verb)i;
			return true;
		}
	}
	return false;
}

/* ---- what all lines share ---- */

static void read_envelope(struct span line, struct arena *arena, struct logged_decision *decision)
{
	struct envelope *e = &decision->envelope;
	struct span local;
	bool cut;

	if (!log_line_parse(line, arena, e, &cut))
		*e = (struct envelope){ .sender = { NULL, 0 } };
	address_parse(e->client_text, &e->client);
	if (decision->identity == SPF_HELO)
		decision->domain = e->helo;
	else if (!span_split_last(e->sender, '@', &local, &decision->domain))
		decision->domain = e->sender;
}

static void read_identity(struct span line, struct arena *arena, struct logged_decision *decision)
{
	struct span value = log_line_value(line, "identity=", arena);

	bool helo = value.length > 0 ?
			    span_is(value, "helo") :
			    has(line, "?s=helo;") ||
				    find(line, " smtp.helo=") < find(line, " smtp.mailfrom=");

	decision->identity = helo ? SPF_HELO : SPF_MAILFROM;
}

/* The pairs at the end of our lines. False when there is no action: not one of ours. */
static bool read_our_pairs(struct span line, struct arena *arena, struct logged_decision *decision)
{
	struct span action = log_line_value(line, "action=", arena);

	decision->would = take(&action, "would-");
	if (!read_verb(action, &decision->verb))
		return false;
	decision->problem = log_line_value(line, "problem=", arena);
	decision->timed = span_number(log_line_value(line, "ms=", arena), &decision->elapsed_ms);
	return true;
}

/* ---- one form after the other; each sees the line from its first own word on ---- */

/* "Fail; identity=mailfrom; client-ip=..; ..; action=reject; ..": ours. policyd-spf's, at debugLevel 2, has
 * no action; the decision follows in another line. */
static bool read_result(struct span line, struct arena *arena, struct logged_decision *decision)
{
	struct span rest = line;

	if (!take_result(&rest, &decision->result) || !take(&rest, "; identity="))
		return false;
	read_identity(line, arena, decision);
	return decision->judged = read_our_pairs(line, arena, decision);
}

/* "Received-SPF: Pass (mailfrom) identity=mailfrom; ..", "Authentication-Results: mx; spf=pass (..) ..",
 * "X-Comment: SPF check N/A for local connections - client-ip=..". */
static bool read_field(struct span line, struct arena *arena, struct logged_decision *decision)
{
	struct span rest = line, field, host;

	decision->verb = DECISION_PREPEND;
	if (take(&rest, "X-Comment: ")) {
		decision->why = span_take(rest, find(rest, " - "));
		return true;
	}
	if (take(&rest, "Authentication-Results: ")) {
		if (!span_split(rest, ';', &host, &field))
			return false;
		field = span_trim(field, " ");
		if (take(&field, "none (")) {
			decision->why = span_take(field, span_find(field, ')'));
			decision->why = span_take(decision->why, find(decision->why, " - "));
			return true;
		}
		rest = field;
		if (!take(&rest, "spf="))
			return false;
	} else if (!take(&rest, "Received-SPF: ")) {
		return false;
	}
	if (!take_result(&rest, &decision->result))
		return false;
	read_identity(line, arena, decision);
	read_our_pairs(line, arena, decision);
	return decision->judged = true;
}

/* "prepend FIELD". */
static bool read_prepend(struct span line, struct arena *arena, struct logged_decision *decision)
{
	return take(&line, "prepend ") && read_field(line, arena, decision);
}

/* "Header field not prepended: FIELD": policyd-spf with Header_Type = None. */
static bool read_not_prepended(struct span line, struct arena *arena,
			       struct logged_decision *decision)
{
	if (!take(&line, "Header field not prepended: ") || !read_field(line, arena, decision))
		return false;
	decision->verb = DECISION_DUNNO;
	return true;
}

/* "decided action=prepend X-Comment: WHY - client-ip=..": ours, of mail that was not judged. */
static bool read_not_judged(struct span line, struct arena *arena, struct logged_decision *decision)
{
	struct span verb, rest;

	if (!take(&line, "decided action=") || !span_split(line, ' ', &verb, &rest) ||
	    !read_verb(verb, &decision->verb))
		return false;
	take(&rest, "X-Comment: ");
	decision->why = span_take(rest, find(rest, " - "));
	decision->timed = span_number(log_line_value(line, "ms=", arena), &decision->elapsed_ms);
	return true;
}

/* The result behind the words of a refusal. */
static enum spf_result refused_result(struct span words)
{
	static const struct {
		const char *words;
		enum spf_result result;
	} told[] = {
		{ "SPF Permanent Error", SPF_PERMERROR },
		{ "SPF Temporary Error", SPF_TEMPERROR },
		{ "SPF-Result=", SPF_TEMPERROR },
		{ "discourages use of this host", SPF_SOFTFAIL },
		{ "neither permitted nor denied", SPF_NEUTRAL },
		{ "no SPF record", SPF_NONE },
	};

	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (has(words, told[i].words))
			return told[i].result;
	return SPF_FAIL;
}

/* "550 5.7.23 Message rejected due to: WORDS. Please see http://..?s=mfrom;id=..;ip=..;r=..": the reply of
 * policyd-spf and, under "Policy action=", of postfix-policyd-spf-perl. */
static bool read_refusal(struct span line, struct arena *arena, struct logged_decision *decision)
{
	if (span_starts_with(line, "550 "))
		decision->verb = DECISION_REJECT;
	else if (span_starts_with_nocase(line, "defer_if_permit "))
		decision->verb = DECISION_DEFER;
	else
		return false;
	decision->result = refused_result(line);
	read_identity(line, arena, decision);
	return decision->judged = true;
}

/* "Policy action=PREPEND Received-SPF: pass (..) receiver=..; identity=..; ..". */
static bool read_perl(struct span line, struct arena *arena, struct logged_decision *decision)
{
	if (!take(&line, "Policy action="))
		return false;
	if (take(&line, "PREPEND "))
		return read_field(line, arena, decision);
	return read_refusal(line, arena, decision);
}

/* ---- the whole ---- */

/* A log may cut long lines. Without the last pair of policyd-spf's header the one before it may be cut, too. */
static bool is_cut(struct span line)
{
	return take(&line, "prepend Received-SPF: ") && !has(line, "; receiver=");
}

static bool read_any(struct span line, struct arena *arena, struct logged_decision *decision)
{
	static bool (*const forms[])(struct span, struct arena *, struct logged_decision *) = {
		read_prepend,	    read_result, read_not_judged,
		read_not_prepended, read_perl,	 read_refusal,
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		*decision = (struct logged_decision){ .verb = DECISION_DUNNO };
		if (forms[i](line, arena, decision)) {
			if (!is_cut(line))
				read_envelope(line, arena, decision);
			return true;
		}
	}
	return false;
}

/* policyd-spf puts the queue ID in front, even where there is none: "4F2A1B: prepend ..", ": prepend ..". */
static bool skip_queue_id(struct span *line)
{
	size_t colon = span_find(*line, ':');

	for (size_t i = 0; i < colon; i++)
		if (!ascii_is_alphanumeric(line->data[i]))
			return false;
	*line = span_skip(*line, colon);
	return take(line, ": ");
}

bool logged_decision_parse(struct span message, struct arena *arena,
			   struct logged_decision *decision)
{
	return read_any(message, arena, decision) ||
	       (skip_queue_id(&message) && read_any(message, arena, decision));
}

/* The line of such a result ends with the receiver; one of ours that was cut does not. */
static bool ends_with_receiver(struct span line)
{
	size_t receiver = find(line, "; receiver=") + strlen("; receiver=");

	return receiver < line.length && !span_contains(span_skip(line, receiver), ';');
}

bool logged_result_parse(struct span message, struct arena *arena, struct logged_decision *decision)
{
	struct span rest = message;

	*decision = (struct logged_decision){ .verb = DECISION_DUNNO, .judged = true };
	if (!take_result(&rest, &decision->result) || !take(&rest, "; identity=") ||
	    !ends_with_receiver(message))
		return false;
	read_identity(message, arena, decision);
	read_envelope(message, arena, decision);
	return decision->envelope.client.family != AF_UNSPEC;
}

/* ---- keeping one ---- */

struct logged_decision logged_decision_copy(const struct logged_decision *decision,
					    struct arena *arena)
{
	struct logged_decision kept = *decision;

	kept.why = arena_span(arena, decision->why);
	kept.problem = arena_span(arena, decision->problem);
	kept.domain = arena_span(arena, decision->domain);
	kept.envelope.client_text = arena_span(arena, decision->envelope.client_text);
	kept.envelope.helo = arena_span(arena, decision->envelope.helo);
	kept.envelope.sender = arena_span(arena, decision->envelope.sender);
	kept.envelope.recipient = arena_span(arena, decision->envelope.recipient);
	return kept;
}

/* ---- what others tell of a decision ---- */

bool logged_rejection_parse(struct span message, struct arena *arena,
			    struct logged_decision *decision)
{
	static const char *const ours[] = {
		" 5.7.23 ",
		" 5.7.24 ",
		" 4.7.24 ",
		"Message rejected due to: ",
		"/Why?s=",
		"SPF-Result=",
		"Message deferred due to: ",
	};
	struct span rest = span_skip(message, find(message, ": "));
	bool known = false;

	*decision = (struct logged_decision){ .source = LOGGED_BY_SMTPD, .judged = true };
	if (!take(&rest, ": reject: "))
		return false;
	/* smtpd_client_port_logging puts the port behind the address. */
	rest = span_skip(rest, find(rest, "]:"));
	take(&rest, "]:");
	while (rest.length > 0 && (ascii_is_digit(rest.data[0]) || rest.data[0] == ':'))
		rest = span_skip(rest, 1);
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		known = known || has(rest, ours[i]);
	if (!take(&rest, " ") || rest.length == 0 || !known)
		return false;
	decision->verb = rest.data[0] == '4' ? DECISION_DEFER : DECISION_REJECT;
	decision->result = refused_result(rest);
	decision->identity = has(rest, " from=<> ") ? SPF_HELO : SPF_MAILFROM;
	read_envelope(message, arena, decision);
	return decision->envelope.client_text.length > 0;
}

bool logged_field_parse(struct span field, struct arena *arena, struct logged_decision *decision)
{
	*decision = (struct logged_decision){ .source = LOGGED_IN_FIELD };
	if (!span_starts_with(field, "Received-SPF: ") || !read_field(field, arena, decision))
		return false;
	read_envelope(field, arena, decision);
	return decision->envelope.client_text.length > 0;
}
