/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What real kernels sent: every byte of every packet is understood, since all
 * of it is made again from what was understood; and a state that the hosted pf
 * took in from those packets is shown by pfctl as FreeBSD's showed it there.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/wire.h"
#include "pfctl/print.h"
#include "tests/lib/capture.h"
#include "tests/lib/fixture.h"
#include "tests/lib/pf_rig.h"

/* A message of no state, from its members; what is behind them is zero. */
static void
again_other(const struct psync_group *g, const uint8_t *w, uint8_t *out)
{
	struct pfsync_clr clr;
	struct pfsync_bus bus;

	memset(out, 0, g->size);
	if (g->action->message == PSYNC_M_CLR) {
		memcpy(&clr, w, sizeof(clr));
		memcpy(out, clr.ifname, sizeof(clr.ifname));
		memcpy(out + 16, &clr.creatorid, 4);
	} else if (g->action->message == PSYNC_M_BUS) {
		memcpy(&bus, w, sizeof(bus));
		memcpy(out, &bus.creatorid, 4);
		memcpy(out + 4, &bus.endtime, 4);
		out[8] = bus.status;
	} else {
		ATF_REQUIRE(g->action->message != PSYNC_M_TDB);
		memcpy(out, w, PSYNC_KEY12_LEN);
	}
}

static void
again(const struct psync_group *g, const uint8_t *w, uint8_t *out)
{
	const struct psync_layout *l = g->action->layout;
	struct psync_peer dst, src;
	struct psync_change c;
	struct psync_state st;

	switch (g->action->message) {
	case PSYNC_M_INS:
	case PSYNC_M_UPD:
	case PSYNC_M_DEL:
		ATF_REQUIRE_EQ(0, psync_decode(l, w, &st));
		ATF_REQUIRE_EQ(0, psync_encode(l, out, &st));
		break;
	case PSYNC_M_UPD_C:
		psync_decode_change(l, w, &src, &dst, &c);
		ATF_REQUIRE(psync_encode_change(l, out, &c));
		break;
	default:
		again_other(g, w, out);
		break;
	}
}

/* The same packet from nothing but what was understood of it. */
static void
check_packet(const struct capture_packet *p, unsigned number, unsigned *count)
{
	static uint8_t frame[65536];
	size_t at = PSYNC_HEADER_LEN, offset = PSYNC_HEADER_LEN;
	const struct psync_version *v = psync_version(p->payload[0]);
	struct psync_group g;
	unsigned i;

	ATF_REQUIRE_EQ(PFSYNC_OK, psync_frame_check(p->payload, p->len));
	while (psync_frame_next(p->payload, p->len, &offset, &g)) {
		if (g.action->message == PSYNC_M_EOF)
			break;
		at += psync_put_group(frame, at, v, g.number, g.count);
		for (i = 0; i < g.count; i++, at += g.size)
			again(&g, g.messages + i * g.size, frame + at);
		count[g.action->message] += g.count;
	}
	at = psync_end_frame(frame, at, v, false, p->payload + 4);
	/* Stock kernels do not announce themselves. */
	frame[1] = 0;
	/* NetBSD says that a lone CLR or BUS is none. */
	if (v->number == PFSYNC_VERSION_3 &&
	    (g.action->message == PSYNC_M_CLR ||
		g.action->message == PSYNC_M_BUS))
		frame[3] = 0;
	ATF_REQUIRE_EQ_MSG(p->len, at, "packet %u", number);
	for (i = 0; i < at; i++)
		ATF_CHECK_EQ_MSG(p->payload[i], frame[i],
		    "packet %u byte %u: %#x, not %#x", number, i, frame[i],
		    p->payload[i]);
}

static void
check_capture(const atf_tc_t *tc, const char *name, unsigned packets,
    const unsigned want[PSYNC_MESSAGES])
{
	unsigned count[PSYNC_MESSAGES] = { 0 }, i;
	struct capture c;

	capture_load(tc, name, &c);
	ATF_CHECK_EQ(packets, c.count);
	for (i = 0; i < c.count; i++)
		check_packet(&c.packet[i], i, count);
	capture_free(&c);
	for (i = 0; i < PSYNC_MESSAGES; i++)
		ATF_CHECK_EQ_MSG(want[i], count[i], "message %u: %u", i,
		    count[i]);
}

ATF_TC_WITHOUT_HEAD(freebsd);
ATF_TC_BODY(freebsd, tc)
{
	static const unsigned want[PSYNC_MESSAGES] = {
		[PSYNC_M_CLR] = 2,
		[PSYNC_M_INS] = 57,
		[PSYNC_M_UPD] = 24,
		[PSYNC_M_UPD_C] = 16,
		[PSYNC_M_UPD_REQ] = 5,
		[PSYNC_M_DEL_C] = 23,
		[PSYNC_M_BUS] = 6,
	};

	check_capture(tc, "freebsd-12.2-v5-1301.pcap", 65, want);
}

