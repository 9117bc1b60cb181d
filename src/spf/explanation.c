/* SPDX-License-Identifier: MIT */
#include "spf/check.h"

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	return true;
}

void explanation_fetch(struct evaluation *e, struct published *in, struct spf_report *report)
{
	const struct answer *answer;
	char storage[4096];
	struct text expanded, out;
	struct span text;

	if (!in->has_exp || !evaluation_has_room(e) ||
	    evaluation_target(e, in, &in->exp, EVALUATION_WAIT) != PUBLISHED_NAME_READY)
		return;
	answer = evaluation_ask(e, span_of(in->exp.name), DNS_TXT, EVALUATION_WAIT);
	if (!answer || answer->status != ANSWER_OK || answer->count != 1)
		return;
	text = answer->records[0].data;
	text_init(&expanded, storage, sizeof(storage));
	if (!is_ascii(text) || !evaluation_explain(e, in, text, &expanded))
		return;
	text_init(&out, report->explanation, sizeof(report->explanation));
	text_printable(&out, text_span(&expanded), sizeof(report->explanation) - 1);
}
