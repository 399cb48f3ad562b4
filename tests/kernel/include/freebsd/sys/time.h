/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_TIME_H_
#define _STANDIN_SYS_TIME_H_

#include <sys/types.h>

#define SBT_1S		((sbintime_t)1 << 32)
#define SBT_1MS		(SBT_1S / 1000)
#define SBT_1US		(SBT_1S / 1000000)

sbintime_t sbinuptime(void);
sbintime_t getsbinuptime(void);

#endif /* _STANDIN_SYS_TIME_H_ */
