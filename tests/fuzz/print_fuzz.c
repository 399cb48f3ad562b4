/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzzes tcpdump's printer.  Each input is a row of captured frames, in the
 * form of those for the receive path, so that they serve as seeds for both:
 *
 *	byte 0		how much is printed
 *	then records:	kind u8, length u16 (big endian), that many bytes
 *
 * The kind is the link type, and whether more of the frame was on the wire than
 * was captured.  Beyond what the sanitizers see, no control character may be
 * printed.
 */

#include "netdissect-stdinc.h"

#include <stdlib.h>

#include "frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const int links[] = { 246, DLT_EN10MB, DLT_RAW, 18, 121, DLT_NULL,
	DLT_LINUX_SLL, DLT_LINUX_SLL2 };

static void
print(netdissect_options *ndo, uint8_t kind, const uint8_t *bytes, size_t len)
{
	struct pcap_pkthdr h = { .caplen = (bpf_u_int32)len,
		.len = (bpf_u_int32)len };
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	if (copy == NULL)
		return;
	/* Of its own size, so that one byte too far is seen. */
	if (len > 0)
		memcpy(copy, bytes, len);
	if (kind & 0x80)
		h.len += 1000;
	(void)frame_print(ndo, links[kind & 7], &h, copy);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	netdissect_options ndo = { .ndo_tflag = 1 };
	char *text = NULL;
	size_t i, n, size = 0;

	if (len == 0 || (ndo.ndo_out = open_memstream(&text, &size)) == NULL)
		return (0);
	ndo.ndo_vflag = data[0] & 3;
	ndo.ndo_eflag = data[0] >> 2 & 1;
	ndo.ndo_xflag = data[0] >> 3 & 3;
	for (data++, len--; len >= 3; data += 3 + n, len -= 3 + n) {
		n = (size_t)data[1] << 8 | data[2];
		if (n > len - 3)
			n = len - 3;
		print(&ndo, data[0], data + 3, n);
	}
	fclose(ndo.ndo_out);
	for (i = 0; i < size; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n' &&
		    text[i] != '\t')
			abort();
	free(text);
	return (0);
}
