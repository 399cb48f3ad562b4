/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_IF_VAR_H_
#define _STANDIN_NET_IF_VAR_H_

#include <sys/param.h>
#include <sys/mbuf.h>
#include <net/if.h>
#include <net/vnet.h>

struct route;
typedef struct ifnet *if_t;
typedef enum {
	IFCOUNTER_IPACKETS, IFCOUNTER_IERRORS, IFCOUNTER_OPACKETS,
	IFCOUNTER_OERRORS, IFCOUNTER_IBYTES, IFCOUNTER_OBYTES,
	IFCOUNTER_IQDROPS, IFCOUNTER_OQDROPS
} ift_counter;
typedef int (*if_ioctl_fn_t)(if_t, u_long, caddr_t);
typedef int if_output_fn(struct ifnet *, struct mbuf *,
    const struct sockaddr *, struct route *);

#if __FreeBSD_version < 1400000
struct ifnet {
	struct vnet	*if_vnet;
	struct bpf_if	*if_bpf;
	if_output_fn	*if_output;
	u_int		if_fib;
	uint8_t		if_link_state;
	uint8_t		if_hdrlen;
	char		if_xname[IFNAMSIZ];
};
#define if_name(ifp)	((const char *)(ifp)->if_xname)
#else
const char *if_name(if_t);
u_int	if_getindex(const if_t);
int	if_getlinkstate(if_t);
struct vnet *if_getvnet(const if_t);
u_int	if_getfib(if_t);
void	if_setoutputfn(if_t, if_output_fn *);
#endif

if_t	if_alloc(u_char type);
void	if_free(if_t);
void	if_attach(if_t);
void	if_detach(if_t);
void	if_initname(if_t, const char *name, int unit);
void	*if_getsoftc(if_t);
void	if_ref(if_t);
void	if_rele(if_t);
if_t	ifunit_ref(const char *);
if_t	ifunit(const char *);
int	if_getflags(const if_t);
int	if_getdrvflags(const if_t);
int	if_getmtu(const if_t);
int	if_setmtu(if_t, int);
void	if_inc_counter(if_t, ift_counter, int64_t);
void	if_setioctlfn(if_t, if_ioctl_fn_t);
void	*ifr_data_get_ptr(void *ifr);
int	if_allmulti(if_t, int on);
int	if_setsoftc(if_t, void *);
int	if_setdrvflagbits(if_t, int set, int clear);
int	if_setifheaderlen(if_t, int);

struct epoch_tracker {
	int	et_any;
};
#if __FreeBSD_version < 1300000
#define NET_EPOCH_ENTER()	((void)0)
#define NET_EPOCH_EXIT()	((void)0)
#define NET_EPOCH_ENTER_ET(et)	standin_net_epoch_enter(&(et))
#define NET_EPOCH_EXIT_ET(et)	standin_net_epoch_exit(&(et))
#else
#define NET_EPOCH_ENTER(et)	standin_net_epoch_enter(&(et))
#define NET_EPOCH_EXIT(et)	standin_net_epoch_exit(&(et))
#endif
void	standin_net_epoch_enter(struct epoch_tracker *);
void	standin_net_epoch_exit(struct epoch_tracker *);

#endif /* _STANDIN_NET_IF_VAR_H_ */
