/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_BPF_H_
#define _STANDIN_NET_BPF_H_

#include <sys/param.h>

#define DLT_PFSYNC	121

struct bpf_if;
struct ifnet;
struct mbuf;

void	bpfattach(struct ifnet *, u_int dlt, u_int hdrlen);
void	bpfdetach(struct ifnet *);
#if __FreeBSD_version < 1400000
bool	bpf_peers_present(struct bpf_if *);
void	bpf_mtap(struct bpf_if *, struct mbuf *);
#else
bool	bpf_peers_present_if(struct ifnet *);
void	bpf_mtap_if(struct ifnet *, struct mbuf *);
#endif

#endif /* _STANDIN_NET_BPF_H_ */
