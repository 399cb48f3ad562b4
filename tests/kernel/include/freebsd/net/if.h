/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_IF_H_
#define _STANDIN_NET_IF_H_

#include <sys/types.h>
#include <sys/socket.h>

#define IFNAMSIZ	16
#define IF_NAMESIZE	IFNAMSIZ

#define IFF_UP		0x1
#define IFF_DRV_RUNNING	0x40
#define IFF_MULTICAST	0x8000

#define LINK_STATE_UNKNOWN	0
#define LINK_STATE_DOWN		1
#define LINK_STATE_UP		2

struct ifreq_nv_req {
	u_int	buf_length;
	u_int	length;
	void	*buffer;
};
#define IFR_CAP_NV_MAXBUFSIZE	(2 * 1024 * 1024)

struct ifreq {
	char	ifr_name[IFNAMSIZ];
	union {
#if __FreeBSD_version >= 1400000
		struct ifreq_nv_req ifru_nv;
#endif
		int	ifru_mtu;
		caddr_t	ifru_data;
		char	ifru_room[16];
	} ifr_ifru;
};
#define ifr_mtu		ifr_ifru.ifru_mtu
#define ifr_cap_nv	ifr_ifru.ifru_nv

struct ifdrv {
	char	ifd_name[IFNAMSIZ];
	unsigned long ifd_cmd;
	size_t	ifd_len;
	void	*ifd_data;
};

#endif /* _STANDIN_NET_IF_H_ */
