/* SPDX-License-Identifier: MIT */
#include "dns/servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	ITEM_MAX = 80,		   /* an address with interface, brackets and port */
	FILE_SIZE_MAX = 64 * 1024, /* what is longer is read up to its last whole line within */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool parse_port(const char *text, in_port_t *port)
{
	unsigned long value = 0;

	if (!*text || strlen(text) > 5)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned long)(*text - '0');
	}
	*port = htons((in_port_t)value);
	return value >= 1 && value <= 65535;
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

	if (item.length == 0 || item.length >= sizeof(text) || memchr(item.data, '\0', item.length))
		return false;
	memcpy(text, item.data, item.length);
	text[item.length] = '\0';
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
	servers->count = 0;
	while (*text) {
		size_t length = 0;

		while (text[length] && text[length] != ',' && !is_blank(text[length]))
			length++;
		if (length && servers->count == SERVERS_MAX) {
			snprintf(error, size, "more than %d DNS servers", SERVERS_MAX);
			return false;
		}
		if (length && !parse_server(&servers->list[servers->count++],
					    (struct span){ text, length })) {
			snprintf(error, size, "not an address of a DNS server: %.*s",
				 length > ITEM_MAX ? ITEM_MAX : (int)length, text);
			return false;
		}
		text += length + (text[length] != '\0');
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
	static const char keyword[] = "nameserver";
	size_t at = sizeof(keyword) - 1, end;

	if (line.length <= at || memcmp(line.data, keyword, at) != 0 || !is_blank(line.data[at]))
		return (struct span){ 0 };
	while (at < line.length && is_blank(line.data[at]))
		at++;
	for (end = at; end < line.length && !is_blank(line.data[end]);)
		end++;
	return (struct span){ line.data + at, end - at };
}

void servers_from_resolv_conf(struct servers *servers, struct span text)
{
	servers->count = 0;
	while (text.length && servers->count < SERVERS_MAX) {
		const char *newline = memchr(text.data, '\n', text.length);
		size_t length = newline ? (size_t)(newline - text.data) : text.length;
		struct span line = { text.data, length };

		servers->count += parse_server(&servers->list[servers->count], nameserver_of(line));
		length += newline != NULL;
		text = (struct span){ text.data + length, text.length - length };
	}
	if (servers->count == 0) {
		parse_v4(&servers->list[0], "127.0.0.1", htons(SERVERS_PORT));
		servers->count = 1;
	}
}

/* Bytes up to the last whole line, of a file that goes on. */
static size_t whole_lines(const char *text, size_t length)
{
	while (length > 0 && text[length - 1] != '\n')
		length--;
	return length;
}

void servers_read_file(struct servers *servers, const char *path)
{
	char *text = xmalloc(FILE_SIZE_MAX);
	size_t length = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t got = 0;

	while (fd >= 0 && length < FILE_SIZE_MAX &&
	       (got = read(fd, text + length, FILE_SIZE_MAX - length)) > 0)
		length += (size_t)got;
	if (fd >= 0)
		close(fd);
	if (length == FILE_SIZE_MAX)
		length = whole_lines(text, length);
	servers_from_resolv_conf(servers, (struct span){ text, length });
	free(text);
}

void servers_format(const struct server_address *server, char *out)
{
	bool v6 = server->socket.any.sa_family == AF_INET6;
	unsigned port = ntohs(v6 ? server->socket.v6.sin6_port : server->socket.v4.sin_port);
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
