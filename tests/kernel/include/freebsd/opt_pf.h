/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_OPT_PF_H_
#define _STANDIN_OPT_PF_H_


#endif /* _STANDIN_OPT_PF_H_ */
