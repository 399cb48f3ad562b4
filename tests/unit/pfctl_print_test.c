/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States and tables as pfctl shows them, held against what FreeBSD's pfctl
 * printed of the same states.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "pfctl/print.h"
#include "tests/lib/capture.h"
#include "tests/lib/frame.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static __attribute__((__noinline__)) char *
print_state(const struct psync_state *st, int verbose)
{
	char *s;
	size_t n;
	FILE *fp = open_memstream(&s, &n);

	ATF_REQUIRE(fp != NULL);
	pfctl_print_state(fp, st, verbose);
	fclose(fp);
	return (s);
}

static void
set_end(struct psync_key *k, unsigned i, uint8_t af, const char *addr,
    uint16_t port)
{
	ATF_REQUIRE(inet_pton(af == PSYNC_AF_INET6 ? AF_INET6 : AF_INET, addr,
			k->addr[i]) == 1);
	k->port[i] = htons(port);
}

/* A connection of FreeBSD's capture, out through source NAT. */
static void
make_state(struct psync_state *st)
{
	static const uint8_t id[8] = { 0, 0, 0, 0, 0x6b, 0x02, 0x5c, 0x8d };

	memset(st, 0, sizeof(*st));
	memcpy(&st->id, id, sizeof(id));
	st->creatorid = htonl(0x7dd88c87);
	strcpy(st->ifname, "all");
	st->af[0] = st->af[1] = PSYNC_AF_INET;
	st->proto[0] = st->proto[1] = 6;
	st->direction = PSYNC_DIR_OUT;
	set_end(&st->key[PSYNC_WIRE], 1, PSYNC_AF_INET, "198.51.100.1", 52964);
	set_end(&st->key[PSYNC_WIRE], 0, PSYNC_AF_INET, "198.51.100.254", 7780);
	set_end(&st->key[PSYNC_STACK], 1, PSYNC_AF_INET, "10.1.1.2", 19244);
	set_end(&st->key[PSYNC_STACK], 0, PSYNC_AF_INET, "198.51.100.254",
	    7780);
	st->src.state = st->dst.state = PSYNC_TCPS_ESTABLISHED;
	st->src.seqlo = 3996232948U;
	st->src.seqhi = st->src.seqlo + 65728;
	st->src.seqdiff = 798975828;
	st->dst.seqlo = 2680476266U;
	st->dst.seqhi = st->dst.seqlo + 65728;
	st->dst.seqdiff = 3444015361U;
	st->src.wscale = st->dst.wscale = 0x86;
	st->creation = 4;
	st->expire = 86396;
	st->packets[0] = 3;
	st->packets[1] = 2;
	st->bytes[0] = 173;
	st->bytes[1] = 112;
	st->rule = 3;
	st->anchor = st->nat_rule = UINT32_MAX;
}

ATF_TC_WITHOUT_HEAD(state);
ATF_TC_BODY(state, tc)
{
	static const char *const levels[] = {
		"all tcp 198.51.100.1:52964 (10.1.1.2:19244) -> "
		"198.51.100.254:7780       ESTABLISHED:ESTABLISHED\n",
		"   [3996232948 + 65728](+798975828) wscale 6  "
		"[2680476266 + 65728](+3444015361) wscale 6\n"
		"   age 00:00:04, expires in 23:59:56, 3:2 pkts, 173:112 "
		"bytes, rule 3\n",
		"   id: 000000006b025c8d creatorid: 7dd88c87\n"
	};
	char want[1024] = "", *got;
	struct psync_state st;
	int verbose;

	make_state(&st);
	for (verbose = 0; verbose < 3; verbose++) {
		strcat(want, levels[verbose]);
		got = print_state(&st, verbose);
		ATF_CHECK_STREQ(got, want);
		free(got);
	}
}

/* What one change of that state makes of one of its lines. */
static void
check_line(const struct psync_state *st, const char *line)
{
	char *got = print_state(st, 1);

	ATF_CHECK_MSG(strstr(got, line) != NULL, "\"%s\" is not in\n%s", line,
	    got);
	free(got);
}

