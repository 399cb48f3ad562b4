/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_STDBOOL_H_
#define _STANDIN_SYS_STDBOOL_H_

#define bool	_Bool
#define true	1
#define false	0

#endif /* _STANDIN_SYS_STDBOOL_H_ */
