/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rules and settings of the hosted pf, as pfctl(8) parses and loads them and
 * as the packet filter evaluates them.  Flat, fixed size and without pointers:
 * they travel over the control socket as they are.  Lists and macros are gone
 * by then: pfctl expands them.
 */

#ifndef _HOSTED_PF_PF_RULE_H_
#define _HOSTED_PF_PF_RULE_H_

#include <stdint.h>

#define PF_IFNAMSIZ		16
#define PF_RULES_MAX		10000
#define PF_SKIP_MAX		64

enum pf_action { PF_PASS, PF_DROP };		/* PF_DROP: block */
enum pf_dir { PF_INOUT = 0, PF_IN = 1, PF_OUT = 2 };

#define PF_AF_INET		2	/* as FreeBSD; 0: any */
#define PF_AF_INET6		28

/* Port operators of pf.conf(5). */
enum pf_port_op {
	PF_OP_NONE,		/* any */
	PF_OP_EQ,		/* port n */
	PF_OP_RRG,		/* port n:m, both included */
	PF_OP_NE,		/* port != n */
	PF_OP_LT, PF_OP_LE, PF_OP_GT, PF_OP_GE
};

struct pf_rule_addr {
	uint8_t		addr[16];	/* network order, masked */
	uint8_t		plen;		/* 0 with af 0: any */
	uint8_t		af;		/* 0: any address */
	uint8_t		neg;		/* ! addr */
	uint8_t		port_op;	/* enum pf_port_op */
	uint16_t	port[2];	/* host order */
};

enum pf_translate { PF_NONAT, PF_NAT, PF_RDR };	/* -, nat-to, rdr-to */

enum pf_keep { PF_NOSTATE, PF_KEEP_STATE };

/* Timeouts, in the order and numbers of FreeBSD's PFTM_*. */
enum pf_timeout {
	PFTM_TCP_FIRST_PACKET, PFTM_TCP_OPENING, PFTM_TCP_ESTABLISHED,
	PFTM_TCP_CLOSING, PFTM_TCP_FIN_WAIT, PFTM_TCP_CLOSED,
	PFTM_UDP_FIRST_PACKET, PFTM_UDP_SINGLE, PFTM_UDP_MULTIPLE,
	PFTM_ICMP_FIRST_PACKET, PFTM_ICMP_ERROR_REPLY,
	PFTM_OTHER_FIRST_PACKET, PFTM_OTHER_SINGLE, PFTM_OTHER_MULTIPLE,
	PFTM_FRAG, PFTM_INTERVAL, PFTM_ADAPTIVE_START, PFTM_ADAPTIVE_END,
	PFTM_SRC_NODE, PFTM_TS_DIFF,
	PFTM_MAX
};

#define PFTM_UNSET		UINT32_MAX

struct pf_rule {
	char		ifname[PF_IFNAMSIZ];	/* "": any */
	struct pf_rule_addr src;
	struct pf_rule_addr dst;
	struct pf_rule_addr xlate;	/* nat-to, rdr-to; port[0] 0: keep */
	uint32_t	timeout[PFTM_MAX];	/* PFTM_UNSET: the global one */
	uint32_t	max_states;	/* keep state (max n); 0: no limit */
	uint8_t		action;		/* enum pf_action */
	uint8_t		direction;	/* enum pf_dir */
	uint8_t		quick;
	uint8_t		ifnot;		/* on ! ifname */
	uint8_t		log;
	uint8_t		af;		/* 0: any */
	uint8_t		proto;		/* 0: any */
	uint8_t		flags;		/* TCP: these set ... */
	uint8_t		flagset;	/* ... out of these; 0: any */
	uint8_t		icmp_type;	/* type + 1; 0: any */
	uint8_t		icmp_code;	/* code + 1; 0: any */
	uint8_t		keep_state;	/* enum pf_keep */
	uint8_t		nosync;		/* (no-sync) */
	uint8_t		sloppy;		/* (sloppy) */
	uint8_t		if_bound;	/* (if-bound) */
	uint8_t		translate;	/* enum pf_translate */
	uint8_t		static_port;
	uint8_t		allow_opts;
	char		label[32];
};

/* set ... */
struct pf_settings {
	char		skip[PF_SKIP_MAX][PF_IFNAMSIZ];	/* "" ends */
	uint32_t	timeout[PFTM_MAX];
	uint32_t	limit_states;
	uint32_t	hostid;		/* network order; 0: keep */
	uint8_t		if_bound;	/* set state-policy if-bound */
};

#define PF_LIMIT_STATES		100000	/* default, as FreeBSD's */

/* pf.conf(5)'s defaults; the adaptive bounds PFTM_UNSET: see pf_load(). */
void	pf_settings_default(struct pf_settings *);

#endif /* _HOSTED_PF_PF_RULE_H_ */
