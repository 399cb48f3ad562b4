/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pfsync interface in words: the lines of FreeBSD's ifconfig(8), then one
 * that says how synchronisation stands, and, on demand, all that is known.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ifconfig/status.h"

int
report_get(const struct kernel *k, struct report *r)
{
	int error;

	if ((error = k->drv_get(k->ctx, PFSYNC_DRV_STATUS, &r->status,
		 sizeof(r->status))) != 0 ||
	    (error = k->drv_get(k->ctx, PFSYNC_DRV_PEERS, &r->peers,
		 sizeof(r->peers))) != 0 ||
	    (error = k->drv_get(k->ctx, PFSYNC_DRV_IFMAP, &r->ifmap,
		 sizeof(r->ifmap))) != 0)
		return (error);
	return (
	    k->drv_get(k->ctx, PFSYNC_DRV_STATS, &r->stats, sizeof(r->stats)));
}

const char *
report_addr(unsigned af, const uint8_t addr[16], char *text)
{
	return (inet_ntop(af == PFSYNC_AF_INET6 ? AF_INET6 : AF_INET, addr,
	    text, INET6_ADDRSTRLEN));
}

const char *
report_syncpeer(const struct report *r, char *text)
{
	const struct pfsync_drv_config *c = &r->status.config;

	if (c->syncpeer_af == 0)
		return ("224.0.0.240");
	return (report_addr(c->syncpeer_af, c->syncpeer, text));
}

const char *
report_summary(const struct report *r)
{
	static const char *const by_bulk[] = {
		[PSYNC_BULK_NONE] = "out of sync",
		[PSYNC_BULK_RUNNING] = "syncing",
		[PSYNC_BULK_OK] = "in sync",
		[PSYNC_BULK_FAILED] = "out of sync",
	};
	const struct pfsync_drv_status *st = &r->status;

	if (!st->config.up)
		return ("down");
	if (st->config.syncdev[0] == '\0')
		return ("no syncdev");
	if (!st->config.reachable)
		return ("syncdev is down");
	return (by_bulk[st->bulk & 3]);
}

const char *
report_bulk(unsigned result)
{
	static const char *const names[] = {
		[PSYNC_BULK_NONE] = "none",
		[PSYNC_BULK_RUNNING] = "running",
		[PSYNC_BULK_OK] = "ok",
		[PSYNC_BULK_FAILED] = "failed",
	};

	return (names[result & 3]);
}

const char *
report_format(uint32_t format, char *text)
{
	if (format == PFSYNC_FORMAT_AUTO)
		return ("auto");
	snprintf(text, REPORT_FORMAT_LEN, "%" PRIu32, format);
	return (text);
}

const char *
report_spoken(unsigned i)
{
	static const char *const names[] = { "1500", "1400", "1301", "6", "3" };

	return (i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL);
}

const char *
report_why(unsigned why)
{
	static const char *const names[] = {
		[PFSYNC_WHY_UNKNOWN] = "no state of it seen",
		[PFSYNC_WHY_STATES] = "as its states",
		[PFSYNC_WHY_VERSION] = "as its frames",
		[PFSYNC_WHY_ANNOUNCED] = "announced",
		[PFSYNC_WHY_CONFIGURED] = "configured",
	};

	return (why < sizeof(names) / sizeof(names[0]) ? names[why] : "?");
}

const char *
report_refusal(unsigned reason)
{
	static const char *const names[] = { PFSYNC_REFUSAL_NAMES };

	_Static_assert(sizeof(names) / sizeof(names[0]) == PFSYNC_R_MAX,
	    "each has a name");
	return (names[reason]);
}

static const char *
plural(uint64_t n)
{
	return (n == 1 ? "" : "s");
}

