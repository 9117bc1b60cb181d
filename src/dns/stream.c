/* SPDX-License-Identifier: MIT */
#include "stream.h"

enum { LENGTH_SIZE = 2 };

void stream_reset(struct stream *stream)
{
	stream->sent = stream->received = 0;
	stream->told = stream->answer_length = 0;
}

static void put_length(uint8_t *out, size_t length)
{
	out[0] = (uint8_t)(length >> 8);
	out[1] = (uint8_t)length;
}

size_t stream_frame(const struct message_query *query, uint8_t *out)
{
	put_length(out, query->length);
	memcpy(out + LENGTH_SIZE, query->bytes, query->length);
	return LENGTH_SIZE + query->length;
}

/* Length and message, once the length is there. */
static size_t frame_length(const struct stream *stream)
{
	return LENGTH_SIZE + ((size_t)stream->frame[0] << 8 | stream->frame[1]);
}

size_t stream_missing(const struct stream *stream)
{
	if (stream->received < LENGTH_SIZE)
		return LENGTH_SIZE - stream->received;
	return frame_length(stream) - stream->received;
}

bool stream_take(struct stream *stream, struct exchange *list, const void *carrier)
{
	const uint8_t *message = stream->frame + LENGTH_SIZE;
	struct exchange *exchange;
	size_t length;

	if (stream->received < LENGTH_SIZE)
		return true;
	length = frame_length(stream) - LENGTH_SIZE;
	if (length < MESSAGE_HEADER_SIZE)
		return false;
	if (stream_missing(stream))
		return true;
	stream->received = 0;
	exchange = exchange_answered(list, carrier, message, length);
	if (exchange) {
		length = exchange_placeholder_answer(exchange, stream->answer + LENGTH_SIZE);
		put_length(stream->answer, length);
		stream->answer_length = LENGTH_SIZE + length;
		stream->told = 0;
	}
	return message_is_response(message);
}

size_t stream_untold(const struct stream *stream)
{
	return stream->answer_length - stream->told;
}

size_t stream_tell(struct stream *stream, void *data, size_t size)
{
	size_t length = stream_untold(stream);

	if (length > size)
		length = size;
	memcpy(data, stream->answer + stream->told, length);
	stream->told += length;
	return length;
}
