/* SPDX-License-Identifier: MIT */
/* The list of DNS servers: ways to write one, what is refused, and what a resolv.conf gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/servers.h"

/* "address port scope" of one server. */
static void show(const struct server_address *server, char *out, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	if (server->socket.any.sa_family == AF_INET) {
		assert_int_equal(server->length, sizeof(struct sockaddr_in));
		inet_ntop(AF_INET, &server->socket.v4.sin_addr, text, sizeof(text));
		snprintf(out, size, "%s %u 0", text, ntohs(server->socket.v4.sin_port));
	} else {
		assert_int_equal(server->length, sizeof(struct sockaddr_in6));
		inet_ntop(AF_INET6, &server->socket.v6.sin6_addr, text, sizeof(text));
		snprintf(out, size, "%s %u %u", text, ntohs(server->socket.v6.sin6_port),
			 server->socket.v6.sin6_scope_id);
	}
}

static void servers_reads_each_way_to_write_one(void **state)
{
	static const struct {
		const char *text, *server;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1 53 0" },
		{ "192.0.2.1:5353", "192.0.2.1 5353 0" },
		{ "::1", "::1 53 0" },
		{ "2001:db8::53", "2001:db8::53 53 0" },
		{ "[::1]", "::1 53 0" },
		{ "[2001:DB8::53]:65535", "2001:db8::53 65535 0" },
		{ "fe80::1%lo", "fe80::1 53 1" },
		{ "[fe80::1%lo]:54", "fe80::1 54 1" },
		{ " ,\t192.0.2.1 ,, ", "192.0.2.1 53 0" },
	};
	struct servers servers;
	char error[200], shown[100];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!servers_parse(&servers, rows[i].text, error, sizeof(error)))
			fail_msg("%s: %s", rows[i].text, error);
		assert_int_equal(servers.count, 1);
		show(&servers.list[0], shown, sizeof(shown));
		assert_string_equal(shown, rows[i].server);
	}
}

static void servers_reads_lists(void **state)
{
	struct servers servers;
	char error[200], shown[100];

	(void)state;
	assert_true(servers_parse(&servers, "", error, sizeof(error)));
	assert_int_equal(servers.count, 0);
	assert_true(
		servers_parse(&servers, "192.0.2.1,192.0.2.2:54 [::1]:55", error, sizeof(error)));
	assert_int_equal(servers.count, 3);
	show(&servers.list[1], shown, sizeof(shown));
	assert_string_equal(shown, "192.0.2.2 54 0");
	show(&servers.list[2], shown, sizeof(shown));
	assert_string_equal(shown, "::1 55 0");
	assert_true(
		servers_parse(&servers, "::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8", error, sizeof(error)));
	assert_int_equal(servers.count, SERVERS_MAX);
	assert_false(servers_parse(&servers, "::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8 ::9", error,
				   sizeof(error)));
	assert_string_equal(error, "more than 8 DNS servers");
}

static void servers_refuses_what_is_none(void **state)
{
	static const char *const rows[] = {
		"localhost",
		"192.0.2",
		"192.0.2.256",
		"192.0.2.1:",
		"192.0.2.1:0",
		"192.0.2.1:65536",
		"192.0.2.1:5x",
		"192.0.2.1:-1",
		"192.0.2.1:053535",
		":53",
		"[::1",
		"[::1]53",
		"[::1]:",
		"[192.0.2.1]",
		"[192.0.2.1]:53",
		"::g",
		"1:2:3:4:5:6:7:8:9",
		"fe80::1%nosuchinterface",
		"fe80::1%",
		"[]",
		"[]:53",
		"192.0.2.1;",
		"%n%s",
		"11111111111111111111111111111111111111111111111111111111111111111111111111111111",
	};
	struct servers servers;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char error[200] = "", text[200];

		snprintf(text, sizeof(text), "::1, %s", rows[i]);
		if (servers_parse(&servers, text, error, sizeof(error)))
			fail_msg("%s: not refused", rows[i]);
		assert_non_null(strstr(error, "not an address of a DNS server: "));
		snprintf(text, sizeof(text), "%.80s", rows[i]);
		assert_non_null(strstr(error, text));
	}
}

