/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SOCKET_H_
#define _STANDIN_SYS_SOCKET_H_

#include <sys/types.h>

typedef uint8_t	sa_family_t;

#define AF_INET		2
#define AF_INET6	24
#define PF_INET		AF_INET
#define PF_INET6	AF_INET6

struct sockaddr {
	unsigned char	sa_len;
	sa_family_t	sa_family;
	char		sa_data[14];
};

#endif /* _STANDIN_SYS_SOCKET_H_ */
