/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_IF_H_
#define _STANDIN_NET_IF_H_

#include <sys/mbuf.h>
#include <sys/socket.h>

struct bpf_if;
struct rtentry;

#define IFNAMSIZ	16
#define IFQ_MAXLEN	256

#define IFF_UP		0x0001
#define IFF_RUNNING	0x0040
#define IFF_MULTICAST	0x8000

#define LINK_STATE_UNKNOWN	0
#define LINK_STATE_DOWN		1
#define LINK_STATE_UP		2

struct ifqueue {
	struct mbuf	*ifq_head;
	int		ifq_len;
	int		ifq_maxlen;
};
#define IF_QFULL(ifq)		((ifq)->ifq_len >= (ifq)->ifq_maxlen)
#define IF_IS_EMPTY(ifq)	((ifq)->ifq_len == 0)
#define IF_ENQUEUE(ifq, m)	((void)((ifq)->ifq_head = (m)))
#define IF_DEQUEUE(ifq, m)	((void)((m) = (ifq)->ifq_head))
#define IFQ_PURGE(ifq)		((void)((ifq)->ifq_len = 0))
#define IFQ_SET_MAXLEN(ifq, n)	((void)((ifq)->ifq_maxlen = (n)))
#define IFQ_SET_READY(ifq)	((void)(ifq))

struct ifnet {
	void		*if_softc;
	struct bpf_if	*if_bpf;
	char		if_xname[IFNAMSIZ];
	int		if_link_state;
	unsigned short	if_flags;
	int		(*if_output)(struct ifnet *, struct mbuf *,
			    const struct sockaddr *, const struct rtentry *);
	void		(*if_start)(struct ifnet *);
	int		(*if_ioctl)(struct ifnet *, u_long, void *);
	struct ifqueue	if_snd;
	u_char		if_type;
	u_char		if_hdrlen;
	uint64_t	if_mtu;
	uint64_t	if_ipackets;
	uint64_t	if_ierrors;
	uint64_t	if_opackets;
	uint64_t	if_oerrors;
	uint64_t	if_ibytes;
	uint64_t	if_obytes;
	uint64_t	if_iqdrops;
};

struct ifreq {
	char	ifr_name[IFNAMSIZ];
	union {
		int	ifru_mtu;
		void	*ifru_data;
		char	ifru_room[128];
	} ifr_ifru;
};
#define ifr_mtu		ifr_ifru.ifru_mtu
#define ifr_data	ifr_ifru.ifru_data

struct ifdrv {
	char	ifd_name[IFNAMSIZ];
	unsigned long ifd_cmd;
	size_t	ifd_len;
	void	*ifd_data;
};

struct if_clone {
	const char	*ifc_name;
	int		(*ifc_create)(struct if_clone *, int);
	int		(*ifc_destroy)(struct ifnet *);
};
#define IF_CLONE_INITIALIZER(name, create, destroy)	\
	{ name, create, destroy }

typedef struct pfil_head pfil_head_t;
extern pfil_head_t *if_pfil;

void	if_initname(struct ifnet *, const char *, int);
void	if_initialize(struct ifnet *);
void	if_register(struct ifnet *);
void	if_detach(struct ifnet *);
void	if_alloc_sadl(struct ifnet *);
void	if_clone_attach(struct if_clone *);
void	if_clone_detach(struct if_clone *);
if_index_t if_get_index(const struct ifnet *);
struct ifnet *if_byindex(u_int);
struct ifnet *ifunit(const char *);
int	ifioctl_common(struct ifnet *, u_long, void *);

#endif /* _STANDIN_NET_IF_H_ */
