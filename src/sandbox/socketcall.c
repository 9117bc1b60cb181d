/* SPDX-License-Identifier: MIT */
/*
 * On i386 and s390x glibc makes all socket calls through one, socketcall(2), whose arguments stand in
 * memory where no seccomp filter can read them. The kernel has the separate calls too, since 4.3: these
 * functions take glibc's place, for the libraries as well, and the filter needs no socketcall(2).
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(SYS_socketcall) && defined(SYS_socket)

int socket(int domain, int type, int protocol)
{
	return (int)syscall(SYS_socket, domain, type, protocol);
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)syscall(SYS_connect, fd, address, length);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
	       socklen_t length)
{
	return syscall(SYS_sendto, fd, data, size, flags, to, length);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	return syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
}

ssize_t recvfrom(int fd, void *restrict data, size_t size, int flags,
		 struct sockaddr *restrict from, socklen_t *restrict length)
{
	return syscall(SYS_recvfrom, fd, data, size, flags, from, length);
}

int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict length)
{
	return (int)syscall(SYS_getsockopt, fd, level, option, value, length);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	return (int)syscall(SYS_setsockopt, fd, level, option, value, length);
}

int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
	return (int)syscall(SYS_getsockname, fd, address, length);
}

#else
typedef int socketcall_is_not_here; /* C wants something in a file */
#endif