ATF_TC_WITHOUT_HEAD(variants);
ATF_TC_BODY(variants, tc)
{
	struct psync_state st;

	make_state(&st);
	st.state_flags = PSYNC_STATE_SLOPPY | PSYNC_STATE_NOSYNC;
	st.rule = UINT32_MAX;
	st.anchor = 7;
	st.creation = 100 * 3600 + 61;
	check_line(&st,
	    "\n   age 100:01:01, expires in 23:59:56, 3:2 pkts, "
	    "173:112 bytes, anchor 7, sloppy, no-sync\n");
	st.dst.wscale = st.src.seqdiff = 0;
	check_line(&st,
	    "\n   [3996232948 + 65728]  "
	    "[2680476266 + 65728](+3444015361)\n");
	st.src.state = PSYNC_TCPS_PROXY_SRC;
	check_line(&st, "       PROXY:SRC\n");
	st.src.state = PSYNC_TCPS_PROXY_DST;
	check_line(&st, "       PROXY:DST\n");
	st.src.state = 13;
	check_line(&st, "       <BAD STATE LEVELS 13:4>\n");
	st.direction = PSYNC_DIR_IN;
	st.src.state = PSYNC_TCPS_SYN_SENT;
	/* Keys change places, and so do the levels. */
	check_line(&st,
	    "all tcp 10.1.1.2:19244 (198.51.100.1:52964) <- "
	    "198.51.100.254:7780       ESTABLISHED:SYN_SENT\n");

	st.proto[0] = st.proto[1] = 17;
	st.src.state = 1;
	st.dst.state = 0;
	check_line(&st, "       NO_TRAFFIC:SINGLE\n   age ");
	st.src.state = 3;
	check_line(&st, "       0:3\n   age ");
	st.proto[0] = st.proto[1] = 1;
	st.src.state = 0;
	check_line(&st, "       0:0\n   age ");
	st.proto[0] = st.proto[1] = 200;
	check_line(&st, "all 200 10.1.1.2:19244 (");

	make_state(&st);
	memset(st.key, 0, sizeof(st.key));
	st.af[0] = st.af[1] = PSYNC_AF_INET6;
	set_end(&st.key[0], 1, PSYNC_AF_INET6, "2001:db8::1", 1);
	set_end(&st.key[0], 0, PSYNC_AF_INET6, "2001:db8::2", 0);
	st.key[1] = st.key[0];
	memset(st.ifname, 'x', sizeof(st.ifname));
	check_line(&st,
	    "xxxxxxxxxxxxxxxx tcp 2001:db8::1[1] -> 2001:db8::2   "
	    "    ESTABLISHED:");
}

/*
 * Reads a text file into memory, without its carriage returns.  Inlined, gcc 12
 * would take what it returns for the address of a local variable.
 */
static __attribute__((__noinline__)) char *
read_text(const char *path)
{
	FILE *in = fopen(path, "r"), *out;
	char *s = NULL;
	size_t n;
	int c;

	ATF_REQUIRE_MSG(in != NULL, "%s", path);
	ATF_REQUIRE((out = open_memstream(&s, &n)) != NULL);
	while ((c = getc(in)) != EOF)
		if (c != '\r')
			putc(c, out);
	fclose(in);
	fclose(out);
	return (s);
}

/*
 * The state whose id line is in the text must have the same hosts there.
 * Levels and counters went on meanwhile.  False: the text has no such state.
 */
static bool
same_hosts(const char *text, const struct psync_state *st)
{
	char *got = print_state(st, 2), *hosts, *end;
	const char *id, *first, *line;
	bool found;

	ATF_REQUIRE((id = strstr(got, "\n   id: ")) != NULL);
	line = strstr(text, id);
	found = line != NULL;
	if (found) {
		/* Back to the line that does not start with a blank. */
		for (first = line;
		     first > text && (first[-1] != '\n' || first[0] == ' ');
		     first--)
			continue;
		ATF_REQUIRE((end = strstr(got, "       ")) != NULL);
		hosts = strndup(got, (size_t)(end - got) + 7);
		ATF_CHECK_MSG(strncmp(first, hosts, strlen(hosts)) == 0,
		    "printed as \"%s\", by FreeBSD as \"%.*s\"", hosts,
		    (int)strcspn(first, "\n"), first);
		free(hosts);
	}
	free(got);
	return (found);
}

/* Every state that FreeBSD sent, against what its pfctl made of it. */
ATF_TC_WITHOUT_HEAD(captured);
ATF_TC_BODY(captured, tc)
{
	const char *dir = atf_tc_get_config_var(tc, "srcdir");
	const struct capture_packet *p;
	struct psync_state st;
	struct capture c;
	const char *why;
	const uint8_t *w;
	char path[1024], *text;
	unsigned i, found = 0;

	snprintf(path, sizeof(path), "%s/../captures/freebsd-12.2-v5-1301.txt",
	    dir);
	text = read_text(path);
	snprintf(path, sizeof(path), "%s/../captures/freebsd-12.2-v5-1301.pcap",
	    dir);
	why = capture_read(&c, path);
	ATF_REQUIRE_MSG(why == NULL, "%s: %s", path, why);
	for (p = c.packet; p < c.packet + c.count; p++)
		for (i = 0;
		     (w = frame_message(p->payload, p->len, 1, i)) != NULL;
		     i++) {
			psync_decode(&psync_layout_1301, w, &st);
			found += same_hosts(text, &st);
		}
	capture_free(&c);
	free(text);
	ATF_CHECK_MSG(found > 40, "only %u states were compared", found);
}