static void
show_config(const struct report *r)
{
	const struct pfsync_drv_config *c = &r->status.config;
	char peer[INET6_ADDRSTRLEN], version[REPORT_FORMAT_LEN];
	uint32_t i;

	printf("\tpfsync: ");
	if (c->syncdev[0] != '\0')
		printf("syncdev: %.*s ", PFSYNC_IFNAMSIZ, c->syncdev);
	printf("syncpeer: %s maxupd: %" PRIu32 " defer: %s",
	    report_syncpeer(r, peer), c->maxupd, c->defer ? "on" : "off");
	printf(" version: %s\n", report_format(c->version, version));
	if (r->ifmap.count == 0)
		return;
	printf("\tifmap:");
	for (i = 0; i < r->ifmap.count; i++)
		printf(" %s=%s", r->ifmap.pair[i].local,
		    r->ifmap.pair[i].remote);
	printf("\n");
}

/* When it does not, it may be that alone for which a bulk update failed. */
static bool
works(const struct pfsync_drv_status *st)
{
	return (st->config.up && st->config.reachable &&
	    st->config.syncdev[0] != '\0');
}

static void
show_bulk(const struct pfsync_drv_status *st)
{
	switch (st->bulk) {
	case PSYNC_BULK_NONE:
		printf("no bulk update");
		break;
	case PSYNC_BULK_RUNNING:
	case PSYNC_BULK_OK:
		printf("bulk update %s (%" PRIu64 " state%s in %" PRIu64 " ms)",
		    report_bulk(st->bulk), st->bulk_states,
		    plural(st->bulk_states), st->bulk_ms);
		break;
	default:
		printf("bulk update failed");
		if (works(st))
			printf(" (no peer answered%s)",
			    st->bulk_states == 0 ? "" : " to the end");
		break;
	}
}

static void
show_status(const struct report *r)
{
	const struct pfsync_drv_status *st = &r->status;

	printf("\tstatus: %s, %" PRIu32 " peer%s heard, ", report_summary(r),
	    st->npeers, plural(st->npeers));
	show_bulk(st);
	printf(", %" PRIu32 " message%s pending", st->pending,
	    plural(st->pending));
	if (st->sending_bulk)
		printf(", sending a bulk update");
	if (st->demotion != 0)
		printf(", demoted by %" PRId32, st->demotion);
	if (st->collision)
		printf(", another host has our host id");
	printf("\n");
}

/*
 * What is said with -v
 */

/* After what: "5 ms ago", "12 s ago", or "never". */
static void
show_age(uint64_t ms)
{
	if (ms == PFSYNC_NEVER)
		printf("never");
	else if (ms < 10000)
		printf("%" PRIu64 " ms ago", ms);
	else
		printf("%" PRIu64 " s ago", ms / 1000);
}

static void
show_queue(const struct pfsync_drv_status *st)
{
	printf("\tqueue: %" PRIu32 " message%s in %" PRIu32
	       " bytes, oldest waits %" PRIu64 " ms\n",
	    st->pending, plural(st->pending), st->pending_bytes, st->oldest);
	printf("\tlag: sent after %" PRIu64 " ms, at most %" PRIu64
	       " ms; last change heard of ",
	    st->lag, st->lag_max);
	show_age(st->update_age);
	printf("\n");
}

/* Reasons that there were. */
static void
show_refused(const struct pfsyncxstats *x)
{
	const char *before = " ";
	unsigned i;

	printf("\trefused:");
	for (i = PFSYNC_OK + 1; i < PFSYNC_R_MAX; i++)
		if (x->refused[i] != 0) {
			printf("%s%" PRIu64 " %s", before, x->refused[i],
			    report_refusal(i));
			before = ", ";
		}
	printf("%s\n", before[0] == ' ' ? " nothing" : "");
}

static void
show_deferrals(const struct report *r)
{
	const struct pfsyncxstats *x = &r->stats;

	printf("\tdeferrals: delay %" PRIu32 " ms, %" PRIu32 " held, %" PRIu64
	       " in all: %" PRIu64 " acknowledged, %" PRIu64
	       " timed out, %" PRIu64 " for others, %" PRIu64 " dropped\n",
	    r->status.config.defer_delay, r->status.deferred, x->deferrals,
	    x->defer_acks, x->defer_timeouts, x->defer_overflows,
	    x->defer_drops);
}

