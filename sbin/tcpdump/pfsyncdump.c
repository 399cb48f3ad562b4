/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsyncdump: tcpdump for pfsync(4) alone.  Reads packets from a savefile or
 * an interface by libpcap and prints those of protocol 240, with options and
 * output as tcpdump has them.
 */

#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap.h>

#include "netdissect.h"
#include "frame.h"

#define DEFAULT_INTERFACE "pfsync0"
#define SNAPLEN_MAX	  262144
#define READ_TIMEOUT	  100 /* ms, until few packets are shown */

struct dump {
	netdissect_options ndo;
	pcap_t *pcap;
	int dlt;
	u_int count; /* stop after so many; 0: never */
	u_int printed;
};

static pcap_t *running; /* for the signal handler */

static _Noreturn void
usage(FILE *f, int status)
{
	fprintf(f,
	    "usage: pfsyncdump [-ehlnptvx] [-c count] [-i interface] "
	    "[-r file]\n\t[-s snaplen] [expression]\n");
	exit(status);
}

static _Noreturn void
fail(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "pfsyncdump: ");
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

static void
stop(int sig __attribute__((__unused__)))
{
	pcap_breakloop(running);
}

static void
packet(u_char *user, const struct pcap_pkthdr *h, const u_char *p)
{
	struct dump *d = (struct dump *)user;

	if (!frame_print(&d->ndo, d->dlt, h, p))
		return;
	if (++d->printed == d->count)
		pcap_breakloop(d->pcap);
}

static u_int
number(const char *what, const char *s, u_int min, u_int max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 || n < min ||
	    n > max)
		fail("invalid %s %s", what, s);
	return ((u_int)n);
}

static pcap_t *
open_file(const char *name)
{
	char err[PCAP_ERRBUF_SIZE];
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
	pcap_t *p;

	if (f == NULL)
		fail("%s: %s", name, strerror(errno));
	if ((p = pcap_fopen_offline(f, err)) == NULL)
		fail("%s: %s", name, err);
	return (p);
}

static pcap_t *
open_interface(const char *name, u_int snaplen, bool promisc)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(name, err);
	int rc;

	if (p == NULL)
		fail("%s: %s", name, err);
	pcap_set_snaplen(p, (int)snaplen);
	pcap_set_promisc(p, promisc);
	pcap_set_timeout(p, READ_TIMEOUT);
	rc = pcap_activate(p);
	if (rc < 0)
		fail("%s: %s", name,
		    rc == PCAP_ERROR ? pcap_geterr(p) : pcap_statustostr(rc));
	/* All interfaces of Linux: this one tells which a packet is from. */
	if (pcap_datalink(p) == DLT_LINUX_SLL)
		(void)pcap_set_datalink(p, DLT_LINUX_SLL2);
	return (p);
}

/* Installs the filter that the words make up, joined by spaces. */
static void
set_filter(pcap_t *p, char *const *words)
{
	struct bpf_program prog;
	size_t len = 1;
	char *expr;
	int i;

	for (i = 0; words[i] != NULL; i++)
		len += strlen(words[i]) + 1;
	if (len == 1)
		return;
	if ((expr = calloc(1, len)) == NULL)
		fail("%s", strerror(errno));
	for (i = 0; words[i] != NULL; i++) {
		strcat(expr, words[i]);
		strcat(expr, words[i + 1] != NULL ? " " : "");
	}
	if (pcap_compile(p, &prog, expr, 1, PCAP_NETMASK_UNKNOWN) != 0 ||
	    pcap_setfilter(p, &prog) != 0)
		fail("%s", pcap_geterr(p));
	pcap_freecode(&prog);
	free(expr);
}

static void
check_link(int dlt, const char *name)
{
	const char *link = pcap_datalink_val_to_name(dlt);

	if (frame_supported(dlt))
		return;
	if (link == NULL)
		fail("%s: link-type %d is not supported", name, dlt);
	fail("%s: link-type %s is not supported", name, link);
}

/* What is read, on stderr, so that it does not mix with packets. */
static void
announce(const struct dump *d, const char *verb, const char *name)
{
	fprintf(stderr, "%s %s, link-type %s (%s), snapshot length %d\n", verb,
	    name, pcap_datalink_val_to_name(d->dlt),
	    pcap_datalink_val_to_description(d->dlt), pcap_snapshot(d->pcap));
}

static void
print_statistics(const struct dump *d)
{
	struct pcap_stat st;

	if (pcap_stats(d->pcap, &st) != 0)
		fail("%s", pcap_geterr(d->pcap));
	fprintf(stderr,
	    "%u pfsync packet%s captured\n"
	    "%u packet%s received by filter\n%u packet%s dropped by kernel\n",
	    d->printed, d->printed == 1 ? "" : "s", st.ps_recv,
	    st.ps_recv == 1 ? "" : "s", st.ps_drop, st.ps_drop == 1 ? "" : "s");
}

int
main(int argc, char **argv)
{
	struct dump d = { .ndo = { .ndo_out = stdout } };
	const char *file = NULL, *interface = DEFAULT_INTERFACE;
	u_int snaplen = SNAPLEN_MAX;
	const char *source;
	bool promisc = true;
	int c;

	while ((c = getopt(argc, argv, "c:ehi:lnpr:s:tvx")) != -1) {
		switch (c) {
		case 'c':
			d.count = number("packet count", optarg, 1, UINT32_MAX);
			break;
		case 'e':
			d.ndo.ndo_eflag++;
			break;
		case 'h':
			printf("pfsyncdump, %s\n", pcap_lib_version());
			usage(stdout, 0);
		case 'i':
			interface = optarg;
			break;
		case 'l':
			setvbuf(stdout, NULL, _IOLBF, 0);
			break;
		case 'n':
			break; /* no name is ever looked up */
		case 'p':
			promisc = false;
			break;
		case 'r':
			file = optarg;
			break;
		case 's':
			snaplen = number("snaplen", optarg, 0, SNAPLEN_MAX);
			if (snaplen == 0)
				snaplen = SNAPLEN_MAX;
			break;
		case 't':
			d.ndo.ndo_tflag++;
			break;
		case 'v':
			d.ndo.ndo_vflag++;
			break;
		case 'x':
			d.ndo.ndo_xflag++;
			break;
		default:
			usage(stderr, 1);
		}
	}
	if (d.ndo.ndo_tflag > 2)
		fail("only -t and -tt are supported");

	if (file != NULL)
		d.pcap = open_file(file);
	else
		d.pcap = open_interface(interface, snaplen, promisc);
	source = file != NULL ? file : interface;
	d.dlt = pcap_datalink(d.pcap);
	check_link(d.dlt, source);
	set_filter(d.pcap, argv + optind);
	running = d.pcap;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	announce(&d, file != NULL ? "reading from file" : "listening on",
	    source);
	if (pcap_loop(d.pcap, -1, packet, (u_char *)&d) == PCAP_ERROR)
		fail("%s: %s", source, pcap_geterr(d.pcap));
	if (fflush(stdout) != 0 || ferror(stdout))
		fail("stdout: %s", strerror(errno));
	if (file == NULL)
		print_statistics(&d);
	pcap_close(d.pcap);
	return (0);
}
