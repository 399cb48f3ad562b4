/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzzes the receive path.  Each input is a script: frames from the network,
 * the passing of time, and what pf and the link do meanwhile.  Beyond what the
 * sanitizers and the test kernel see (locks, demotion, memory), whatever the
 * engine sends must be a good frame with good values.
 *
 *	byte 0		slices, format and mtu
 *	then records:	kind u8, length u16 (big endian), that many bytes
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/wire.h"
#include "tests/lib/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define RECORDS_MAX 70 /* a capture has 65 packets */

enum kind {
	FRAME,	 /* as it is */
	WRAPPED, /* header and EOF put around it, so that more is good */
	GROUP,	 /* a subheader too: action, whether to count one more */
	TIME,	 /* 1 to 2048 milliseconds */
	PF,	 /* a state changes or goes */
	LINK,	 /* the next frames fail */
	KINDS
};

static struct fakeos os;

static void
start(uint8_t how)
{
	struct psync_config c = fixture_config(how & 1 ? 1400 : 1301,
	    how & 2 ? 1500 : 400, how & 4 ? 128 : 1);
	struct psync_state st;
	unsigned n;

	fixture_up(&os, 1 + (how >> 6), &c);
	for (n = 0; n < 4; n++) {
		st = fixture_state(n, n & 1 ? os.hostid : FIXTURE_PEER);
		fakeos_add(&os, &st);
	}
}

/* Every frame that was sent can be received. */
static void
check_sent(void)
{
	size_t i;

	for (i = 0; i < os.nframes; i++)
		if (psync_frame_check(os.frame[i].bytes, os.frame[i].len) !=
		    PFSYNC_OK)
			fakeos_abort("sent a frame that is not good");
	fakeos_forget(&os);
}

static void
receive(enum kind kind, const uint8_t *bytes, size_t len)
{
	static const uint8_t src[16] = { 192, 0, 2, 2 };
	struct psync_packet pkt = {
		.src = src,
		.af = PSYNC_AF_INET,
		.ttl = 255,
		.on_syncdev = true,
	};
	struct pfsyncxstats after, before;
	enum pfsync_refusal why;
	uint64_t digest;
	uint8_t *copy, *w;
	size_t size;

	/* Of its own size, so that one byte too far is seen. */
	pkt.len = kind == FRAME ? len : 20 + len + 4;
	if (kind == GROUP) {
		if (len < 2)
			return;
		pkt.len += 2;
	}
	w = copy = malloc(pkt.len == 0 ? 1 : pkt.len);
	if (copy == NULL)
		return;
	if (kind != FRAME)
		w += psync_put_header(w, pkt.len, os.checksum);
	if (kind == GROUP) {
		size = frame_size(bytes[0] % PFSYNC_ACT_MAX);
		w += psync_put_subheader(w, bytes[0] % PFSYNC_ACT_MAX,
		    (unsigned)((len - 2) / (size == 0 ? 1 : size)) +
			(bytes[1] & 1));
		bytes += 2;
		len -= 2;
	}
	if (len > 0)
		memcpy(w, bytes, len);
	if (kind != FRAME)
		psync_put_subheader(w + len, PFSYNC_ACT_EOF, 1);
	pkt.frame = copy;

	digest = fakeos_digest(&os);
	before = fixture_stats(&os);
	why = psync_input(os.sc, &pkt);
	after = fixture_stats(&os);
	if (why != PFSYNC_OK) {
		if (fakeos_digest(&os) != digest)
			fakeos_abort("a refused packet changed the table");
		if (after.refused[why] != before.refused[why] + 1)
			fakeos_abort("a refused packet was not counted");
	}
	free(copy);
}

static void
pf(uint8_t what)
{
	struct fakeos_state *fs;
	struct psync_state st;

	st = fixture_state(what & 3, what & 1 ? os.hostid : FIXTURE_PEER);
	fs = fakeos_find(&os, st.id, st.creatorid);
	if (fs == NULL)
		fakeos_pf_insert(&os, &st);
	else if (what & 0x80)
		fakeos_pf_remove(&os, fs, (what & 0x40) != 0);
	else {
		fs->st.src.seqlo += what;
		fakeos_pf_change(&os, fs);
	}
}

static void
run(uint8_t kind, const uint8_t *bytes, size_t len)
{
	switch (kind % KINDS) {
	case FRAME:
	case WRAPPED:
	case GROUP:
		receive(kind % KINDS, bytes, len);
		break;
	case TIME:
		fakeos_run_until(&os, os.now + (1U << len % 12));
		break;
	case PF:
		for (; len > 0; len--)
			pf(*bytes++);
		break;
	default:
		fakeos_fail_output(&os, len > 0 ? bytes[0] & 3 : 0,
		    (uint32_t)len);
		break;
	}
	check_sent();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned records;
	size_t n;

	if (len == 0)
		return (0);
	start(*data++);
	len--;
	for (records = 0; len >= 3 && records < RECORDS_MAX; records++) {
		n = (size_t)data[1] << 8 | data[2];
		if (n > len - 3)
			n = len - 3;
		run(data[0], data + 3, n);
		data += 3 + n;
		len -= 3 + n;
	}
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 100000);
	check_sent();
	if (os.demotion != 0)
		fakeos_abort("demoted for ever");
	fixture_down(&os);
	return (0);
}
