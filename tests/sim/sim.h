/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A deterministic simulator: up to four firewalls, each of them a whole hosted
 * kernel with the real engine and pf, in one process under virtual time, and
 * the clients and servers whose connections they filter.
 *
 *	clients ---- em0 firewall em2 ---- servers
 *	                   em1
 *	                    |
 *	   all other firewalls' em1 (net.c)
 *
 *	rng.c		random numbers by seed
 *	clock.c		virtual time
 *	fault.c		memory: counted, fails on demand
 *	net.c		wires: lose, delay, reorder, double, part
 *	host.c		a firewall: boots, crashes, pauses, is configured
 *	host_admin.c	what an administrator does to it
 *	client.c	connections through the firewalls
 *	route.c		which firewall a packet goes by
 *	check.c		what must hold after every step
 *	check_sent.c	what may be sent, and how much
 *	message.c	what it says, in any version
 *	check_hook.c	what pf and the engine tell each other
 *	check_table.c	tables equal, state by state
 *	plan.c		a seed made into a list of mishaps
 *	op.c		what each of them does
 *	show.c		packets as a replay shows them
 *	run.c		a plan from its beginning to quiet and to the end
 *	shrink.c	a plan that fails made short
 *	report.c	what a seed has come to
 *	soak.c		many seeds (make soak)
 *	cluster.c	what single tests do to a cluster
 *	tape.c		all that its firewalls tell each other
 *
 * A run is a function of its seed and of which steps of its plan are left out.
 * Whatever fails prints the command that does the same again:
 *
 *	obj/tests/sim/soak -s SEED [-k STEPS] -v
 */

#ifndef _SIM_SIM_H_
#define _SIM_SIM_H_

#include "net/pfsync/bytes.h"
#include "net/pfsync/pfsync.h"
#include "os/hosted/hk.h"
#include "tests/demo/flow.h"
#include "tests/sim/clock.h"
#include "tests/sim/fault.h"
#include "tests/sim/message.h"
#include "tests/sim/net.h"
#include "tests/sim/rng.h"

#define SIM_HOSTS_MAX	4

enum sim_routing {
	SIM_ONE_ACTIVE,		/* the least demoted that is alive */
	SIM_SYMMETRIC,		/* both ways of a connection by one of them */
	SIM_ASYMMETRIC,		/* there by one, back by another */
	SIM_ROUTINGS
};

struct sim_host_config {
	uint64_t	uptime;		/* ms, when the simulation begins */
	unsigned	hz;		/* 100 or 1000 */
	uint32_t	hostid;		/* 0: drawn at every boot */
	unsigned	names;		/* of interfaces: 0 em0.., 1 igb0.. */
	unsigned	stock;		/* understands and sends only this
					   PFSYNC_FORMAT_*, as a stock kernel
					   does; 0: it is all ours */
	struct pfsync_drv_config pfsync;	/* set: what is not default */
};

struct sim_config {
	uint64_t	seed;
	unsigned	nhosts;
	unsigned	nflows;
	unsigned	slices;
	unsigned	mtu;		/* of em1 */
	unsigned	jitter_us;	/* of its wire, always */
	enum sim_routing routing;
	bool		watch;		/* tables are looked at at every step */
	bool		strangers;	/* states are heard of that have no
					   place here */
	const char	*rules;		/* of pf.conf */
	struct sim_host_config host[SIM_HOSTS_MAX];
};

/* Why a state may be told of; see check_sent.c. */
#define SIM_DUE_INS	0x01
#define SIM_DUE_CHANGE	0x02
#define SIM_DUE_DEL	0x04
#define SIM_DUE_ANSWER	0x08	/* a peer's view is behind ours */
#define SIM_DUE_WANTED	0x10	/* a peer asked for it */
#define SIM_DUE_ASK	0x20	/* a peer has it, we do not */
#define SIM_DUE_AGAIN	0x80	/* the answer is to be told twice */
#define SIM_DUE_ACK	0x40	/* a peer wants to know that it is here */

/*
 * What has happened by which equal tables are not promised any more, without a
 * request for everything.
 */
#define SIM_HARM_DELETES 0x1	/* a delete may not have been heard */
#define SIM_HARM_CHANGES 0x2	/* nor anything else, which is made good when
				   the state is used again */
#define SIM_HARM_CLIENTS 0x4	/* a connection may have been cut off */
#define SIM_HARM_SHUFFLE 0x8	/* packets change places */
#define SIM_HARM_CLEAR	 0x10	/* a CLR was sent: with that all may be lost */
#define SIM_HARM_ALL	 0x1f

