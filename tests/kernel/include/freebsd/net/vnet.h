/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_VNET_H_
#define _STANDIN_NET_VNET_H_

struct vnet;
struct vnet *standin_curvnet(void);
void	standin_curvnet_set(struct vnet *);

#define curvnet			standin_curvnet()
#define CURVNET_SET(v)		\
	{ struct vnet *saved_vnet = curvnet; standin_curvnet_set(v);
#define CURVNET_RESTORE()	standin_curvnet_set(saved_vnet); }
#define TD_TO_VNET(td)		((td)->td_vnet)
#define IS_DEFAULT_VNET(v)	((v) == curvnet)

#define VNET_NAME(n)		vnet_entry_##n
#define VNET_DECLARE(t, n)	extern t VNET_NAME(n)
#define VNET_DEFINE(t, n)	t VNET_NAME(n)
#define VNET_DEFINE_STATIC(t, n)	static t VNET_NAME(n)
#define VNET(n)			VNET_NAME(n)

#define VNET_SYSINIT(name, sub, order, func, arg)	\
	SYSINIT(name, sub, order, func, arg)
#define VNET_SYSUNINIT(name, sub, order, func, arg)	\
	SYSUNINIT(name, sub, order, func, arg)

#endif /* _STANDIN_NET_VNET_H_ */
