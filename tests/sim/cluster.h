/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A cluster for a test: one simulation at a time, what its tests do to it, and
 * a tape of everything its firewalls tell each other.  Packets of users are
 * made one by one where connections of client.c would do too much.
 */

#ifndef _SIM_CLUSTER_H_
#define _SIM_CLUSTER_H_

#include <atf-c.h>

#include "tests/lib/fixture.h"
#include "tests/lib/pf_rig.h"
#include "tests/sim/sim.h"

extern struct sim sim;
extern struct sim_config config;

/* Actions of version 5 by the format of their states. */
#define ANY_INS	((1U << PFSYNC_ACT_INS_1301) | (1U << PFSYNC_ACT_INS_1400) | \
	(1U << PFSYNC_ACT_INS_1500))
#define ANY_UPD	((1U << PFSYNC_ACT_UPD_1301) | (1U << PFSYNC_ACT_UPD_1400) | \
	(1U << PFSYNC_ACT_UPD_1500))
#define ONLY(action)	(1U << PFSYNC_ACT_##action)
#define ANYBODY	(-1)

/*
 * Rules for exact counts: a connection makes one state, on em0, which lives for
 * ten minutes at least.
 */
#define ONE_STATE	"set skip on em2\n"				\
	"set timeout { udp.first 600, udp.single 600, "			\
	"udp.multiple 600, tcp.first 600, tcp.opening 600, "		\
	"tcp.closing 600, tcp.finwait 600, tcp.closed 600, "		\
	"icmp.first 600, icmp.error 600 }\n"				\
	"block all\npass in on em0\n"

/* A configuration of this seed, to be changed before begin(). */
void	setup(unsigned nhosts, enum sim_routing);
void	ask(unsigned nr, uint32_t set);		/* config.host[nr].pfsync */
void	begin(void);		/* until all are in sync */
void	alone(void);		/* host 1 is dead, 203.0.113.100 is heard */
void	ok(void);		/* no checker has found anything */
void	settled(void);		/* and it is quiet, and tables are equal */
void	end(void);		/* and nothing leaks */
void	wait_us(uint64_t us);

/* Connections first to last - 1, a ms apart, and how far they may go. */
void	connections(unsigned first, unsigned last, unsigned percent);
void	more(unsigned last, unsigned percent);
/* None of the first so many is lost or has less than that percentage. */
void	all_alive(unsigned last, unsigned percent);

/* ifconfig pfsync0 resync */
void	resync(unsigned nr);
void	resync_all(void);
struct pfsync_drv_config drv_config(uint32_t set);
void	configure(unsigned nr, const struct pfsync_drv_config *);

/* pfctl -k 0.0.0.0/0; how many there were. */
unsigned kill_states(unsigned nr);

int	demotion(unsigned nr);
struct psync_status status(unsigned nr);

/* Packets of users, in by em0 (there) or em2; time stands still. */
struct talk {
	uint16_t	port;		/* of the client */
	uint32_t	there;		/* sequence numbers */
	uint32_t	back;
};

void	push(unsigned nr, unsigned em, const struct rig_packet *);
void	segment(unsigned nr, const struct talk *, bool there, uint8_t flags,
	    size_t len);
void	talk_open(unsigned nr, struct talk *, uint16_t port);
void	talk_there(unsigned nr, struct talk *, size_t len);
void	udp(unsigned nr, uint16_t port);

/*
 * count messages of one action arrive at a firewall, from one that is not
 * there: 203.0.113.100 and up.
 */
void	hear(unsigned nr, unsigned from, uint8_t action, unsigned count,
	    const void *messages);
/* The same for a frame; the sender says what ttl. */
void	hear_frame(unsigned nr, unsigned from, uint8_t ttl,
	    const uint8_t *frame, size_t len);

/* Into the table, or out of it, and nobody is told. */
enum pfsync_refusal plant(unsigned nr, const struct psync_state *);
void	uproot(unsigned nr, const struct psync_state *);
void	fill(unsigned nr, unsigned first, unsigned last);
/*
 * So many firewalls of which the first has so many states, sent in a transfer
 * at that rate (0: the default); packets come in order.
 */
void	begin_filled(unsigned nhosts, unsigned rate, unsigned states);
/* The state of a host; false if it is not there. */
bool	lookup(unsigned nr, uint64_t id, uint32_t creatorid,
	    struct psync_state *);

/*
 * What was sent on the segment since tape_begin(), each packet once.  lose, if
 * it is set, says what does not arrive.
 */
struct tape_frame {
	uint64_t	at;		/* us */
	uint64_t	ms;		/* by the sender's clock */
	unsigned	from;
	uint8_t		version;
	size_t		len;		/* IP header and all */
	unsigned	count[PFSYNC_ACT_MAX];	/* version 5: messages */
	uint8_t		*bytes;		/* without the IP header */
};

struct tape {
	struct tape_frame *frame;
	size_t		n;
	size_t		max;
	bool		stopped;
	bool		(*lose)(unsigned from, unsigned to,
			    const struct tape_frame *);
};

extern struct tape tape;

void	tape_begin(void);
/* For lose: all inserts; all acknowledgements. */
bool	lose_inserts(unsigned from, unsigned to, const struct tape_frame *);
bool	lose_acks(unsigned from, unsigned to, const struct tape_frame *);
/* Messages, and frames that have any, of these actions. */
unsigned tape_messages(int from, uint32_t actions);
unsigned tape_frames(int from, uint32_t actions);
bool	tape_has(const struct tape_frame *, uint32_t actions);
/* Is it BUS of that status? */
bool	tape_bus(const struct tape_frame *, uint8_t status);
/* The i-th message of an action from a host; NULL if there is none. */
const uint8_t *tape_message(unsigned from, uint8_t action, unsigned i);

#endif /* _SIM_CLUSTER_H_ */
