/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_PFVAR_H_
#define _STANDIN_NET_PFVAR_H_

#include <sys/param.h>
#include <sys/counter.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/rmlock.h>
#include <vm/uma.h>
#include <net/if.h>
#include <net/vnet.h>
#include <netinet/in.h>

struct ifnet;
struct mbuf;

/* Structures that have had other names. */
#if __FreeBSD_version < 1300000
#define STANDIN_RULE	pf_rule
#define STANDIN_RULE_PTR	pf_rule_ptr
#define STANDIN_KIF	pfi_kif
#define STANDIN_POOLADDR	pf_pooladdr
#define STANDIN_SRC_NODE	pf_src_node
#else
#define STANDIN_RULE	pf_krule
#define STANDIN_RULE_PTR	pf_krule_ptr
#define STANDIN_KIF	pfi_kkif
#define STANDIN_POOLADDR	pf_kpooladdr
#define STANDIN_SRC_NODE	pf_ksrc_node
#endif
#if __FreeBSD_version < 1301000
#define STANDIN_STATE	pf_state
#else
#define STANDIN_STATE	pf_kstate
#endif

/*
 * Constants
 */

#define PF_MODVER	1
#define PF_TAG_NAME_SIZE	64

enum { PF_INOUT, PF_IN, PF_OUT };
enum { PF_SK_WIRE, PF_SK_STACK, PF_SK_BOTH };
enum { PF_LIMIT_STATES, PF_LIMIT_SRC_NODES, PF_LIMIT_FRAGS, PF_LIMIT_MAX };
enum { PF_RULESET_SCRUB, PF_RULESET_FILTER, PF_RULESET_MAX };
enum { PF_NOPFROUTE, PF_FASTROUTE, PF_ROUTETO, PF_DUPTO, PF_REPLYTO };
enum { PFTM_TCP_CLOSED = 5, PFTM_TS_DIFF = 19,
#if __FreeBSD_version >= 1401000
	PFTM_SCTP_FIRST_PACKET, PFTM_SCTP_OPENING, PFTM_SCTP_ESTABLISHED,
	PFTM_SCTP_CLOSING, PFTM_SCTP_CLOSED,
#endif
	PFTM_MAX, PFTM_PURGE, PFTM_UNLINKED };

#define PFRULE_NOSYNC		0x0010
#define PFSTATE_ALLOWOPTS	0x01
#define PFSTATE_SLOPPY		0x02
#define PFSTATE_NOSYNC		0x08
#define PFSTATE_ACK		0x10
#if __FreeBSD_version >= 1400000
#define PFRULE_DN_IS_PIPE	0x0040
#define PFSTATE_NODF		0x0020
#define PFSTATE_SETTOS		0x0040
#define PFSTATE_RANDOMID	0x0080
#define PFSTATE_SCRUB_TCP	0x0100
#define PFSTATE_SETPRIO		0x0200
#define PFSTATE_DN_IS_PIPE	0x4000
#endif
#define PFSS_TIMESTAMP		0x0001

/*
 * States and what they point to
 */

struct pf_addr {
	union {
		struct in_addr	v4;
		struct in6_addr	v6;
	} pfa;
};
#define v4	pfa.v4
#define v6	pfa.v6

struct STANDIN_KIF {
	char		pfik_name[IFNAMSIZ];
	struct ifnet	*pfik_ifp;
};

struct STANDIN_POOLADDR {
	TAILQ_ENTRY(STANDIN_POOLADDR) entries;
	struct STANDIN_KIF *kif;
};
TAILQ_HEAD(standin_pool_list, STANDIN_POOLADDR);
struct standin_pool {
	struct standin_pool_list list;
};

