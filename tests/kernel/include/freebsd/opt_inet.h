/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_OPT_INET_H_
#define _STANDIN_OPT_INET_H_

#define INET	1

#endif /* _STANDIN_OPT_INET_H_ */
