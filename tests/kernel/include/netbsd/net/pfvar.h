/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_PFVAR_H_
#define _STANDIN_NET_PFVAR_H_

#include <sys/param.h>
#include <sys/pool.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include <net/if.h>
#include <netinet/in.h>

/*
 * Constants
 */

enum { PF_INOUT, PF_IN, PF_OUT };
enum { PF_RULESET_SCRUB, PF_RULESET_FILTER, PF_RULESET_MAX };
enum { PF_NOPFROUTE, PF_FASTROUTE, PF_ROUTETO, PF_DUPTO, PF_REPLYTO };
enum { PF_DEBUG_NONE, PF_DEBUG_URGENT, PF_DEBUG_MISC, PF_DEBUG_NOISY };
enum { PFTM_TS_DIFF = 19, PFTM_MAX, PFTM_PURGE, PFTM_UNLINKED,
	PFTM_UNTIL_PACKET };
enum pfi_kif_refs {
	PFI_KIF_REF_NONE, PFI_KIF_REF_STATE, PFI_KIF_REF_RULE
};

#define PFRULE_NOSYNC		0x0010
#define PFSS_TIMESTAMP		0x0001
#define PFSTATE_NOSYNC		0x01
#define PFSTATE_FROMSYNC	0x02
#define PFSTATE_STALE		0x04

/*
 * States and what they point to
 */

struct pf_addr {
	union {
		struct in_addr	v4;
		uint8_t		addr8[16];
	} pfa;
};

struct ifg_group;
struct pfi_kif {
	char		pfik_name[IFNAMSIZ];
	struct ifnet	*pfik_ifp;
	struct ifg_group *pfik_group;
};

struct pf_pooladdr {
	TAILQ_ENTRY(pf_pooladdr) entries;
	struct pfi_kif	*kif;
};
TAILQ_HEAD(pf_palist, pf_pooladdr);

struct pf_rule {
	struct {
		struct pf_palist list;
	} rpool;
	u_int32_t	timeout[PFTM_MAX];
	u_int32_t	states;
	u_int32_t	max_states;
	u_int32_t	nr;
	u_int32_t	rule_flag;
	u_int8_t	rt;
};
union pf_rule_ptr {
	struct pf_rule	*ptr;
	u_int32_t	nr;
};

struct pf_state_scrub {
	u_int16_t	pfss_flags;
	u_int8_t	pfss_ttl;
	u_int32_t	pfss_ts_mod;
};

struct pf_state_host {
	struct pf_addr	addr;
	u_int16_t	port;
	u_int16_t	pad;
};

struct pf_state_peer {
	u_int32_t	seqlo;
	u_int32_t	seqhi;
	u_int32_t	seqdiff;
	u_int16_t	max_win;
	u_int8_t	state;
	u_int8_t	wscale;
	u_int16_t	mss;
	u_int8_t	tcp_est;
	struct pf_state_scrub *scrub;
};

struct pf_state_key {
	struct pf_state_host lan;
	struct pf_state_host gwy;
	struct pf_state_host ext;
	sa_family_t	af;
	u_int8_t	proto;
	u_int8_t	direction;
};

struct pf_state_cmp {
	u_int64_t	id;
	u_int32_t	creatorid;
	u_int32_t	pad;
};

struct pf_src_node;
struct pf_state {
	u_int64_t	id;
	u_int32_t	creatorid;
	u_int32_t	pad;
	TAILQ_ENTRY(pf_state) entry_list;
	struct pf_state_peer src;
	struct pf_state_peer dst;
	union pf_rule_ptr rule;
	union pf_rule_ptr anchor;
	union pf_rule_ptr nat_rule;
	struct pf_addr	rt_addr;
	struct pf_state_key *state_key;
	struct pfi_kif	*kif;
	struct pfi_kif	*rt_kif;
	struct pf_src_node *src_node;
	struct pf_src_node *nat_src_node;
	u_int64_t	packets[2];
	u_int64_t	bytes[2];
	u_int32_t	creation;
	u_int32_t	expire;
	u_int32_t	pfsync_time;
	u_int16_t	tag;
	u_int8_t	log;
	u_int8_t	allow_opts;
	u_int8_t	timeout;
	u_int8_t	sync_flags;
};

TAILQ_HEAD(pf_state_queue, pf_state);
extern struct pf_state_queue state_list;
RB_HEAD(pf_state_tree_id, pf_state);
RB_PROTOTYPE(pf_state_tree_id, pf_state, entry_id, pf_state_compare_id);
extern struct pf_state_tree_id tree_id;

struct pf_state *pf_find_state_byid(struct pf_state_cmp *);
struct pf_state_key *pf_alloc_state_key(struct pf_state *);
int	pf_insert_state(struct pfi_kif *, struct pf_state *);
void	pf_unlink_state(struct pf_state *);
void	pf_free_state(struct pf_state *);
u_int32_t pf_state_expires(const struct pf_state *);

extern struct pool pf_state_pl;
extern struct pool pf_state_key_pl;
extern struct pool pf_state_scrub_pl;

/*
 * Rules, interfaces, the whole
 */

struct pf_ruleset {
	struct {
		struct {
			struct pf_rule	**ptr_array;
			u_int32_t	rcount;
		} active;
	} rules[PF_RULESET_MAX];
};
extern struct pf_ruleset standin_main_ruleset;
#define pf_main_ruleset	standin_main_ruleset
extern struct pf_rule pf_default_rule;

extern struct pfi_kif *pfi_all;
struct pfi_kif *pfi_kif_get(const char *);
void	pfi_kif_ref(struct pfi_kif *, enum pfi_kif_refs);
void	pfi_kif_unref(struct pfi_kif *, enum pfi_kif_refs);

struct pf_status {
	u_int32_t	running;
	u_int32_t	debug;
	u_int32_t	hostid;
	u_int8_t	pf_chksum[16];
};
extern struct pf_status pf_status;

#endif /* _STANDIN_NET_PFVAR_H_ */
