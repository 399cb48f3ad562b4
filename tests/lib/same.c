/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each structure is a table of its members, in their order.  What lies between
 * two of them can only be padding: where it is more, one is left out.
 */

#include <stddef.h>
#include <string.h>

#include "fakeos.h"
#include "same.h"

struct member {
	size_t at;
	size_t len;
	size_t align;
};

#define MEMBER(type, m)                                                  \
	{                                                                \
		offsetof(struct type, m), sizeof(((struct type *)0)->m), \
		    __alignof__(((struct type *)0)->m)                   \
	}
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const struct member config_members[] = {
#define M(m) MEMBER(psync_config, m)
	M(syncdev), M(syncpeer), M(syncpeer_af), M(up), M(reachable), M(mtu),
	M(format), M(maxupd), M(defer), M(defer_delay), M(bulk_rate),
	M(bulk_bytes)
#undef M
};

#define PEER_MEMBERS(M)                                                \
	M(seqlo), M(seqhi), M(seqdiff), M(ts_mod), M(max_win), M(mss), \
	    M(pfss_flags), M(pfss_ttl), M(scrub), M(state), M(wscale)

static const struct member peer_members[] = {
#define M(m) MEMBER(psync_peer, m)
	PEER_MEMBERS(M)
#undef M
};

static const struct member state_members[] = {
#define M(m)   MEMBER(psync_state, m)
#define SRC(m) M(src.m)
#define DST(m) M(dst.m)
	M(id), M(creatorid), M(rule), M(anchor), M(nat_rule), M(creation),
	M(expire), M(packets), M(bytes), M(key), PEER_MEMBERS(SRC),
	PEER_MEMBERS(DST), M(rt_addr), M(ifname), M(rt_ifname), M(orig_ifname),
	M(tagname), M(rtableid), M(state_flags), M(qid), M(pqid), M(dnpipe),
	M(dnrpipe), M(max_mss), M(af), M(proto), M(rt_af), M(rt), M(direction),
	M(log), M(timeout), M(sync_flags), M(updates), M(min_ttl), M(set_tos),
	M(set_prio)
#undef DST
#undef SRC
#undef M
};

static const struct member tdb_members[] = {
#define M(m) MEMBER(psync_tdb, m)
	M(rpl), M(cur_bytes), M(spi), M(scope), M(dst), M(rdomain), M(af),
	M(sproto), M(updates)
#undef M
};

static bool
same(const struct member *members, size_t n, size_t size, const void *a,
    const void *b)
{
	const struct member *m;
	size_t end = 0;

	for (m = members; m < members + n; m++) {
		if (m->at < end || m->at - end >= (m->align > 4 ? m->align : 4))
			fakeos_abort("same.c leaves out a member");
		end = m->at + m->len;
		if (memcmp((const char *)a + m->at, (const char *)b + m->at,
			m->len) != 0)
			return (false);
	}
	if (size - end >= sizeof(uint64_t))
		fakeos_abort("same.c leaves out the last member");
	return (true);
}

#define SAME(members, a, b) same(members, NELEM(members), sizeof(*(a)), a, b)

bool
same_config(const struct psync_config *a, const struct psync_config *b)
{
	return (SAME(config_members, a, b));
}

bool
same_peer(const struct psync_peer *a, const struct psync_peer *b)
{
	return (SAME(peer_members, a, b));
}

bool
same_state(const struct psync_state *a, const struct psync_state *b)
{
	return (SAME(state_members, a, b));
}

bool
same_tdb(const struct psync_tdb *a, const struct psync_tdb *b)
{
	return (SAME(tdb_members, a, b));
}
