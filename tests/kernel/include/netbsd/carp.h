/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_CARP_H_
#define _STANDIN_CARP_H_

#ifndef NCARP
#define NCARP	1
#endif

#endif /* _STANDIN_CARP_H_ */
