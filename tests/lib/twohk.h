/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Two hosted kernels with a clock of their own, joined by a wire in memory:
 *
 *	clients 10.1.1.0/24 --- em0 A em2 --- 198.51.100.0/24 servers
 *	                            em1
 *	                             | 203.0.113.0/24
 *	                            em1
 *	clients 10.1.1.0/24 --- em0 B em2 --- 198.51.100.0/24 servers
 *
 * The test is what em0 and em2 are plugged into.  Time passes only in
 * twohk_until() and what calls it.  Whatever must not fail aborts.
 */

#ifndef _LIB_TWOHK_H_
#define _LIB_TWOHK_H_

#include "net/if_pfsync.h"
#include "os/hosted/hk.h"
#include "tests/lib/pf_rig.h"

enum { A, B };

#define TWOHK_PASS	"block all\npass all\n"	/* states only by SYN */

struct twohk;

struct twohk_side {
	struct twohk	*two;
	struct hk	*hk;		/* NULL: it has died */
	struct link	*wire[3];	/* the test's ends of em0 and em2 */
	unsigned	sent;		/* packets of pfsync */
	unsigned	seen;		/* received by bpf */
	unsigned	acts[PFSYNC_ACT_MAX];	/* messages sent in version 5,
					   by action */
	unsigned	cloned;		/* pfsync0 devices there are */
	int		clone_error;	/* what creating the next one meets */
	uint32_t	seed;
};

struct twohk {
	uint64_t	now;		/* ms */
	struct twohk_side side[2];
};

/* Both with an enabled pf of these rules, and without pfsync0. */
void	twohk_open(struct twohk *, unsigned slices, const char *rules);
void	twohk_close(struct twohk *);

/* Dies without a word to anybody. */
void	twohk_kill(struct twohk *, unsigned side);

void	twohk_rules(struct twohk *, unsigned side, const char *rules);

/* hk_control() whose answer is not wanted.  0 or an errno. */
int	twohk_control(struct twohk *, unsigned side, enum ctl_command,
	    const void *in, size_t inlen);

/* ifconfig pfsync0 create syncdev em1 up, and the parts of it. */
void	twohk_pfsync(struct twohk *, unsigned side);
int	twohk_create(struct twohk *, unsigned side, const char *ifname);
int	twohk_updown(struct twohk *, unsigned side, const char *ifname,
	    bool up);
int	twohk_mtu(struct twohk *, unsigned side, const char *ifname,
	    uint32_t mtu);
/* PFSYNC_DRV_CONFIG of what set (PFSYNC_CONFIG_*) names. */
int	twohk_set(struct twohk *, unsigned side, uint32_t set,
	    const struct psync_config *);
struct psync_status twohk_status(struct twohk *, unsigned side);
struct pfsyncxstats twohk_stats(struct twohk *, unsigned side);

/*
 * Lets time pass until the condition holds, max_ms at most; whether it does.
 * twohk_quiet(): until pfsync has sent nothing for 3 s, and holds nothing back.
 */
typedef bool twohk_cond_fn(struct twohk *, void *arg);
bool	twohk_until(struct twohk *, twohk_cond_fn *, void *arg,
	    uint64_t max_ms);
void	twohk_wait(struct twohk *, uint64_t ms);
void	twohk_quiet(struct twohk *);

/*
 * A packet in by em0 or em2: whether it comes out of the other one, as what is
 * then in *p.  Time stands still.
 */
bool	twohk_push(struct twohk *, unsigned side, unsigned em,
	    struct rig_packet *p);

/* Has a packet come out of em0 or em2 meanwhile?  Takes it into *p. */
bool	twohk_comes(struct twohk *, unsigned side, unsigned em,
	    struct rig_packet *p);

/* For struct hk_env where both are no matter: 5000 ms, and 4. */
uint64_t twohk_still(void *);
uint32_t twohk_four(void *);

/* The states, by CTL_GETSTATES in pages of n; malloc'd, *count of them. */
struct psync_state *twohk_states(struct twohk *, unsigned side, uint32_t n,
	    size_t *count);
size_t	twohk_count(struct twohk *, unsigned side);
/* How many states of one table are in the other, by id and creatorid. */
size_t	twohk_common(struct twohk *);

/* A TCP connection from 10.1.1.2 to 198.51.100.254 port 80. */
struct twohk_tcp {
	uint16_t	port;		/* of the client */
	uint32_t	there;		/* sequence numbers */
	uint32_t	back;
};

/* One segment, there or back: whether it comes through at once. */
bool	twohk_segment(struct twohk *, unsigned side, const struct twohk_tcp *,
	    bool there, uint8_t flags, size_t len);
/* The handshake; whether all of it came through. */
bool	twohk_connect(struct twohk *, unsigned side, struct twohk_tcp *,
	    uint16_t port);
/* n bytes there, acknowledged; whether both packets came through. */
bool	twohk_talk(struct twohk *, unsigned side, struct twohk_tcp *,
	    size_t n);
/* One UDP packet there. */
bool	twohk_udp(struct twohk *, unsigned side, uint16_t port);

#endif /* _LIB_TWOHK_H_ */