static void
show_last_bulk(const struct pfsync_drv_status *st)
{
	char from[INET6_ADDRSTRLEN];

	printf("\tbulk pace: at most %" PRIu32 " states and %" PRIu64
	       " bytes a second\n",
	    st->config.bulk_rate, st->config.bulk_bytes);
	printf("\tbulk update: ");
	if (st->bulk == PSYNC_BULK_NONE) {
		printf("never asked for\n");
		return;
	}
	printf("asked for ");
	show_age(st->bulk_age);
	printf(", %" PRIu32 " tr%s, %s after %" PRIu64 " ms, %" PRIu64
	       " state%s",
	    st->bulk_tries, st->bulk_tries == 1 ? "y" : "ies",
	    report_bulk(st->bulk), st->bulk_ms, st->bulk_states,
	    plural(st->bulk_states));
	if (st->bulk_af != 0)
		printf(", last from %s",
		    report_addr(st->bulk_af, st->bulk_from, from));
	printf("\n");
}

static void
show_spoken(uint32_t spoken)
{
	unsigned i;

	printf("\tspoken:");
	for (i = 0; report_spoken(i) != NULL; i++)
		if ((spoken & UINT32_C(1) << i) != 0)
			printf(" %s", report_spoken(i));
	printf("\n");
}

static void
show_peer(const struct pfsync_drv_peer *p)
{
	char addr[INET6_ADDRSTRLEN], told[REPORT_FORMAT_LEN];

	printf("\tpeer %s: ", report_addr(p->af, p->addr, addr));
	if (p->version != 0)
		printf("version %u ", p->version);
	if (p->format != 0)
		printf("format %u ", p->format);
	if (p->told != 0)
		printf("told %s (%s) ", report_format(p->told, told),
		    report_why(p->why));
	printf("heard ");
	show_age(p->age);
	printf(", last change ");
	show_age(p->update_age);
	printf("\n\t\t%" PRIu64 " packet%s, %" PRIu64 " state%s told, %" PRIu64
	       " refused, %" PRIu64 " of them unknown here\n",
	    p->packets, plural(p->packets), p->states, plural(p->states),
	    p->refused, p->missed);
	printf("\t\tits bulk update: %s, %" PRIu64 " state%s; asked for ours ",
	    report_bulk(p->bulk), p->bulk_states, plural(p->bulk_states));
	show_age(p->request_age);
	printf("\n");
}

void
report_text(const struct report *r, bool verbose)
{
	uint32_t i;

	show_config(r);
	printf("\tsyncok: %d\n", r->status.syncok);
	show_status(r);
	if (!verbose)
		return;
	show_queue(&r->status);
	show_refused(&r->stats);
	show_deferrals(r);
	show_last_bulk(&r->status);
	show_spoken(r->status.spoken);
	for (i = 0; i < r->peers.count; i++)
		show_peer(&r->peers.peer[i]);
}

/* What SIOCGETPFSYNC tells. */
static void
stock_text(const struct pfsyncreq *req)
{
	uint8_t peer[16] = { 0 };
	char text[INET6_ADDRSTRLEN];

	memcpy(peer, &req->pfsyncr_syncpeer, sizeof(req->pfsyncr_syncpeer));
	printf("\tpfsync: ");
	if (req->pfsyncr_syncdev[0] != '\0')
		printf("syncdev: %.*s ", PFSYNC_IFNAMSIZ, req->pfsyncr_syncdev);
	printf("syncpeer: %s maxupd: %" PRId32 " defer: %s\n",
	    report_addr(PFSYNC_AF_INET, peer, text), req->pfsyncr_maxupdates,
	    req->pfsyncr_defer & PFSYNCF_DEFER ? "on" : "off");
}

void
kernel_show(const struct kernel *k, bool verbose)
{
	struct pfsyncreq req;
	struct report report;

	memset(&req, 0, sizeof(req));
	if (k->stock_get(k->ctx, &req) != 0)
		return;
	if (report_get(k, &report) == 0)
		report_text(&report, verbose);
	else
		stock_text(&req);
}
