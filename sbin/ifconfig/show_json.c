/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The interfaces of a hosted kernel for machines: all that is known, whether it
 * is said in words or only with -v.  Times are in milliseconds; what never
 * happened is left out.
 */

#include <arpa/inet.h>

#include "ifconfig/show.h"

static void
age(struct json *j, const char *name, uint64_t ms)
{
	if (ms != PFSYNC_NEVER)
		json_uint(j, name, ms);
}

static void
put_config(struct json *j, const struct report *r)
{
	const struct pfsync_drv_config *c = &r->status.config;
	char text[INET6_ADDRSTRLEN], version[REPORT_FORMAT_LEN];
	uint32_t i;

	if (c->syncdev[0] != '\0')
		json_string(j, "syncdev", c->syncdev);
	json_string(j, "syncpeer", report_syncpeer(r, text));
	json_uint(j, "maxupd", c->maxupd);
	json_bool(j, "defer", c->defer);
	json_uint(j, "deferdelay", c->defer_delay);
	json_uint(j, "bulkrate", c->bulk_rate);
	json_uint(j, "bulkbytes", c->bulk_bytes);
	json_string(j, "version", report_format(c->version, version));
	json_list(j, "spoken");
	for (i = 0; report_spoken(i) != NULL; i++)
		if ((r->status.spoken & UINT32_C(1) << i) != 0)
			json_string(j, NULL, report_spoken(i));
	json_close(j);
	json_list(j, "ifmap");
	for (i = 0; i < r->ifmap.count; i++) {
		json_container(j, NULL);
		json_string(j, "local", r->ifmap.pair[i].local);
		json_string(j, "remote", r->ifmap.pair[i].remote);
		json_close(j);
	}
	json_close(j);
}

static void
put_deferrals(struct json *j, const struct report *r)
{
	json_container(j, "deferrals");
	json_uint(j, "held", r->status.deferred);
	json_uint(j, "total", r->stats.deferrals);
	json_uint(j, "acknowledged", r->stats.defer_acks);
	json_uint(j, "timed-out", r->stats.defer_timeouts);
	json_uint(j, "for-others", r->stats.defer_overflows);
	json_uint(j, "dropped", r->stats.defer_drops);
	json_close(j);
}

static void
put_refused(struct json *j, const struct pfsyncxstats *x)
{
	unsigned i;

	json_container(j, "refused");
	for (i = PFSYNC_OK + 1; i < PFSYNC_R_MAX; i++)
		json_uint(j, report_refusal(i), x->refused[i]);
	json_close(j);
}

static void
put_bulk(struct json *j, const struct pfsync_drv_status *st)
{
	char text[INET6_ADDRSTRLEN];

	json_container(j, "bulk-update");
	json_string(j, "result", report_bulk(st->bulk));
	age(j, "age", st->bulk_age);
	json_uint(j, "duration", st->bulk_ms);
	json_uint(j, "tries", st->bulk_tries);
	json_uint(j, "states", st->bulk_states);
	if (st->bulk_af != 0)
		json_string(j, "from",
		    report_addr(st->bulk_af, st->bulk_from, text));
	json_bool(j, "sending", st->sending_bulk);
	json_close(j);
}

static void
put_peer(struct json *j, const struct pfsync_drv_peer *p)
{
	char text[INET6_ADDRSTRLEN], told[REPORT_FORMAT_LEN];

	json_container(j, NULL);
	json_string(j, "address", report_addr(p->af, p->addr, text));
	if (p->version != 0)
		json_uint(j, "version", p->version);
	if (p->format != 0)
		json_uint(j, "format", p->format);
	if (p->told != 0) {
		json_string(j, "told", report_format(p->told, told));
		json_string(j, "told-why", report_why(p->why));
	}
	json_uint(j, "age", p->age);
	age(j, "change-age", p->update_age);
	age(j, "request-age", p->request_age);
	json_uint(j, "packets", p->packets);
	json_uint(j, "states", p->states);
	json_uint(j, "refused", p->refused);
	json_uint(j, "unknown", p->missed);
	json_string(j, "bulk-update", report_bulk(p->bulk));
	json_uint(j, "bulk-states", p->bulk_states);
	json_close(j);
}

static void
put_pfsync(struct json *j, const struct report *r)
{
	const struct pfsync_drv_status *st = &r->status;
	uint32_t i;

	json_container(j, "pfsync");
	put_config(j, r);
	json_bool(j, "syncok", st->syncok);
	json_string(j, "status", report_summary(r));
	json_uint(j, "peers-heard", st->npeers);
	json_int(j, "demotion", st->demotion);
	json_bool(j, "creatorid-collision", st->collision != 0);
	json_container(j, "queue");
	json_uint(j, "messages", st->pending);
	json_uint(j, "bytes", st->pending_bytes);
	json_uint(j, "oldest", st->oldest);
	json_close(j);
	json_container(j, "lag");
	json_uint(j, "last", st->lag);
	json_uint(j, "maximum", st->lag_max);
	age(j, "change-age", st->update_age);
	json_close(j);
	put_refused(j, &r->stats);
	put_deferrals(j, r);
	put_bulk(j, st);
	json_list(j, "peer");
	for (i = 0; i < r->peers.count; i++)
		put_peer(j, &r->peers.peer[i]);
	json_close(j);
	json_close(j);
}

void
json_if(struct json *j, const struct ctl_ifreq *ifr,
    const struct report *pfsync)
{
	const struct if_flag *f;
	char text[INET6_ADDRSTRLEN];

	json_container(j, NULL);
	json_string(j, "name", ifr->name);
	json_list(j, "flags");
	for (f = if_flags; f->name != NULL; f++)
		if (if_flags_of(ifr) & f->bit)
			json_string(j, NULL, f->name);
	json_close(j);
	json_uint(j, "mtu", ifr->mtu);
	if (ifr->af != 0) {
		json_string(j, "address",
		    report_addr(ifr->af, ifr->addr, text));
		json_uint(j, "prefixlen", ifr->plen);
	}
	if (pfsync != NULL)
		put_pfsync(j, pfsync);
	else
		json_string(j, "link", ifr->link);
	json_close(j);
}
