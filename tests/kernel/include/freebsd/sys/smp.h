/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SMP_H_
#define _STANDIN_SYS_SMP_H_

extern int mp_ncpus;

#endif /* _STANDIN_SYS_SMP_H_ */
