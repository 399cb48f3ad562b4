/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes the seeds of the fuzzer: each captured packet as a script of one
 * frame, and all packets of a capture in a row.
 *
 *	seeds directory capture ...
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/capture.h"

/* Records may hold 65535 bytes; so may a packet. */
static void
put_record(FILE *file, const struct capture_packet *p)
{
	fputc(0, file);
	fputc((int)(p->len >> 8 & 0xff), file);
	fputc((int)(p->len & 0xff), file);
	fwrite(p->payload, 1, p->len, file);
}

static FILE *
seed_open(const char *directory, unsigned number)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/seed%04u", directory, number);
	file = fopen(path, "wb");
	if (file == NULL) {
		perror(path);
		exit(1);
	}
	fputc(16 + 8 + 2, file); /* one slice, 1400, mtu 1500 */
	return (file);
}

int
main(int argc, char **argv)
{
	struct capture c;
	const char *why;
	unsigned number = 0;
	FILE *all, *file;
	size_t i;
	int arg;

	if (argc < 3) {
		fprintf(stderr, "usage: seeds directory capture ...\n");
		return (1);
	}
	for (arg = 2; arg < argc; arg++) {
		if ((why = capture_read(&c, argv[arg])) != NULL) {
			fprintf(stderr, "seeds: %s: %s\n", argv[arg], why);
			return (1);
		}
		all = seed_open(argv[1], number++);
		for (i = 0; i < c.count; i++) {
			put_record(all, &c.packet[i]);
			file = seed_open(argv[1], number++);
			put_record(file, &c.packet[i]);
			if (fclose(file) != 0) {
				perror("seeds");
				return (1);
			}
		}
		if (fclose(all) != 0) {
			perror("seeds");
			return (1);
		}
		capture_free(&c);
	}
	return (0);
}
