/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names that pf.conf(5) has for numbers: protocols, services, ICMP types,
 * timeouts, TCP flags.  Tables come first and the system's databases second, so
 * that a ruleset reads the same on a machine without /etc/services.
 *
 * Invariant: a name that is printed is read back as the number it was printed
 * for.
 */

#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pfctl/names.h"

struct name {
	const char *name;
	int number;
};

struct icmp_name {
	const char *name;
	uint8_t af;
	uint8_t type;
	uint8_t code;
};

/* The first name of a number is the one that is printed. */
static const struct name protos[] = { { "icmp", 1 }, { "igmp", 2 },
	{ "ipencap", 4 }, { "tcp", 6 }, { "udp", 17 }, { "ipv6", 41 },
	{ "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "ipv6-icmp", 58 },
	{ "icmp6", 58 }, { "ospf", 89 }, { "etherip", 97 }, { "pim", 103 },
	{ "ipcomp", 108 }, { "carp", 112 }, { "l2tp", 115 }, { "sctp", 132 },
	{ "pfsync", 240 }, { NULL, 0 } };

static const struct name services[] = { { "ftp-data", 20 }, { "ftp", 21 },
	{ "ssh", 22 }, { "telnet", 23 }, { "smtp", 25 }, { "domain", 53 },
	{ "bootps", 67 }, { "bootpc", 68 }, { "tftp", 69 }, { "http", 80 },
	{ "www", 80 }, { "pop3", 110 }, { "sunrpc", 111 }, { "auth", 113 },
	{ "ntp", 123 }, { "imap", 143 }, { "snmp", 161 }, { "bgp", 179 },
	{ "ldap", 389 }, { "https", 443 }, { "isakmp", 500 },
	{ "submission", 587 }, { "ldaps", 636 }, { "imaps", 993 },
	{ "pop3s", 995 }, { NULL, 0 } };

#define V4 PF_AF_INET
#define V6 PF_AF_INET6

static const struct icmp_name icmp_types[] = { { "echorep", V4, 0, 0 },
	{ "unreach", V4, 3, 0 }, { "squench", V4, 4, 0 }, { "redir", V4, 5, 0 },
	{ "althost", V4, 6, 0 }, { "echoreq", V4, 8, 0 },
	{ "routeradv", V4, 9, 0 }, { "routersol", V4, 10, 0 },
	{ "timex", V4, 11, 0 }, { "paramprob", V4, 12, 0 },
	{ "timereq", V4, 13, 0 }, { "timerep", V4, 14, 0 },
	{ "inforeq", V4, 15, 0 }, { "inforep", V4, 16, 0 },
	{ "maskreq", V4, 17, 0 }, { "maskrep", V4, 18, 0 },
	{ "trace", V4, 30, 0 }, { "dataconv", V4, 31, 0 },
	{ "mobredir", V4, 32, 0 }, { "mobregreq", V4, 35, 0 },
	{ "mobregrep", V4, 36, 0 }, { "skip", V4, 39, 0 },
	{ "photuris", V4, 40, 0 }, { "unreach", V6, 1, 0 },
	{ "toobig", V6, 2, 0 }, { "timex", V6, 3, 0 },
	{ "paramprob", V6, 4, 0 }, { "echoreq", V6, 128, 0 },
	{ "echorep", V6, 129, 0 }, { "groupqry", V6, 130, 0 },
	{ "listqry", V6, 130, 0 }, { "grouprep", V6, 131, 0 },
	{ "listenrep", V6, 131, 0 }, { "groupterm", V6, 132, 0 },
	{ "listendone", V6, 132, 0 }, { "routersol", V6, 133, 0 },
	{ "routeradv", V6, 134, 0 }, { "neighbrsol", V6, 135, 0 },
	{ "neighbradv", V6, 136, 0 }, { "redir", V6, 137, 0 },
	{ "routrrenum", V6, 138, 0 }, { "niqry", V6, 139, 0 },
	{ "nirep", V6, 140, 0 }, { "mtraceresp", V6, 200, 0 },
	{ "mtrace", V6, 201, 0 }, { NULL, 0, 0, 0 } };

static const struct icmp_name icmp_codes[] = { { "net-unr", V4, 3, 0 },
	{ "host-unr", V4, 3, 1 }, { "proto-unr", V4, 3, 2 },
	{ "port-unr", V4, 3, 3 }, { "needfrag", V4, 3, 4 },
	{ "srcfail", V4, 3, 5 }, { "net-unk", V4, 3, 6 },
	{ "host-unk", V4, 3, 7 }, { "isolate", V4, 3, 8 },
	{ "net-prohib", V4, 3, 9 }, { "host-prohib", V4, 3, 10 },
	{ "net-tos", V4, 3, 11 }, { "host-tos", V4, 3, 12 },
	{ "filter-prohib", V4, 3, 13 }, { "host-preced", V4, 3, 14 },
	{ "cutoff-preced", V4, 3, 15 }, { "redir-net", V4, 5, 0 },
	{ "redir-host", V4, 5, 1 }, { "redir-tos-net", V4, 5, 2 },
	{ "redir-tos-host", V4, 5, 3 }, { "normal-adv", V4, 9, 0 },
	{ "common-adv", V4, 9, 16 }, { "transit", V4, 11, 0 },
	{ "reassemb", V4, 11, 1 }, { "badhead", V4, 12, 0 },
	{ "optmiss", V4, 12, 1 }, { "badlen", V4, 12, 2 },
	{ "noroute-unr", V6, 1, 0 }, { "admin-unr", V6, 1, 1 },
	{ "beyond-unr", V6, 1, 2 }, { "addr-unr", V6, 1, 3 },
	{ "port-unr", V6, 1, 4 }, { "transit", V6, 3, 0 },
	{ "reassemb", V6, 3, 1 }, { "badhead", V6, 4, 0 },
	{ "nxthdr", V6, 4, 1 }, { "redironlink", V6, 137, 0 },
	{ "redirrouter", V6, 137, 1 }, { NULL, 0, 0, 0 } };

const struct pfctl_timeout pfctl_timeouts[] = { { "tcp.first",
						    PFTM_TCP_FIRST_PACKET },
	{ "tcp.opening", PFTM_TCP_OPENING },
	{ "tcp.established", PFTM_TCP_ESTABLISHED },
	{ "tcp.closing", PFTM_TCP_CLOSING },
	{ "tcp.finwait", PFTM_TCP_FIN_WAIT }, { "tcp.closed", PFTM_TCP_CLOSED },
	{ "tcp.tsdiff", PFTM_TS_DIFF }, { "udp.first", PFTM_UDP_FIRST_PACKET },
	{ "udp.single", PFTM_UDP_SINGLE },
	{ "udp.multiple", PFTM_UDP_MULTIPLE },
	{ "icmp.first", PFTM_ICMP_FIRST_PACKET },
	{ "icmp.error", PFTM_ICMP_ERROR_REPLY },
	{ "other.first", PFTM_OTHER_FIRST_PACKET },
	{ "other.single", PFTM_OTHER_SINGLE },
	{ "other.multiple", PFTM_OTHER_MULTIPLE }, { "frag", PFTM_FRAG },
	{ "interval", PFTM_INTERVAL },
	{ "adaptive.start", PFTM_ADAPTIVE_START },
	{ "adaptive.end", PFTM_ADAPTIVE_END }, { "src.track", PFTM_SRC_NODE },
	{ NULL, PFTM_MAX } };

static int
name_number(const struct name *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return (table->number);
	return (-1);
}

static const char *
number_name(const struct name *table, int number)
{
	for (; table->name != NULL; table++)
		if (table->number == number)
			return (table->name);
	return (NULL);
}

int
pfctl_proto_number(const char *name)
{
	const struct protoent *p;
	int n;

	if ((n = name_number(protos, name)) != -1)
		return (n);
	if ((p = getprotobyname(name)) == NULL || p->p_proto > UINT8_MAX)
		return (-1);
	return (p->p_proto);
}

const char *
pfctl_proto_name(uint8_t proto)
{
	return (number_name(protos, proto));
}

int
pfctl_service_port(const char *name)
{
	const struct servent *s;
	int n;

	if ((n = name_number(services, name)) != -1)
		return (n);
	if ((s = getservbyname(name, "tcp")) == NULL &&
	    (s = getservbyname(name, "udp")) == NULL)
		return (-1);
	return (ntohs((uint16_t)s->s_port));
}

/* Whether a name of the system's database could stand in a ruleset. */
static int
service_readable(const char *name)
{
	size_t n = strspn(name,
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return (n > 0 && name[n] == '\0' && n < PFCTL_NAMESIZ &&
	    strspn(name, "0123456789") != n);
}

const char *
pfctl_service_name(uint16_t port, uint8_t proto, char *buf)
{
	const struct servent *s;
	const char *known;

	if ((known = number_name(services, port)) != NULL)
		return (known);
	s = getservbyport(htons(port),
	    proto == PFCTL_PROTO_UDP ? "udp" : "tcp");
	if (s == NULL || !service_readable(s->s_name))
		return (NULL);
	strcpy(buf, s->s_name); /* the lookup below reuses *s */
	return (pfctl_service_port(buf) == port ? buf : NULL);
}

int
pfctl_icmp_type(uint8_t af, const char *name)
{
	const struct icmp_name *t;

	for (t = icmp_types; t->name != NULL; t++)
		if (t->af == af && strcmp(t->name, name) == 0)
			return (t->type);
	return (-1);
}

const char *
pfctl_icmp_type_name(uint8_t af, uint8_t type)
{
	const struct icmp_name *t;

	for (t = icmp_types; t->name != NULL; t++)
		if (t->af == af && t->type == type)
			return (t->name);
	return (NULL);
}

int
pfctl_icmp_code(uint8_t af, uint8_t type, const char *name)
{
	const struct icmp_name *c;

	for (c = icmp_codes; c->name != NULL; c++)
		if (c->af == af && c->type == type &&
		    strcmp(c->name, name) == 0)
			return (c->code);
	return (-1);
}

const char *
pfctl_icmp_code_name(uint8_t af, uint8_t type, uint8_t code)
{
	const struct icmp_name *c;

	for (c = icmp_codes; c->name != NULL; c++)
		if (c->af == af && c->type == type && c->code == code)
			return (c->name);
	return (NULL);
}

const struct pfctl_timeout *
pfctl_timeout_find(const char *name)
{
	const struct pfctl_timeout *t;

	for (t = pfctl_timeouts; t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return (t);
	return (NULL);
}

int
pfctl_flags_parse(const char *letters)
{
	const char *all = PFCTL_FLAG_LETTERS, *l;
	int flags = 0;

	for (; *letters != '\0'; letters++) {
		if ((l = strchr(all, *letters)) == NULL)
			return (-1);
		flags |= 1 << (l - all);
	}
	return (flags);
}
