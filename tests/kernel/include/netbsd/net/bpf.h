/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_BPF_H_
#define _STANDIN_NET_BPF_H_

#include <sys/types.h>

#define DLT_PFSYNC	18

struct ifnet;
struct mbuf;

void	bpf_attach(struct ifnet *, u_int dlt, u_int hdrlen);
void	bpf_detach(struct ifnet *);
void	bpf_mtap(struct ifnet *, struct mbuf *);

#endif /* _STANDIN_NET_BPF_H_ */
