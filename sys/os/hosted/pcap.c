/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes a pcap file.  Each packet is one write(2), so that whoever reads along
 * or after a crash sees whole packets.
 */

#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/hosted/pcap.h"

#define MAGIC_USEC   0xa1b2c3d4U
#define LINKTYPE_RAW 101
#define SNAPLEN	     262144

struct pcap_file {
	int fd;
};

struct file_header {
	uint32_t magic;
	uint16_t major;
	uint16_t minor;
	int32_t zone;
	uint32_t sigfigs;
	uint32_t snaplen;
	uint32_t linktype;
};

struct packet_header {
	uint32_t sec;
	uint32_t usec;
	uint32_t caplen;
	uint32_t len;
};

struct pcap_file *
pcap_file_open(const char *path)
{
	const struct file_header h = {
		.magic = MAGIC_USEC,
		.major = 2,
		.minor = 4,
		.snaplen = SNAPLEN,
		.linktype = LINKTYPE_RAW,
	};
	struct pcap_file *f = malloc(sizeof(*f));
	int error;

	if (f == NULL)
		return (NULL);
	f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (f->fd >= 0 && write(f->fd, &h, sizeof(h)) == sizeof(h))
		return (f);
	error = errno;
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f);
	errno = error;
	return (NULL);
}

int
pcap_file_write(struct pcap_file *f, const uint8_t *pkt, size_t len)
{
	struct packet_header h = { .caplen = (uint32_t)len,
		.len = (uint32_t)len };
	struct iovec iov[2] = { { &h, sizeof(h) },
		{ (void *)(uintptr_t)pkt, len } };
	struct timespec ts;
	ssize_t n;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	h.sec = (uint32_t)ts.tv_sec;
	h.usec = (uint32_t)(ts.tv_nsec / 1000);
	n = writev(f->fd, iov, 2);
	if (n == (ssize_t)(sizeof(h) + len))
		return (0);
	if (n < 0)
		return (errno);
	/* The disk is full: a part of a packet is none. */
	(void)!ftruncate(f->fd, lseek(f->fd, -n, SEEK_CUR));
	return (ENOSPC);
}

void
pcap_file_close(struct pcap_file *f)
{
	(void)close(f->fd);
	free(f);
}