/* Of a state, wherever it is. */
#define SIM_MARK_GONE	0x1	/* a firewall has removed it */
#define SIM_MARK_RIVAL	0x2	/* one had another of its key */
#define SIM_MARK_USED	0x4	/* pf has changed it since all was mended */

struct sim_mark {
	struct sim_mark	*next;		/* in its bucket */
	uint64_t	id;
	uint32_t	creatorid;
	unsigned	is;		/* SIM_MARK_* */
};

/* What is remembered of a state at a host. */
struct sim_memory {
	struct sim_memory *next;	/* in its bucket */
	uint64_t	id;
	uint32_t	creatorid;
	unsigned	seen;		/* by this look at the table */
	uint8_t		due[SIM_VERSIONS];	/* SIM_DUE_*, in each */
	uint8_t		done[SIM_VERSIONS];	/* these no longer, when the
					   packet being taken in is done */
	bool		here;		/* in the table at the last look */
	uint8_t		proto;
	struct sim_side	side[2];
};

#define SIM_BUCKETS	128
#define SIM_MARKS	1024

struct sim_host {
	struct sim	*sim;
	unsigned	nr;
	struct hk	*hk;		/* NULL: it is dead */
	struct fault	fault;
	struct rng	rng;
	struct sim_port	port[EMS];
	struct sim_host_config config;
	uint64_t	boot_us;	/* when uptime was ... */
	uint64_t	boot_ms;	/* ... this */
	uint64_t	wake;		/* the event that runs it next */
	uint64_t	wake_at;
	uint64_t	last_ms;	/* when it last woke up, and ... */
	unsigned	wakes;		/* ... how often in that ms */
	unsigned	boots;
	bool		paused;
	bool		still;		/* it was, or is */
	bool		dying;		/* nothing it sends arrives */
	/* checks */
	unsigned	in_pf;		/* pf is at work: hooks are its own */
	bool		in_input;	/* a packet of a peer is taken in */
	unsigned	looks;
	bool		bulk;		/* between BUS START and END */
	unsigned	spoken;		/* set of versions; */
	unsigned	spoken_before;	/* it may be finishing these */
	uint64_t	demoted_at;	/* us; 0: is not */
	uint64_t	progress_at;	/* us; of a whole table */
	struct sim_memory *memory[SIM_BUCKETS];
};

struct sim_client {			/* a connection, beside its flow */
	bool		open;
	unsigned	life;		/* times it was opened */
	unsigned	percent;	/* that it may carry */
	bool		silent;		/* nothing when it was opened */
	uint64_t	timer[2];	/* us; when each end wakes up */
	uint64_t	opened;		/* us; first packet sent */
	uint64_t	first;		/* us; first packet at the server */
	uint64_t	answered;	/* us; first packet at the client */
};

struct sim {
	struct sim_config config;
	struct clock	clock;
	struct sim_net	net;
	struct rng	rng;
	struct sim_host	host[SIM_HOSTS_MAX];
	unsigned	nhosts;
	struct flow	*flows;
	struct sim_client *clients;
	unsigned	harm;		/* SIM_HARM_* */
	bool		using;		/* states are used, see run.c */
	bool		late;		/* more than users' packets, firewalls'
					   were */
	unsigned	dialects;	/* set of those that were spoken */
	struct sim_mark	*marks[SIM_MARKS];
	bool		verbose;
	bool		failed;
	char		checker[32];	/* which one found it */
	char		why[400];
	/* how much is sent; see check_sent.c */
	uint64_t	window_at;
	uint64_t	frames[2];	/* in this window and the last */
	uint64_t	changes[2];
	uint64_t	allowed[2];
	uint64_t	total_changes;
	uint64_t	steps;
};