ATF_TC_WITHOUT_HEAD(status);
ATF_TC_BODY(status, tc)
{
	static const char disabled[] =
	    "Status: Disabled\n"
	    "\n"
	    "State Table                          Total             Rate\n"
	    "  current entries                        0               \n"
	    "  searches                               0               \n"
	    "  inserts                                0               \n"
	    "  removals                               0               \n"
	    "Counters\n"
	    "  match                                  0               \n";
	static const char enabled[] =
	    "Status: Enabled for 1 days 01:01:01\n"
	    "\n"
	    "Hostid:   0x7dd88c87\n"
	    "Checksum: 0x000102030405060708090a0b0c0d0e0f\n"
	    "\n";
	static const char table[] =
	    "State Table                          Total             Rate\n"
	    "  current entries                        1               \n"
	    "  searches                          900610           10.0/s\n";
	struct pf_status st;
	char *s;
	size_t n;
	unsigned i;
	FILE *fp = open_memstream(&s, &n);

	ATF_REQUIRE(fp != NULL);
	memset(&st, 0, sizeof(st));
	pfctl_print_status(fp, &st, 1000000, 0);
	fclose(fp);
	ATF_CHECK_MSG(strncmp(s, disabled, strlen(disabled)) == 0, "%s", s);
	free(s);

	st.running = 1;
	st.since = 500;
	st.hostid = htonl(0x7dd88c87);
	for (i = 0; i < sizeof(st.checksum); i++)
		st.checksum[i] = (uint8_t)i;
	st.states = 1;
	st.searches = 900610;
	ATF_REQUIRE((fp = open_memstream(&s, &n)) != NULL);
	pfctl_print_status(fp, &st, 500 + 90061 * 1000ULL, 1);
	fclose(fp);
	ATF_CHECK_MSG(strncmp(s, enabled, strlen(enabled)) == 0, "%s", s);
	ATF_CHECK_MSG(strstr(s, table) != NULL, "%s", s);
	free(s);
}

ATF_TC_WITHOUT_HEAD(tables);
ATF_TC_BODY(tables, tc)
{
	static const char want[] =
	    "tcp.first                   120s\n"
	    "tcp.opening                  30s\n"
	    "tcp.established           86400s\n"
	    "tcp.closing                 900s\n"
	    "tcp.finwait                  45s\n"
	    "tcp.closed                   90s\n"
	    "tcp.tsdiff                   30s\n"
	    "udp.first                    60s\n"
	    "udp.single                   30s\n"
	    "udp.multiple                 60s\n"
	    "icmp.first                   20s\n"
	    "icmp.error                   10s\n"
	    "other.first                  60s\n"
	    "other.single                 30s\n"
	    "other.multiple               60s\n"
	    "frag                         30s\n"
	    "interval                     10s\n"
	    "adaptive.start            60000 states\n"
	    "adaptive.end             120000 states\n"
	    "src.track                     0s\n"
	    "states        hard limit   100000\n"
	    "  [ Evaluations: 1         Packets: 2         Bytes: 3           "
	    "States: 4     ]\n"
	    "  [ State Creations: 5     ]\n";
	const struct pf_rule_stats stats = { 1, 2, 3, 4, 5 };
	struct pf_settings settings;
	char *s;
	size_t n;
	FILE *fp = open_memstream(&s, &n);

	ATF_REQUIRE(fp != NULL);
	pf_settings_default(&settings);
	settings.timeout[PFTM_ADAPTIVE_START] = 60000;
	settings.timeout[PFTM_ADAPTIVE_END] = 120000;
	pfctl_print_timeouts(fp, &settings);
	pfctl_print_limits(fp, &settings);
	pfctl_print_rule_stats(fp, &stats);
	fclose(fp);
	ATF_CHECK_STREQ(s, want);
	free(s);
}

/* Structures as a hostile kernel might send them: printed, not trusted. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct pf_settings settings;
	struct psync_state st;
	struct pf_rule rule;
	unsigned fill, i;
	FILE *fp = fopen("/dev/null", "w");

	ATF_REQUIRE(fp != NULL);
	for (fill = 0; fill < 256; fill++) {
		memset(&settings, (int)fill, sizeof(settings));
		memset(&rule, (int)fill, sizeof(rule));
		memset(&st, (int)fill, sizeof(st));
		pfctl_print_settings(fp, &settings);
		pfctl_print_timeouts(fp, &settings);
		pfctl_print_rule(fp, &rule, &settings);
		for (i = 0; i < 3; i++)
			pfctl_print_state(fp, &st, (int)i);
	}
	ATF_CHECK_EQ(fclose(fp), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, state);
	ATF_TP_ADD_TC(tp, variants);
	ATF_TP_ADD_TC(tp, captured);
	ATF_TP_ADD_TC(tp, status);
	ATF_TP_ADD_TC(tp, tables);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