struct STANDIN_RULE {
	TAILQ_ENTRY(STANDIN_RULE) entries;
#if __FreeBSD_version < 1500000
	struct standin_pool rpool;
#else
	struct standin_pool nat;
	struct standin_pool rdr;
	struct standin_pool route;
#endif
	uint32_t	timeout[PFTM_MAX];
	uint32_t	max_states;
	uint32_t	nr;
	counter_u64_t	states_cur;
	counter_u64_t	states_tot;
	uint32_t	rule_flag;
	uint8_t		rt;
#if __FreeBSD_version >= 1400000
	int32_t		rtableid;
	uint32_t	free_flags;
	uint16_t	qid;
	uint16_t	pqid;
	uint16_t	dnpipe;
	uint16_t	dnrpipe;
	uint16_t	max_mss;
	uint16_t	scrub_flags;
	uint8_t		min_ttl;
	uint8_t		set_tos;
	uint8_t		set_prio[2];
#endif
};

#if __FreeBSD_version < 1500000
union STANDIN_RULE_PTR {
	struct STANDIN_RULE *ptr;
	uint32_t	nr;
};
typedef union STANDIN_RULE_PTR standin_rule_ref;
#else
typedef struct STANDIN_RULE *standin_rule_ref;
#endif

struct pf_state_scrub {
	uint16_t	pfss_flags;
	uint8_t		pfss_ttl;
	uint32_t	pfss_ts_mod;
};

struct pf_state_peer {
	struct pf_state_scrub *scrub;
	uint32_t	seqlo;
	uint32_t	seqhi;
	uint32_t	seqdiff;
	uint16_t	max_win;
	uint16_t	mss;
	uint8_t		state;
	uint8_t		wscale;
};

struct pf_state_key {
	struct pf_addr	addr[2];
	uint16_t	port[2];
	sa_family_t	af;
	uint8_t		proto;
};

#if __FreeBSD_version >= 1400000
struct pf_rule_actions {
#if __FreeBSD_version >= 1500000
	struct pf_addr	rt_addr;
	struct STANDIN_KIF *rt_kif;
	sa_family_t	rt_af;
	uint8_t		rt;
#endif
	int32_t		rtableid;
	uint16_t	qid;
	uint16_t	pqid;
	uint16_t	max_mss;
	uint16_t	dnpipe;
	uint16_t	dnrpipe;
	uint8_t		log;
	uint8_t		set_tos;
	uint8_t		min_ttl;
	uint8_t		set_prio[2];
};
#endif

struct STANDIN_STATE {
	uint64_t	id;
	uint32_t	creatorid;
	uint8_t		direction;
	u_int		refs;
	TAILQ_ENTRY(STANDIN_STATE) sync_list;
	LIST_ENTRY(STANDIN_STATE) entry;
	struct pf_state_peer src;
	struct pf_state_peer dst;
	standin_rule_ref rule;
	standin_rule_ref anchor;
	standin_rule_ref nat_rule;
	struct pf_state_key *key[2];
	struct STANDIN_KIF *kif;
#if __FreeBSD_version >= 1301000
	struct STANDIN_KIF *orig_kif;
#endif
#if __FreeBSD_version < 1500000
	struct pf_addr	rt_addr;
	struct STANDIN_KIF *rt_kif;
#endif
#if __FreeBSD_version < 1400000
	uint8_t		log;
#else
	struct pf_rule_actions act;
#endif
#if __FreeBSD_version >= 1400000 && __FreeBSD_version < 1500000
	uint8_t		rt;
#endif
#if __FreeBSD_version >= 1300000 && __FreeBSD_version < 1301000
	counter_u64_t	packets[2];
	counter_u64_t	bytes[2];
#else
	uint64_t	packets[2];
	uint64_t	bytes[2];
#endif
#if __FreeBSD_version < 1500000
	uint32_t	creation;
	uint32_t	expire;
#else
	uint64_t	creation;
	uint64_t	expire;
#endif
	uint32_t	pfsync_time;
	uint16_t	tag;
#if __FreeBSD_version < 1301000
	uint8_t		state_flags;
#else
	uint16_t	state_flags;
#endif
	uint8_t		timeout;
	uint8_t		sync_state;
	uint8_t		sync_updates;
};

/* As DIOCADDSTATE has it. */
struct pfsync_state {
	char		any[242];
};
#if __FreeBSD_version >= 1400000
union pfsync_state_union {
	struct pfsync_state pfs_any;
};
#endif
#if __FreeBSD_version >= 1500000
struct pfsync_state_1500 {
	char		tagname[PF_TAG_NAME_SIZE];
};
#endif