static void servers_of_a_resolv_conf(void **state)
{
	static const struct {
		const char *text, *first;
		size_t count;
	} rows[] = {
		{ "nameserver 192.0.2.1\nnameserver ::1\n", "192.0.2.1 53 0", 2 },
		{ "# comment\nsearch example\noptions timeout:1\nnameserver\t192.0.2.7 # why\n",
		  "192.0.2.7 53 0", 1 },
		{ "nameserver 192.0.2.1\r\n", "192.0.2.1 53 0", 1 },
		{ "nameserver 192.0.2.1", "192.0.2.1 53 0", 1 },
		{ "nameserver fe80::1%lo\n", "fe80::1 53 1", 1 },
		{ "nameserver nonsense\nnameserver 192.0.2.2\n", "192.0.2.2 53 0", 1 },
		{ "nameservers 192.0.2.1\n nameserver 192.0.2.1\n#nameserver 192.0.2.1\n"
		  "nameserver\n",
		  "127.0.0.1 53 0", 1 },
		{ "", "127.0.0.1 53 0", 1 },
		{ "\n\n\n", "127.0.0.1 53 0", 1 },
		{ "nameserver ::1\nnameserver ::2\nnameserver ::3\nnameserver ::4\n"
		  "nameserver ::5\nnameserver ::6\nnameserver ::7\nnameserver ::8\n"
		  "nameserver ::9\n",
		  "::1 53 0", 8 },
	};
	struct servers servers;
	char shown[100];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		servers_from_resolv_conf(&servers, span_of(rows[i].text));
		show(&servers.list[0], shown, sizeof(shown));
		assert_string_equal(shown, rows[i].first);
		assert_int_equal(servers.count, rows[i].count);
	}
	servers_from_resolv_conf(&servers, (struct span){ "\0\nnameserver 192.0.2.1\0\n"
							  "nameserver 192.0.2.2\n",
							  44 });
	show(&servers.list[0], shown, sizeof(shown));
	assert_string_equal(shown, "192.0.2.2 53 0");
}

static void servers_of_a_file(void **state)
{
	char path[] = "/tmp/test_servers.XXXXXX", shown[100];
	struct servers servers;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "nameserver 192.0.2.9\n", 21), 21);
	close(fd);
	servers_read_file(&servers, path);
	show(&servers.list[0], shown, sizeof(shown));
	assert_string_equal(shown, "192.0.2.9 53 0");
	unlink(path);

	servers_read_file(&servers, path); /* is not there */
	show(&servers.list[0], shown, sizeof(shown));
	assert_string_equal(shown, "127.0.0.1 53 0");
	servers_read_file(&servers, "/"); /* can be opened, not read */
	show(&servers.list[0], shown, sizeof(shown));
	assert_string_equal(shown, "127.0.0.1 53 0");
}

/* Writes `comments` lines of 32 bytes and then `last`; reads that as a resolv.conf. */
static void read_long_file(size_t comments, const char *last, struct servers *servers)
{
	char path[] = "/tmp/test_servers.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	for (size_t i = 0; i < comments; i++)
		assert_true(fprintf(file, "# %29zu\n", i) == 32);
	assert_true(fputs(last, file) >= 0);
	assert_int_equal(fclose(file), 0);
	servers_read_file(servers, path);
	unlink(path);
}

/* Behind many comments a server still counts, and half of an address is none. */
static void servers_of_a_long_file(void **state)
{
	struct servers servers;
	char shown[128];

	(void)state;
	read_long_file(1000, "nameserver 192.0.2.12\n", &servers);
	assert_int_equal(servers.count, 1);
	show(&servers.list[0], shown, sizeof(shown));
	assert_string_equal(shown, "192.0.2.12 53 0");
	read_long_file(2047, "#123456789\nnameserver 192.0.2.123\n", &servers);
	assert_int_equal(servers.count, 1);
	show(&servers.list[0], shown, sizeof(shown));
	assert_string_equal(shown, "127.0.0.1 53 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_reads_each_way_to_write_one),
		cmocka_unit_test(servers_reads_lists),
		cmocka_unit_test(servers_refuses_what_is_none),
		cmocka_unit_test(servers_of_a_resolv_conf),
		cmocka_unit_test(servers_of_a_file),
		cmocka_unit_test(servers_of_a_long_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
