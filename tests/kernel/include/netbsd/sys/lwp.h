/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_LWP_H_
#define _STANDIN_SYS_LWP_H_

struct kauth_cred;
struct lwp {
	struct kauth_cred *l_cred;
};

#define curlwp	standin_curlwp()
struct lwp *standin_curlwp(void);

#endif /* _STANDIN_SYS_LWP_H_ */