/*
 * The state table
 */

struct pf_idhash {
	LIST_HEAD(, STANDIN_STATE) states;
	struct mtx	lock;
};

VNET_DECLARE(struct pf_idhash *, pf_idhash);
#define V_pf_idhash	VNET(pf_idhash)
#if __FreeBSD_version < 1402000
extern u_long pf_hashmask;
#else
VNET_DECLARE(u_long, pf_hashmask);
#define V_pf_hashmask	VNET(pf_hashmask)
#endif

#define PF_HASHROW_LOCK(row)	mtx_lock(&(row)->lock)
#define PF_HASHROW_UNLOCK(row)	mtx_unlock(&(row)->lock)
#define PF_HASHROW_ASSERT(row)	mtx_assert(&(row)->lock, MA_OWNED)
struct pf_idhash *standin_row(const struct STANDIN_STATE *);
#define PF_STATE_LOCK(st)	PF_HASHROW_LOCK(standin_row(st))
#define PF_STATE_UNLOCK(st)	PF_HASHROW_UNLOCK(standin_row(st))
#define PF_STATE_LOCK_ASSERT(st)	PF_HASHROW_ASSERT(standin_row(st))

void	pf_ref_state(struct STANDIN_STATE *);
int	pf_release_state(struct STANDIN_STATE *);
struct STANDIN_STATE *pf_find_state_byid(uint64_t, uint32_t);
u_int32_t pf_state_expires(const struct STANDIN_STATE *);
#if __FreeBSD_version >= 1500000
uint64_t pf_get_uptime(void);
uint16_t pf_tagname2tag(const char *);
#if __FreeBSD_version < 1501000
void	pfsync_state_export(union pfsync_state_union *,
	    struct STANDIN_STATE *, int version);
#else
void	pfsync_state_export_1500(struct pfsync_state_1500 *,
	    struct STANDIN_STATE *);
#endif
#endif

#if __FreeBSD_version < 1301000
int	pf_state_insert(struct STANDIN_KIF *, struct pf_state_key *wire,
	    struct pf_state_key *stack, struct STANDIN_STATE *);
#else
int	pf_state_insert(struct STANDIN_KIF *, struct STANDIN_KIF *orig,
	    struct pf_state_key *wire, struct pf_state_key *stack,
	    struct STANDIN_STATE *);
#endif
#if __FreeBSD_version < 1301000
#define PF_ENTER_LOCKED	1
int	pf_unlink_state(struct STANDIN_STATE *, u_int flags);
#elif __FreeBSD_version < 1500000
int	pf_unlink_state(struct STANDIN_STATE *);
#else
int	pf_remove_state(struct STANDIN_STATE *);
#endif
#if __FreeBSD_version >= 1301000
struct STANDIN_STATE *pf_alloc_state(int flags);
void	pf_free_state(struct STANDIN_STATE *);
#endif

VNET_DECLARE(uma_zone_t, pf_state_z);
#define V_pf_state_z		VNET(pf_state_z)
VNET_DECLARE(uma_zone_t, pf_state_key_z);
#define V_pf_state_key_z	VNET(pf_state_key_z)
VNET_DECLARE(uma_zone_t, pf_state_scrub_z);
#define V_pf_state_scrub_z	VNET(pf_state_scrub_z)

/*
 * Rules, interfaces, the whole
 */

#if __FreeBSD_version < 1400000
extern struct rmlock pf_rules_lock;
#define STANDIN_RULES_LOCK	pf_rules_lock
#else
VNET_DECLARE(struct rmlock, pf_rules_lock);
#define V_pf_rules_lock		VNET(pf_rules_lock)
#define STANDIN_RULES_LOCK	V_pf_rules_lock
#endif
#define PF_RULES_RLOCK_TRACKER	struct rm_priotracker pf_rules_tracker
#define PF_RULES_RLOCK()	\
	rm_rlock(&STANDIN_RULES_LOCK, &pf_rules_tracker)
