/* SPDX-License-Identifier: MIT */
#include "postfix/header.h"

enum {
	FACT_MAX = 150
}; /* three such values, a domain and the rest of X-Comment fit into the line */

struct pair {
	const char *key;
	struct span value;   /* as given; an empty one is not written */
	struct span domain;  /* of a mailbox whose local part is `value` */
	struct span written; /* "; key=value"; empty when it found no room */
};

/*
 * "=" is atext, and it is left out here: no name of a host or a receiver holds one, and readers
 * that split at it do not ask for the grammar.
 */
static bool is_dot_atom(struct span value)
{
	char last = '.';

	for (size_t i = 0; i < value.length; i++) {
		char c = value.data[i];

		if (c == '.' ? last == '.' : !ascii_is_atext(c) || c == '=')
			return false;
		last = c;
	}
	return last != '.';
}

static bool is_plain(char c)
{
	return ascii_is_alphanumeric(c) || ascii_is_in(c, ".-_");
}

/* Nothing that any reader takes for syntax or for the domain's end. */
static bool is_plain_domain(struct span domain)
{
	return domain.length > 0 && span_all(domain, is_plain);
}

/* The inside of a quoted-string or a comment. */
static void add_inside(struct text *out, struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		char c = value.data[i];

		if (!ascii_is_printable(c) || c == ';' || c == '@')
			c = '?';
		if (c == '"' || c == '\\' || c == '(' || c == ')' || c == '=')
			text_char(out, '\\');
		text_char(out, c);
	}
}

static void add_value(struct text *out, struct span value)
{
	if (is_dot_atom(value)) {
		text_add(out, value);
		return;
	}
	text_char(out, '"');
	add_inside(out, value);
	text_char(out, '"');
}

/* `domain` has no byte that needs a quoted-pair, and is the only one after an "@". */
static void add_mailbox(struct text *out, struct span local, struct span domain)
{
	text_string(out, "\"");
	add_inside(out, local);
	text_string(out, "@");
	text_add(out, domain);
	text_string(out, "\"");
}

/*
 * The sender for readers that do not know which "@" counts, or where a domain ends: there is a domain only
 * when it is plain as it was said, or as A-labels. Without one, all is local part.
 */
static void split_sender(const struct envelope *envelope, struct span *local, struct span *domain)
{
	struct span before, after;

	*local = envelope_sender(envelope);
	*domain = (struct span){ NULL, 0 };
	if (!span_split_last(envelope->sender, '@', &before, &after))
		return;
	if (!is_plain_domain(after))
		after = span_of(envelope->domains[SPF_MAILFROM]);
	if (!is_plain_domain(after))
		return;
	*local = before;
	*domain = after;
}

struct span header_receiver(const struct config *config, const struct envelope *envelope)
{
	struct span local, domain;

	if (config->hide_receiver)
		return span_of("<UNKNOWN>");
	if (envelope->recipient.length == 0)
		return span_of("none");
	if (span_split_last(envelope->recipient, '@', &local, &domain) && domain.length > 0)
		return domain;
	return envelope->recipient;
}

/* Writes the pair after the others if there is room for all of it. */
static void place_pair(struct text *room, struct pair *pair)
{
	size_t start = room->length;

	if (pair->value.length + pair->domain.length == 0 ||
	    pair->value.length + pair->domain.length > HEADER_VALUE_MAX)
		return;
	text_string(room, "; ");
	text_string(room, pair->key);
	text_char(room, '=');
	if (pair->domain.length > 0)
		add_mailbox(room, pair->value, pair->domain);
	else
		add_value(room, pair->value);
	if (room->overflow)
		text_undo(room, start);
	else
		pair->written = span_skip(text_span(room), start);
}

static struct text problem_text(const struct spf_report *report, char *storage, size_t size)
{
	struct text text;

	text_init(&text, storage, size);
	decision_problem(&text, report);
	return text;
}

