/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_ERRNO_H_
#define _STANDIN_SYS_ERRNO_H_

#define ENXIO		6
#define ENOMEM		12
#define EBUSY		16
#define EEXIST		17
#define ENODEV		19
#define EINVAL		22
#define ENOTTY		25
#define EFBIG		27
#define ENOSPC		28
#define ERANGE		34
#define EWOULDBLOCK	35
#define EMSGSIZE	40
#define EOPNOTSUPP	45
#define EAFNOSUPPORT	47
#define EADDRNOTAVAIL	49
#define ENETDOWN	50
#define ENOBUFS		55

#endif /* _STANDIN_SYS_ERRNO_H_ */
