/* SPDX-License-Identifier: MIT */
#include "dns/servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "base/file.h"

enum {
	ITEM_MAX = 80,		   /* an address with interface, brackets and port */
	FILE_SIZE_MAX = 64 * 1024, /* what is longer is read up to its last whole line within */
};

static const char white[] = " \t\r\n";

static bool parse_port(const char *text, in_port_t *port)
{
	unsigned value;

	if (strlen(text) > 5 || !span_number(span_of(text), &value) || value < 1 || value > 65535)
		return false;
	*port = htons((in_port_t)value);
	return true;
}

static bool parse_v4(struct server_address *server, const char *address, in_port_t port)
{
	server->socket.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port };
	server->length = sizeof(server->socket.v4);
	return inet_pton(AF_INET, address, &server->socket.v4.sin_addr) == 1;
}

/* `address` is cut at the "%". */
static bool parse_v6(struct server_address *server, char *address, in_port_t port)
{
	struct sockaddr_in6 *v6 = &server->socket.v6;
	char *interface = strchr(address, '%');

	*v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port };
	server->length = sizeof(*v6);
	if (interface) {
		*interface++ = '\0';
		v6->sin6_scope_id = if_nametoindex(interface);
		if (!v6->sin6_scope_id)
			return false;
	}
	return inet_pton(AF_INET6, address, &v6->sin6_addr) == 1;
}

static bool parse_server(struct server_address *server, struct span item)
{
	char text[ITEM_MAX], *address = text, *port_text = NULL;
	in_port_t port = htons(SERVERS_PORT);

	if (!span_string(item, text, sizeof(text)))
		return false;
	if (*text == '[') {
		char *end = strchr(text, ']');

		if (!end || (end[1] && end[1] != ':'))
			return false;
		port_text = end[1] ? end + 2 : NULL;
		*end = '\0';
		address++;
	} else if (strchr(text, ':') && strchr(text, ':') == strrchr(text, ':')) {
		port_text = strchr(text, ':');
		*port_text++ = '\0';
	}
	if (port_text && !parse_port(port_text, &port))
		return false;
	return parse_v4(server, address, port) ? *text != '[' : parse_v6(server, address, port);
}

bool servers_parse(struct servers *servers, const char *text, char *error, size_t size)
{
	struct span rest = span_of(text), item;

	servers->count = 0;
	while ((item = span_next(&rest, ", \t\r\n")).length) {
		if (servers->count == SERVERS_MAX) {
			snprintf(error, size, "more than %d DNS servers", SERVERS_MAX);
			return false;
		}
		if (!parse_server(&servers->list[servers->count++], item)) {
			snprintf(error, size, "not an address of a DNS server: %.*s",
				 item.length > ITEM_MAX ? ITEM_MAX : (int)item.length, item.data);
			return false;
		}
	}
	return true;
}

uint16_t servers_port(const struct server_address *server)
{
	if (server->socket.any.sa_family == AF_INET6)
		return ntohs(server->socket.v6.sin6_port);
	return ntohs(server->socket.v4.sin_port);
}

/* The word after "nameserver", or an empty span. */
static struct span nameserver_of(struct span line)
{
	const char *start = line.data;
	struct span keyword = span_next(&line, white);

	/* At the very start of the line, and nothing else before the space. */
	return span_is(keyword, "nameserver") && keyword.data == start ? span_next(&line, white) :
									 span_take(line, 0);
}

void servers_from_resolv_conf(struct servers *servers, struct span text)
{
	struct span line;

	servers->count = 0;
	while (servers->count < SERVERS_MAX && span_next_line(&text, &line))
		servers->count += parse_server(&servers->list[servers->count], nameserver_of(line));
	if (servers->count == 0) {
		parse_v4(&servers->list[0], "127.0.0.1", htons(SERVERS_PORT));
		servers->count = 1;
	}
}

void servers_read_file(struct servers *servers, const char *path)
{
	struct file file;
	int error = file_read(path, FILE_REGULAR, FILE_SIZE_MAX, &file);
	struct span text = { file.data, file.length };
	size_t end = span_find_last(text, '\n');

	/* The last line may be cut. */
	if (error == EFBIG)
		text = span_take(text, end < text.length ? end : 0);
	servers_from_resolv_conf(servers, text);
	file_release(&file);
}

void servers_format(const struct server_address *server, char *out)
{
	bool v6 = server->socket.any.sa_family == AF_INET6;
	unsigned port = servers_port(server);
	char address[INET6_ADDRSTRLEN] = "?", scope[12] = "";

	inet_ntop(server->socket.any.sa_family,
		  v6 ? (const void *)&server->socket.v6.sin6_addr : &server->socket.v4.sin_addr,
		  address, sizeof(address));
	if (v6 && server->socket.v6.sin6_scope_id)
		snprintf(scope, sizeof(scope), "%%%u", server->socket.v6.sin6_scope_id);
	if (port == SERVERS_PORT)
		snprintf(out, SERVERS_TEXT_MAX, "%s%s", address, scope);
	else
		snprintf(out, SERVERS_TEXT_MAX, v6 ? "[%s%s]:%u" : "%s%s:%u", address, scope, port);
}
