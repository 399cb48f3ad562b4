/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_LOCK_H_
#define _STANDIN_SYS_LOCK_H_

#define MA_OWNED	0x01
#define MA_NOTOWNED	0x02
#define SA_LOCKED	0x01
#define SA_XLOCKED	0x02
#define SA_SLOCKED	0x04

#endif /* _STANDIN_SYS_LOCK_H_ */
