/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzzes the engine.  Each input is a script: frames from several peers, the
 * passing of time, and what pf, the link and ifconfig(8) do meanwhile.  Beyond
 * what the sanitizers and the test kernel see (locks, demotion, memory), a
 * packet that the engine holds must go once, and whatever the engine sends must
 * be a good frame with good values.
 *
 *	byte 0		slices, dialect and mtu
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
	GROUP6,	 /* the same of version 6 */
	GROUP3,	 /* ... and 3 */
	TIME,	 /* 1 to 2048 milliseconds */
	PF,	 /* a state changes or goes */
	LINK,	 /* the next frames fail */
	HOLD,	 /* a new state's first packet */
	CONFIG,	 /* up and down, defer, mtu, peer, resync, a loss, a clear */
	PEER,	 /* the next frames come from another */
	KINDS
};

static struct fakeos os;
static struct psync_config config;
static uint8_t peer;   /* third byte of its address */
static uintptr_t held; /* packets that the engine took, 1 and on */

static void
start(uint8_t how)
{
	static const uint16_t formats[8] = { PFSYNC_FORMAT_AUTO, 1301, 1400,
		1500, PFSYNC_FORMAT_V6, PFSYNC_FORMAT_V3, PFSYNC_FORMAT_AUTO,
		PFSYNC_FORMAT_AUTO };
	struct psync_config c = fixture_config(formats[how & 7],
	    how & 8 ? 1500 : 428, how & 16 ? 128 : 1);
	struct psync_state st;
	unsigned n;

	peer = 2;
	held = 0;
	config = c;
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
		if (os.frame[i].len > 9000 - 20 ||
		    psync_frame_check(os.frame[i].bytes, os.frame[i].len) !=
			PFSYNC_OK)
			fakeos_abort("sent a frame that is not good");
	fakeos_forget(&os);
}

/* One group in a frame of a version.  Returns how long it is. */
static size_t
write_group(uint8_t *frame, const struct psync_version *v, const uint8_t *bytes,
    size_t len)
{
	uint8_t action = bytes[0] % v->nactions;
	size_t at = PSYNC_HEADER_LEN, size = v->actions[action].size;

	at += psync_put_group(frame, at, v, action,
	    (unsigned)((len - 2) / (size == 0 ? 1 : size)) + (bytes[1] & 1));
	memcpy(frame + at, bytes + 2, len - 2);
	return (psync_end_frame(frame, at + len - 2, v, (bytes[1] & 2) != 0,
	    os.checksum));
}

/* The bytes, or a frame made of them, at its very end of memory. */
static uint8_t *
make_frame(enum kind kind, const uint8_t *bytes, size_t len, size_t *framelen)
{
	static const uint8_t version_of
	    [] = { [WRAPPED] = 5, [GROUP] = 5, [GROUP6] = 6, [GROUP3] = 3 };
	const struct psync_version *v;
	uint8_t *copy, *frame = malloc(len + 64);

	if (frame == NULL || (kind > WRAPPED && len < 2)) {
		free(frame);
		return (NULL);
	}
	v = psync_version(version_of[kind == FRAME ? WRAPPED : kind]);
	*framelen = len;
	if (kind == FRAME && len > 0)
		memcpy(frame, bytes, len);
	else if (kind == WRAPPED) {
		if (len > 0)
			memcpy(frame + PSYNC_HEADER_LEN, bytes, len);
		*framelen = psync_end_frame(frame, PSYNC_HEADER_LEN + len, v,
		    false, os.checksum);
	} else if (kind != FRAME)
		*framelen = write_group(frame, v, bytes, len);
	/* Of its own size, so that one byte too far is seen. */
	copy = malloc(*framelen == 0 ? 1 : *framelen);
	if (copy != NULL)
		memcpy(copy, frame, *framelen);
	free(frame);
	return (copy);
}

static void
receive(enum kind kind, const uint8_t *bytes, size_t len)
{
	/* A peer of each version. */
	const uint8_t src[16] = { 192, 0, peer,
		kind == FRAME && len > 0 ? bytes[0] % 8 :
					   (uint8_t)(10 + kind) };
	struct psync_packet pkt = {
		.src = src,
		.af = PSYNC_AF_INET,
		.ttl = 255,
		.on_syncdev = true,
	};
	struct pfsyncxstats after, before;
	enum pfsync_refusal why;
	uint64_t digest;
	uint8_t *copy;

	copy = make_frame(kind, bytes, len, &pkt.len);
	if (copy == NULL)
		return;
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
hold(uint8_t what)
{
	struct fakeos_state *fs;
	struct psync_state st;

	st = fixture_state(4 + (what & 15), os.hostid);
	if (what & 0x40)
		st.direction = PSYNC_DIR_IN;
	fs = fakeos_find(&os, st.id, st.creatorid);
	if (fs == NULL)
		fs = fakeos_pf_insert(&os, &st);
	else if (what & 0x80) {
		fakeos_pf_remove(&os, fs, false);
		return;
	}
	if (st.direction != PSYNC_DIR_IN &&
	    fakeos_pf_defer(&os, fs, (void *)(held + 1)))
		held++;
}

static void
configure(uint8_t what)
{
	switch (what & 7) {
	case 0:
		config.up = !config.up;
		break;
	case 1:
		config.defer = !config.defer;
		break;
	case 2:
		config.defer_delay = what;
		break;
	case 3:
		config.mtu = what & 8 ? 9000 : 1500;
		break;
	case 4:
		config.syncpeer_af = what & 8 ? PSYNC_AF_INET : 0;
		break;
	case 5:
		(void)psync_resync(os.sc);
		return;
	case 6:
		psync_lost(os.sc);
		return;
	default:
		psync_clear(os.sc, os.hostid, what & 8 ? "em0" : "");
		return;
	}
	if (psync_configure(os.sc, &config) != PSYNC_ERR_NONE)
		fakeos_abort("a good configuration was refused");
}

static void
run(uint8_t kind, const uint8_t *bytes, size_t len)
{
	switch (kind % KINDS) {
	case FRAME:
	case WRAPPED:
	case GROUP:
	case GROUP6:
	case GROUP3:
		receive(kind % KINDS, bytes, len);
		break;
	case TIME:
		fakeos_run_until(&os, os.now + (1U << len % 12));
		break;
	case PF:
		for (; len > 0; len--)
			pf(*bytes++);
		break;
	case HOLD:
		for (; len > 0; len--)
			hold(*bytes++);
		break;
	case CONFIG:
		for (; len > 0; len--)
			configure(*bytes++);
		break;
	case PEER:
		peer = (uint8_t)len;
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
	if (fixture_sending(&os))
		fakeos_abort("it sends for ever");
	if (os.nreleased + os.ndropped != held)
		fakeos_abort("a held packet went twice, or never");
	fixture_down(&os);
	return (0);
}
