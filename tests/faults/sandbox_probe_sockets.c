/* SPDX-License-Identifier: MIT */
/* What sandbox_probe tries with sockets and descriptors. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sandbox_probe.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* ---- which sockets there are ---- */

static long try_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long try_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long try_vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static long try_mptcp(void)
{
	return socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
}

static long try_udplite(void)
{
	return socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE);
}

static long try_ping(void)
{
	return socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

static long try_raw(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
}

static long try_unix_stream(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_unix_packets(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

static long try_pair(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static long try_descriptors(void)
{
	for (int i = 0; i < 100; i++)
		if (socket(AF_INET, SOCK_DGRAM, 0) < 0)
			return -1;
	return 0;
}

/* ---- where they go ---- */

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)atoi(probe_argument)),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
}

/* Sends what comes back: what DNS needs. */
static long try_echo(int type)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
	char buffer[8] = "";

	if (fd < 0 ||
	    (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
	     errno != EINPROGRESS) ||
	    poll(&pollfd, 1, 5000) != 1 || send(fd, "hello", 5, MSG_NOSIGNAL) != 5)
		return -1;
	pollfd.events = POLLIN;
	if (poll(&pollfd, 1, 5000) != 1 || recv(fd, buffer, sizeof(buffer), 0) != 5)
		return -1;
	return strcmp(buffer, "hello") == 0 ? 0 : -1;
}

static long try_udp(void)
{
	return try_echo(SOCK_DGRAM);
}

static long try_tcp(void)
{
	return try_echo(SOCK_STREAM);
}

/* Connects without connect(2). */
static long try_fast_open(void)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return sendto(fd, "hello", 5, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&address,
		      sizeof(address));
}

static long try_send_anywhere(void)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return sendto(fd, "hello", 5, 0, (struct sockaddr *)&address, sizeof(address));
}

static long try_bind(int type)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	return bind(socket(AF_INET, type, 0), (struct sockaddr *)&address, sizeof(address));
}

static long try_bind_udp(void)
{
	return try_bind(SOCK_DGRAM);
}

static long try_bind_tcp(void)
{
	return try_bind(SOCK_STREAM);
}

static long try_listen(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

/* What a restarted logger needs, or the same behind a name that is in no file system. */
static long send_unix(const char *path, size_t length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, length);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) != 0)
		return -1;
	return send(fd, "hello", 5, MSG_DONTWAIT | MSG_NOSIGNAL) == 5 ? 0 : -1;
}

static long try_unix(void)
{
	return send_unix(probe_argument, strlen(probe_argument) + 1);
}

static long try_abstract(void)
{
	char path[100] = "";

	memcpy(path + 1, probe_argument, strlen(probe_argument));
	return send_unix(path, 1 + strlen(probe_argument));
}

static long try_pass_descriptor(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec data = { "x", 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	return sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &message, 0);
}

/* ---- what is done with descriptors ---- */

static long try_owner(void)
{
	return fcntl(STDOUT_FILENO, F_SETOWN, getpid());
}

static long try_signal_number(void)
{
	return fcntl(socket(AF_INET, SOCK_DGRAM, 0), F_SETSIG, 0);
}

static long try_async(void)
{
	return fcntl(socket(AF_INET, SOCK_DGRAM, 0), F_SETFL, O_ASYNC);
}

static long try_pipe_size(void)
{
	return fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 12);
}

static long try_lock(void)
{
	struct flock lock = { .l_type = F_RDLCK };

	return fcntl(STDIN_FILENO, F_SETLK, &lock);
}

static long try_flags(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return -1;
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static long set(int type, int level, int option, int value)
{
	return setsockopt(socket(AF_INET, type, 0), level, option, &value, sizeof(value));
}

static long try_buffer(void)
{
	return set(SOCK_DGRAM, SOL_SOCKET, SO_RCVBUF, 1 << 16);
}

static long try_device(void)
{
	return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
}

static long try_multicast(void)
{
	return set(SOCK_DGRAM, IPPROTO_IP, IP_MULTICAST_TTL, 2);
}

static long try_no_delay(void)
{
	return set(SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY, 1);
}

static long get(int option)
{
	int value;
	socklen_t length = sizeof(value);

	return getsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, option, &value, &length);
}

static long try_get_type(void)
{
	return get(SO_TYPE);
}

static long try_get_error(void)
{
	return get(SO_ERROR);
}

const struct thing probe_sockets[] = {
	{ "netlink", try_netlink },
	{ "packet", try_packet },
	{ "vsock", try_vsock },
	{ "mptcp", try_mptcp },
	{ "udplite", try_udplite },
	{ "ping", try_ping },
	{ "raw", try_raw },
	{ "unix-stream", try_unix_stream },
	{ "unix-packets", try_unix_packets },
	{ "pair", try_pair },
	{ "descriptors", try_descriptors },
	{ "udp", try_udp },
	{ "tcp", try_tcp },
	{ "fast-open", try_fast_open },
	{ "send-anywhere", try_send_anywhere },
	{ "bind-udp", try_bind_udp },
	{ "bind-tcp", try_bind_tcp },
	{ "listen", try_listen },
	{ "unix", try_unix },
	{ "abstract", try_abstract },
	{ "pass-descriptor", try_pass_descriptor },
	{ "owner", try_owner },
	{ "signal-number", try_signal_number },
	{ "async", try_async },
	{ "pipe-size", try_pipe_size },
	{ "lock", try_lock },
	{ "flags", try_flags },
	{ "buffer", try_buffer },
	{ "device", try_device },
	{ "multicast", try_multicast },
	{ "no-delay", try_no_delay },
	{ "get-type", try_get_type },
	{ "get-error", try_get_error },
	{ NULL, NULL },
};
