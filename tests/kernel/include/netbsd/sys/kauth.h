/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_KAUTH_H_
#define _STANDIN_SYS_KAUTH_H_

typedef struct kauth_cred *kauth_cred_t;
typedef int kauth_action_t;
enum { KAUTH_NETWORK_INTERFACE = 7 };
enum kauth_network_req {
	KAUTH_REQ_NETWORK_INTERFACE_GET, KAUTH_REQ_NETWORK_INTERFACE_GETPRIV,
	KAUTH_REQ_NETWORK_INTERFACE_SET, KAUTH_REQ_NETWORK_INTERFACE_SETPRIV
};

int	kauth_authorize_network(kauth_cred_t, kauth_action_t,
	    enum kauth_network_req, void *, void *, void *);

#endif /* _STANDIN_SYS_KAUTH_H_ */
