/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The control socket of a hosted kernel: what ioctl(2) and sysctl(3) are to a
 * real one.  A Unix stream socket, named to the tools by the environment
 * variable HKERN.  One request, one reply, in turn; structures travel as they
 * are, since both ends are of one build (the magic proves it).
 *
 *	request:  struct ctl_request, then len bytes
 *	reply:    struct ctl_reply, then len bytes
 */

#ifndef _HOSTED_CTL_H_
#define _HOSTED_CTL_H_

#include <stddef.h>
#include <stdint.h>

#include "net/if_pfsync.h"
#include "net/pfsync/pfsync.h"
#include "os/hosted/pf/pf.h"

#define CTL_ENV		"HKERN"
#define CTL_MAGIC	0x686b3032U	/* changes with any structure here */
#define CTL_MAX		(8U << 20)	/* longest payload */

/* Named after the BSD ioctl or sysctl that each stands for. */
enum ctl_command {
	CTL_GIFCONF,		/* -> struct ctl_ifreq[] */
	CTL_GIFREQ,		/* struct ctl_ifreq -> struct ctl_ifreq */
	CTL_SIFCREATE,		/* struct ctl_ifreq (name): pfsync0 only */
	CTL_SIFDESTROY,		/* struct ctl_ifreq (name) */
	CTL_SIFFLAGS,		/* struct ctl_ifreq (name, up) */
	CTL_SIFMTU,		/* struct ctl_ifreq (name, mtu) */
	CTL_GDRVSPEC,		/* struct ctl_ifdrv -> what it asks for */
	CTL_SDRVSPEC,		/* struct ctl_ifdrv + what it sets */
	CTL_START,		/* DIOCSTART: pfctl -e; EEXIST if it is on */
	CTL_STOP,		/* DIOCSTOP: pfctl -d; ENOENT if it is off */
	CTL_GETSTATUS,		/* -> struct pf_status */
	CTL_CLRSTATUS,		/* pfctl -F info */
	CTL_SETRULES,		/* struct ctl_ruleset + struct pf_rule[n] */
	CTL_GETRULES,		/* -> struct ctl_ruleset + struct ctl_rule[n] */
	CTL_GETSTATES,		/* struct ctl_page -> struct ctl_page +
				   struct psync_state[n] */
	CTL_CLRSTATES,		/* struct pf_kill (ifname) -> uint32_t count */
	CTL_KILLSTATES,		/* struct pf_kill -> uint32_t count */
	CTL_MAXCMD
};

struct ctl_request {
	uint32_t	magic;
	uint32_t	command;
	uint32_t	len;
};

struct ctl_reply {
	uint32_t	magic;
	int32_t		error;		/* errno, 0: done */
	uint32_t	len;
};

struct ctl_ifreq {
	char		name[PSYNC_IFNAMSIZ];
	uint32_t	mtu;
	uint8_t		up;
	uint8_t		running;
	uint8_t		multicast;
	uint8_t		is_pfsync;
	uint8_t		af;		/* of addr, 0: none (raw links) */
	uint8_t		addr[16];
	uint8_t		plen;
	char		link[64];	/* what it is made of, "unix:/a,/b" */
};

/* To pfsync0.  The structure of that command goes with it, or comes back. */
struct ctl_ifdrv {
	uint32_t	cmd;		/* PFSYNC_DRV_* */
	uint32_t	_pad;
};

struct ctl_ruleset {
	struct pf_settings settings;
	uint32_t	nrules;
};

struct ctl_rule {
	struct pf_rule	rule;
	struct pf_rule_stats stats;
};

/* A page of states: cursor 0 at first, more is 0 at the end. */
struct ctl_page {
	uint64_t	cursor;
	uint32_t	count;		/* asked for, at most; then: returned */
	uint32_t	more;
};

/*
 * For the tools.  ctl_open() connects to the socket that HKERN names, or exits
 * with one line on stderr that starts with the program's name.  ctl_call()
 * sends in[inlen], and puts at most outlen bytes of the answer into out and the
 * number that came into *outgot (may be NULL).  Returns 0 or an errno: the
 * kernel's own, or EPROTO, ECONNRESET, EMSGSIZE.
 */
int	ctl_open(const char *progname);
int	ctl_connect(const char *path);		/* fd, or -1 with errno */
int	ctl_call(int fd, enum ctl_command, const void *in, size_t inlen,
	    void *out, size_t outlen, size_t *outgot);

#endif /* _HOSTED_CTL_H_ */