/* sim.c */
void	sim_config_default(struct sim_config *);
void	sim_open(struct sim *, const struct sim_config *, bool verbose);
void	sim_close(struct sim *);	/* checks for leaks too */
/* Lets time pass; false once something has failed. */
bool	sim_until(struct sim *, uint64_t us);
bool	sim_for(struct sim *, uint64_t us);
/* Until pfsync has sent nothing for 3 s and holds nothing back. */
bool	sim_quiet(struct sim *, uint64_t max_us);
void	sim_fail(struct sim *, const char *checker, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
void	sim_trace(struct sim *, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

/* host.c */
const char *sim_host_ifname(const struct sim_host *, unsigned em);
void	sim_host_init(struct sim *, unsigned nr);
void	sim_host_boot(struct sim_host *);
void	sim_host_crash(struct sim_host *);
void	sim_host_pause(struct sim_host *, bool);
void	sim_host_run(struct sim_host *);
uint64_t sim_host_ms(const struct sim_host *);
void	sim_host_fini(struct sim_host *);
/* hk_control(); the answer is not wanted.  0 or an errno. */
int	sim_host_control(struct sim_host *, enum ctl_command, const void *,
	    size_t);
int	sim_host_set(struct sim_host *, const struct pfsync_drv_config *);
/* It knows what the others call their interfaces. */
int	sim_host_ifmap(struct sim_host *);
int	sim_host_updown(struct sim_host *, const char *ifname, bool up);
int	sim_host_mtu(struct sim_host *, const char *ifname, unsigned mtu);
int	sim_host_create(struct sim_host *, bool create);	/* pfsync0 */
/* The syncdev goes away, and comes back (a clock_fn). */
void	sim_host_detach(struct sim_host *);
void	sim_host_reattach(void *h, uint64_t, uint8_t *, size_t);
/* Makes everything of a host that lives as it was configured. */
void	sim_host_repair(struct sim_host *);
/* Mends the wires and all hosts. */
void	sim_mend(struct sim *);
/* pfctl -k from a client; pfctl -F states [-i ifname]. */
unsigned sim_host_kill(struct sim_host *, const struct flow *);
unsigned sim_host_clear(struct sim_host *, const char *ifname);
/* Those of a creator; 0: of all, of which peers are told as of its own. */
unsigned sim_host_clear_of(struct sim_host *, uint32_t creatorid,
	    const char *ifname);
struct psync_status sim_host_status(struct sim_host *);
struct pfsyncxstats sim_host_stats(struct sim_host *);
/* All states, malloc'd by sim_malloc(). */
struct psync_state *sim_host_states(struct sim_host *, size_t *n);
size_t	sim_host_count(struct sim_host *);

/* client.c */
void	sim_clients_init(struct sim *);
void	sim_clients_fini(struct sim *);
void	sim_client_open(struct sim *, unsigned nr);
/* It may carry so many percent of what it is to carry; 100: it closes. */
void	sim_client_limit(struct sim *, unsigned nr, unsigned percent);
/* Every connection that is open carries a little more. */
void	sim_clients_use(struct sim *);
/* Nothing that should have arrived by TCP is missing. */
void	sim_clients_check(struct sim *);
void	sim_clients_receive(struct sim *, enum side, const uint8_t *pkt,
	    size_t len);
bool	sim_clients_idle(const struct sim *);

/* route.c: NULL if there is none. */
struct sim_host *sim_route(struct sim *, unsigned flow, enum side);

/* check.c */
void	sim_check_step(struct sim_host *);
void	sim_check_states(struct sim_host *);
void	sim_check_end(struct sim_host *);	/* it is quiet */
struct sim_memory *sim_memory(struct sim_host *, uint64_t id,
	    uint32_t creatorid, bool make);
void	sim_memory_forget(struct sim_host *);
bool	sim_side_behind(const struct sim_side *a, const struct sim_side *b,
	    uint8_t proto);
void	sim_side_of(struct sim_side *, const struct psync_peer *);

/* check_sent.c */
void	sim_check_offered(struct sim_host *, const uint8_t *pkt, size_t len);
void	sim_check_sent(struct sim_host *, const uint8_t *pkt, size_t len);
void	sim_check_heard(struct sim_host *, const uint8_t *frame, size_t len);
void	sim_check_answered(struct sim_host *);
/* A message of this state has a reason (SIM_DUE_*) from now on. */
void	sim_owe(struct sim_host *, uint64_t id, uint32_t creatorid,
	    uint8_t due);
void	sim_check_rate(struct sim *);
/* A whole table may be sent: what it holds, so many times. */
void	sim_check_allow(struct sim *, unsigned times);

/* check_hook.c: the host whose kernel is running. */
struct sim_host *sim_host_running(void);

/* show.c: how: what the firewall does with it. */
void	sim_show_frame(struct sim *, unsigned nr, const char *how,
	    const uint8_t *frame, size_t len);

/* check_table.c: tables are equal; as far as it was promised. */
void	sim_check_equal(struct sim *);
void	sim_check_promised(struct sim *);
void	sim_check_synced(struct sim_host *);
void	sim_mark(struct sim *, uint64_t id, uint32_t creatorid, unsigned is);
void	sim_marks_fini(struct sim *);

#endif /* _SIM_SIM_H_ */