ATF_TC_WITHOUT_HEAD(netbsd);
ATF_TC_BODY(netbsd, tc)
{
	static const unsigned want[PSYNC_MESSAGES] = {
		[PSYNC_M_CLR] = 1,
		[PSYNC_M_INS] = 30,
		[PSYNC_M_UPD] = 22,
		[PSYNC_M_UPD_C] = 206,
		[PSYNC_M_UPD_REQ] = 14,
		[PSYNC_M_DEL_C] = 2,
		[PSYNC_M_BUS] = 2,
	};

	check_capture(tc, "netbsd-7.99-v3.pcap", 82, want);
}

/*
 * FreeBSD's two firewalls, "one" told "two"; what pfctl showed on "two" then.
 */

#define ONE	  1  /* last byte of its address */
#define TOLD	  54 /* packets before the picture was taken */
#define CREATOR	  "creatorid: 7dd88c87"
#define LINE_MAX_ 400

/* The text between one heading and the next, without carriage returns. */
static char *
section(const atf_tc_t *tc, const char *heading)
{
	char line[LINE_MAX_], path[1024], *text;
	bool in = false;
	size_t n;
	FILE *fp, *out;

	snprintf(path, sizeof(path), "%s/../captures/freebsd-12.2-v5-1301.txt",
	    atf_tc_get_config_var(tc, "srcdir"));
	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	ATF_REQUIRE((out = open_memstream(&text, &n)) != NULL);
	while (fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strncmp(line, "== ", 3) == 0)
			in = strcmp(line, heading) == 0;
		else if (in)
			fprintf(out, "%s\n", line);
	}
	fclose(fp);
	fclose(out);
	return (text);
}

/*
 * Without "age ..., expires in ..., ... pkts, ... bytes, ": time goes on, and
 * FreeBSD does not take over what others have counted.
 */
static void
without_counts(char *text)
{
	char *age, *end;

	while ((age = strstr(text, "age ")) != NULL) {
		end = strstr(age, " bytes, ");
		ATF_REQUIRE(end != NULL);
		end += strlen(" bytes, ");
		memmove(age, end, strlen(end) + 1);
		text = age;
	}
}

/* The state as the hosted pf has it when it has taken it in. */
static void
through_pf(struct rig *rig, const struct psync_state *in,
    struct psync_state *out)
{
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig->pf, in, true));
	pf_state_export(rig->pf, pf_state_find(rig->pf, in->id, in->creatorid),
	    out);
}

/* One of the states in the text looks like this one. */
static bool
shown_so(const char *text, const struct psync_state *st)
{
	char *printed;
	size_t n;
	FILE *fp = open_memstream(&printed, &n);
	bool so;

	ATF_REQUIRE(fp != NULL);
	pfctl_print_state(fp, st, 2);
	fclose(fp);
	without_counts(printed);
	so = strstr(text, printed) != NULL;
	if (!so)
		printf("not so:\n%s", printed);
	free(printed);
	return (so);
}

ATF_TC_WITHOUT_HEAD(as_pfctl_shows);
ATF_TC_BODY(as_pfctl_shows, tc)
{
	const struct psync_config config = fixture_config(1301, 1500, 128);
	static struct fakeos os;
	static struct frame f;
	/* As many rules as FreeBSD's states were made by. */
	const struct pf_rule rules[] = { rig_keep(), rig_keep(), rig_keep(),
		rig_keep() };
	const struct fakeos_state *fs;
	struct psync_state st;
	struct rig rig;
	unsigned i, n, shown = 0, told = 0;
	struct capture c;
	char *text;
	const char *p;

	capture_load(tc, "freebsd-12.2-v5-1301.pcap", &c);
	text = section(tc, "== two states (mid)");
	without_counts(text);
	fixture_up(&os, 1, &config);
	rig_open(&rig, rules, sizeof(rules) / sizeof(rules[0]));
	for (i = 0; i < TOLD; i++)
		if (c.packet[i].src[3] == ONE) {
			f.len = c.packet[i].len;
			memcpy(f.bytes, c.packet[i].payload, f.len);
			ATF_REQUIRE_EQ(PFSYNC_OK, fixture_input(&os, &f));
		}
	capture_free(&c);
	for (i = 0; i < FAKEOS_BUCKETS; i++)
		for (fs = os.bucket[i]; fs != NULL; fs = fs->next) {
			told++;
			through_pf(&rig, &fs->st, &st);
			shown += shown_so(text, &st);
		}
	for (n = 0, p = text; (p = strstr(p, CREATOR)) != NULL; p++)
		n++;
	/* One more state was told, of another creator. */
	ATF_CHECK_EQ(55, n);
	ATF_CHECK_EQ(n + 1, told);
	ATF_CHECK_EQ(told, shown);
	free(text);
	rig_close(&rig);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, freebsd);
	ATF_TP_ADD_TC(tp, netbsd);
	ATF_TP_ADD_TC(tp, as_pfctl_shows);
	return (atf_no_error());
}
