/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line of hkern(8).
 */

#ifndef _HKERN_OPTIONS_H_
#define _HKERN_OPTIONS_H_

#include <stdbool.h>
#include <stdint.h>

#include "os/hosted/hk.h"

#define OPTIONS_MAX	32	/* links, routes */

struct options {
	const char	*control;	/* -c */
	const char	*pcap;		/* -w, or NULL */
	struct {
		char		ifname[PSYNC_IFNAMSIZ];
		const char	*spec;
	} link[OPTIONS_MAX];		/* -i */
	struct {
		char		ifname[PSYNC_IFNAMSIZ];
		uint8_t		dst[16];
		uint8_t		plen;
		uint8_t		af;	/* PSYNC_AF_* */
	} route[OPTIONS_MAX];		/* -r */
	unsigned	nlinks;
	unsigned	nroutes;
	unsigned	slices;		/* -n */
	uint32_t	hostid;		/* -H, network order; 0: drawn */
	int		queue;		/* -q, or -1 */
	bool		tun;		/* -T */
	bool		verbose;	/* -v */
};

/* Exits with one line on stderr for what it cannot understand. */
void	options_parse(struct options *, int argc, char **argv);

#endif /* _HKERN_OPTIONS_H_ */