static void received_spf(struct text *out, const struct config *config,
			 const struct envelope *envelope, const struct spf_report *report)
{
	enum { IDENTITY, CLIENT_IP, HELO, ENVELOPE_FROM, RECEIVER, MECHANISM, PROBLEM, PAIRS };
	static const int by_importance[PAIRS] = { IDENTITY, CLIENT_IP, ENVELOPE_FROM, HELO,
						  RECEIVER, PROBLEM,   MECHANISM };
	const char *identity = spf_identity_name(report->identity);
	char address[ADDRESS_TEXT_MAX], storage[HEADER_LINE_MAX + 1];
	char problem_storage[DECISION_PROBLEM_MAX];
	struct text problem = problem_text(report, problem_storage, sizeof(problem_storage));
	struct pair pairs[PAIRS] = {
		[IDENTITY] = { "identity", .value = span_of(identity) },
		[CLIENT_IP] = { "client-ip", .value = envelope_client(envelope, address) },
		[HELO] = { "helo", .value = envelope->helo },
		[ENVELOPE_FROM] = { .key = "envelope-from" },
		[RECEIVER] = { "receiver", .value = header_receiver(config, envelope) },
		[MECHANISM] = { "mechanism", .value = span_of(report->mechanism) },
		[PROBLEM] = { "problem", .value = text_span(&problem) },
	};
	size_t start = out->length;
	struct text room;

	split_sender(envelope, &pairs[ENVELOPE_FROM].value, &pairs[ENVELOPE_FROM].domain);
	text_format(out, "Received-SPF: %s (%s) ", spf_result_name(report->result), identity);
	/* The separator before the first pair is not written, hence two bytes more. */
	text_init(&room, storage, sizeof(storage) - (out->length - start) + 2);
	for (size_t i = 0; i < PAIRS; i++)
		place_pair(&room, &pairs[by_importance[i]]);
	for (size_t i = 0; i < PAIRS; i++) {
		struct span piece = pairs[i].written;

		if (i == IDENTITY)
			piece = span_skip(piece, 2);
		text_add(out, piece);
	}
}

static void add_comment(struct text *out, struct span comment)
{
	text_string(out, " (");
	add_inside(out, comment);
	text_char(out, ')');
}

static void add_result(struct text *out, const struct spf_report *report, bool words)
{
	char storage[SPF_PROBLEM_MAX + 64];
	struct text text;

	text_format(out, "; spf=%s", spf_result_name(report->result));
	if (words) {
		text_init(&text, storage, sizeof(storage));
		decision_describe(&text, report);
		add_comment(out, text_span(&text));
	}
	text_format(out, " smtp.%s=%s", spf_identity_name(report->identity), report->domain);
}

/* A domain that is not plain is left out with its result, which could be read as another's otherwise. */
static void add_results(struct text *out, const struct envelope *envelope,
			const struct decision *decision, bool words)
{
	const struct spf_report *report = &decision->reports[decision->identity];
	const char *why = decision->why ? decision->why : "SPF not checked";
	char address[ADDRESS_TEXT_MAX];

	/* Some readers want one comment at a place. */
	if (report->checked && is_plain_domain(span_of(report->domain))) {
		add_result(out, report, words);
		text_string(out, " (");
	} else {
		text_string(out, "; none (");
		add_inside(out, span_of(report->checked ? "not a plain domain name" : why));
		text_string(out, " - ");
	}
	/* Its "=" needs no quoted-pair, and is what readers of the field look for. What is no address has no bound. */
	text_format(out, "client-ip=%s)",
		    envelope->client.family == AF_UNSPEC ?
			    "unknown" :
			    address_format(&envelope->client, address));
}

static void authentication_results(struct text *out, const struct config *config,
				   const struct envelope *envelope, const struct decision *decision)
{
	size_t start = out->length, results;

	text_string(out, "Authentication-Results: ");
	add_value(out, span_of(config->authserv_id ? config->authserv_id : config->host_name));
	results = out->length;
	add_results(out, envelope, decision, true);
	if (out->overflow || out->length - start > HEADER_LINE_MAX) {
		text_undo(out, results);
		add_results(out, envelope, decision, false);
	}
}

/* With "@" among `special`, the only one is that before the sender's plain domain. */
static void add_envelope(struct text *out, const struct config *config,
			 const struct envelope *envelope, const char *special, size_t max)
{
	struct span local = envelope_sender(envelope), domain = { NULL, 0 };
	char address[ADDRESS_TEXT_MAX];

	if (strchr(special, '@'))
		split_sender(envelope, &local, &domain);
	text_string(out, "client-ip=");
	text_escape(out, envelope_client(envelope, address), special, ADDRESS_TEXT_MAX);
	text_string(out, "; helo=");
	text_escape(out, envelope->helo, special, max);
	text_string(out, "; envelope-from=");
	text_escape(out, local, special, max);
	text_string(out, domain.length > 0 ? "@" : "");
	text_add(out, domain);
	text_string(out, "; receiver=");
	text_escape(out, header_receiver(config, envelope), special, max);
}

void header_envelope(struct text *out, const struct config *config, const struct envelope *envelope,
		     size_t max)
{
	add_envelope(out, config, envelope, "\\;", max);
}

void header_format(struct text *out, enum decision_header header, const struct config *config,
		   const struct envelope *envelope, const struct decision *decision)
{
	switch (header) {
	case DECISION_NO_HEADER: break;
	case DECISION_RECEIVED_SPF:
		received_spf(out, config, envelope, &decision->reports[decision->identity]);
		break;
	case DECISION_AUTHENTICATION_RESULTS:
		authentication_results(out, config, envelope, decision);
		break;
	case DECISION_COMMENT:
		text_format(out, "X-Comment: %s - ", decision->why);
		add_envelope(out, config, envelope, "\\;@", FACT_MAX);
		break;
	}
}
