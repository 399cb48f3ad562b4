/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_IOCTL_H_
#define _STANDIN_SYS_IOCTL_H_

#include <sys/types.h>

/* Only that they differ. */
#define STANDIN_IOC(dir, g, n, t)	\
	((u_long)((dir) << 30 | sizeof(t) << 16 | (g) << 8 | (n)))
#define _IOW(g, n, t)	STANDIN_IOC(2UL, g, n, t)
#define _IOR(g, n, t)	STANDIN_IOC(1UL, g, n, t)
#define _IOWR(g, n, t)	STANDIN_IOC(3UL, g, n, t)

#define SIOCSIFFLAGS	_IOW('i', 16, struct ifreq)
#define SIOCSDRVSPEC	_IOW('i', 123, struct ifdrv)
#define SIOCGDRVSPEC	_IOWR('i', 123, struct ifdrv)
#define SIOCSIFMTU	_IOW('i', 127, struct ifreq)
#define SIOCSETPFSYNC	_IOW('i', 247, struct ifreq)
#define SIOCGETPFSYNC	_IOWR('i', 248, struct ifreq)

#endif /* _STANDIN_SYS_IOCTL_H_ */
