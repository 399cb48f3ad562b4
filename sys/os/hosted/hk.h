/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One hosted kernel: a pf, a pfsync0, interfaces, a routing table and timers,
 * in one object with one thread.  No globals, and time comes from outside, so
 * that a test or a simulation can hold many of them.  hkern(8) is one of these
 * with a clock, sockets and a control socket around it.
 */

#ifndef _HOSTED_HK_H_
#define _HOSTED_HK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/pfsync/pfsync.h"
#include "os/hosted/ctl.h"
#include "os/hosted/link.h"
#include "os/hosted/pf/pf.h"

struct hk;

struct hk_env {
	void	*ctx;
	uint64_t (*now)(void *ctx);		/* ms, monotonic */
	uint32_t (*random)(void *ctx);
	/* pfsync's packets, sent and received, whole IP packets; or NULL. */
	void	 (*bpf)(void *ctx, const uint8_t *pkt, size_t len);
	/*
	 * pfsync0 is being created (an errno forbids it) or is destroyed; what
	 * happens, one line without newline.  Both may be NULL.
	 */
	int	 (*clone)(void *ctx, bool create);
	void	 (*log)(void *ctx, const char *line);
};

/* slices: of the engine.  hostid 0: drawn.  NULL without memory. */
struct hk	*hk_create(const struct hk_env *, unsigned slices,
		    uint32_t hostid);
void		 hk_destroy(struct hk *);

struct pf	*hk_pf(struct hk *);
struct psync	*hk_psync(struct hk *);	/* NULL without pfsync0 */

/*
 * Attaches an interface; the hosted kernel owns the link from then on.
 * EEXIST, EINVAL (name), ENOMEM.  Detaching a syncdev tells pfsync0.
 */
int		 hk_attach(struct hk *, const char *ifname, struct link *);
int		 hk_detach(struct hk *, const char *ifname);

/* Forwards packets for dst/plen out of ifname; the longest prefix wins. */
int		 hk_route(struct hk *, uint8_t af, const uint8_t *dst,
		    unsigned plen, const char *ifname);

/*
 * A packet that arrived on an interface: pfsync's own goes to the engine,
 * everything else through pf, is routed, and through pf again.  pkt may be
 * rewritten.
 */
void		 hk_input(struct hk *, const char *ifname, uint8_t *pkt,
		    size_t len);

/*
 * A packet that waits until a peer has its state; whoever made it embeds this.
 * Each is sent or dropped once, which also frees it.
 */
struct hk_held {
	void	(*send)(struct hk_held *);
	void	(*drop)(struct hk_held *);
};

/*
 * pf_test() has just passed an IP packet on its way out: may it have to wait?
 * Then the caller makes a hk_held of it, with room for what must be kept, and
 * asks hk_hold().  True: the packet is taken care of; false: it goes on at
 * once, and the hk_held is still the caller's.
 */
bool		 hk_may_hold(struct hk *, const uint8_t *pkt, size_t len);
bool		 hk_hold(struct hk *, struct hk_held *);

/*
 * Runs what is due: takes in at most 64 packets of each link, then timers.
 * Returns when to call again (ms), at the latest, unless packets come.
 */
uint64_t	 hk_run(struct hk *);

/*
 * What to poll(2) for while nothing is due: at most max descriptors that tell
 * of packets, or of room to send some.  Returns how many.
 */
struct pollfd;
size_t		 hk_fds(struct hk *, struct pollfd *, size_t max);

/*
 * One request of the control socket: in[inlen] to *out (malloc'd, the caller
 * frees) and *outlen.  Returns 0 or an errno.
 */
int		 hk_control(struct hk *, enum ctl_command, const void *in,
		    size_t inlen, void **out, size_t *outlen);

/* What CARP would be demoted by. */
int		 hk_demotion(struct hk *);

#endif /* _HOSTED_HK_H_ */