#define PF_RULES_RUNLOCK()	\
	rm_runlock(&STANDIN_RULES_LOCK, &pf_rules_tracker)
#define PF_RULES_WLOCK()	rm_wlock(&STANDIN_RULES_LOCK)
#define PF_RULES_WUNLOCK()	rm_wunlock(&STANDIN_RULES_LOCK)
#define PF_RULES_RASSERT()	rm_assert(&STANDIN_RULES_LOCK, RA_RLOCKED)
#define PF_RULES_WASSERT()	rm_assert(&STANDIN_RULES_LOCK, RA_WLOCKED)

TAILQ_HEAD(standin_rules, STANDIN_RULE);
struct standin_ruleset {
	struct {
		struct {
			struct standin_rules *ptr;
#if __FreeBSD_version < 1500000
			struct STANDIN_RULE **ptr_array;
#endif
			uint32_t rcount;
		} active;
	} rules[PF_RULESET_MAX];
};
VNET_DECLARE(struct standin_ruleset, standin_main_ruleset);
#define pf_main_ruleset		VNET(standin_main_ruleset)
VNET_DECLARE(struct STANDIN_RULE, pf_default_rule);
#define V_pf_default_rule	VNET(pf_default_rule)

struct STANDIN_KIF *
#if __FreeBSD_version < 1300000
	pfi_kif_find(const char *);
#else
	pfi_kkif_find(const char *);
#endif
VNET_DECLARE(struct STANDIN_KIF *, pfi_all);
#define V_pfi_all	VNET(pfi_all)

struct standin_status {
	uint32_t	running;
	uint32_t	hostid;
	uint32_t	debug;
	uint8_t		pf_chksum[16];
};
VNET_DECLARE(struct standin_status, pf_status);
#define V_pf_status	VNET(pf_status)

struct pf_limit {
	uma_zone_t	zone;
	u_int		limit;
};
VNET_DECLARE(struct pf_limit, pf_limits[PF_LIMIT_MAX]);
#define V_pf_limits	VNET(pf_limits)

/*
 * What pf asks of pfsync
 */

#if __FreeBSD_version < 1301000
typedef int pfsync_state_import_t(struct pfsync_state *, u_int8_t flags);
#elif __FreeBSD_version < 1400000
typedef int pfsync_state_import_t(struct pfsync_state *, int flags);
#else
typedef int pfsync_state_import_t(union pfsync_state_union *, int flags,
	    int version);
#endif
typedef void pfsync_insert_state_t(struct STANDIN_STATE *);
typedef void pfsync_update_state_t(struct STANDIN_STATE *);
typedef void pfsync_delete_state_t(struct STANDIN_STATE *);
typedef void pfsync_clear_states_t(u_int32_t creatorid, const char *ifname);
typedef int pfsync_defer_t(struct STANDIN_STATE *, struct mbuf *);
typedef void pfsync_detach_ifnet_t(struct ifnet *);

VNET_DECLARE(pfsync_state_import_t *, pfsync_state_import_ptr);
#define V_pfsync_state_import_ptr	VNET(pfsync_state_import_ptr)
VNET_DECLARE(pfsync_insert_state_t *, pfsync_insert_state_ptr);
#define V_pfsync_insert_state_ptr	VNET(pfsync_insert_state_ptr)
VNET_DECLARE(pfsync_update_state_t *, pfsync_update_state_ptr);
#define V_pfsync_update_state_ptr	VNET(pfsync_update_state_ptr)
VNET_DECLARE(pfsync_delete_state_t *, pfsync_delete_state_ptr);
#define V_pfsync_delete_state_ptr	VNET(pfsync_delete_state_ptr)
VNET_DECLARE(pfsync_clear_states_t *, pfsync_clear_states_ptr);
#define V_pfsync_clear_states_ptr	VNET(pfsync_clear_states_ptr)
VNET_DECLARE(pfsync_defer_t *, pfsync_defer_ptr);
#define V_pfsync_defer_ptr		VNET(pfsync_defer_ptr)
extern pfsync_detach_ifnet_t *pfsync_detach_ifnet_ptr;

#endif /* _STANDIN_NET_PFVAR_H_ */
