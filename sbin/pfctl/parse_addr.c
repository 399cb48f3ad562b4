/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where packets come from and go to: interfaces, addresses, ports.  Nothing is
 * resolved: a ruleset means the same whenever it is loaded.
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/parser.h"

/* Addresses of pf.conf(5) that need a kernel this one is not. */
static const char *const address_words[] = { "no-route", "route", "self",
	"urpf-failed", NULL };

static const struct {
	const char *text;
	uint8_t op;
} port_ops[] = { { "=", PF_OP_EQ }, { "!=", PF_OP_NE }, { "<", PF_OP_LT },
	{ "<=", PF_OP_LE }, { ">", PF_OP_GT }, { ">=", PF_OP_GE },
	{ NULL, PF_OP_NONE } };

bool
parse_ifname(struct parser *p, char *ifname)
{
	const char *c = p->tok.text;

	if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
		return (parse_error(p, "an interface is missing"));
	if (parse_is_word(p, "any"))
		return (parse_error(p, "interface \"any\" is not supported"));
	if (p->tok.len >= PF_IFNAMSIZ)
		return (parse_error(p, "interface name is longer than %d",
		    PF_IFNAMSIZ - 1));
	while (isalnum((unsigned char)*c) || (*c != '\0' && strchr("._-", *c)))
		c++;
	if (c == p->tok.text || *c != '\0')
		return (parse_error(p, "not an interface name"));
	memset(ifname, 0, PF_IFNAMSIZ);
	memcpy(ifname, p->tok.text, p->tok.len);
	parse_next(p);
	return (!p->failed);
}

/*
 * An address of digits only: IPv6, IPv4, or with a prefix length the first
 * bytes of IPv4 ("10.1/16").
 */
static bool
numeric(const char *text, bool prefix, struct pf_rule_addr *a)
{
	char full[sizeof("255.255.255.255")];
	const char *c;
	unsigned dots = 0;

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET6, text, a->addr) == 1) {
		a->af = PF_AF_INET6;
		return (true);
	}
	for (c = text; *c != '\0'; c++)
		dots += *c == '.';
	if (dots > 3 || (dots < 3 && !prefix) ||
	    (size_t)(c - text) + 2 * (3 - dots) >= sizeof(full))
		return (false);
	strcpy(full, text);
	while (dots++ < 3)
		strcat(full, ".0");
	a->af = PF_AF_INET;
	return (inet_pton(AF_INET, full, a->addr) == 1);
}

/* Cuts off what the prefix does not hold. */
static void
mask(struct pf_rule_addr *a)
{
	unsigned i;

	for (i = 0; i < sizeof(a->addr); i++)
		if (i * 8 >= a->plen)
			a->addr[i] = 0;
		else if (a->plen - i * 8 < 8)
			a->addr[i] &= (uint8_t)(0xff00 >> (a->plen - i * 8));
}

int
pfctl_parse_address(const char *text, struct pf_rule_addr *a)
{
	const char *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char address[INET6_ADDRSTRLEN];
	uint32_t plen, max;

	if (len >= sizeof(address))
		return (EINVAL);
	memcpy(address, text, len);
	address[len] = '\0';
	if (!numeric(address, slash != NULL, a))
		return (EINVAL);
	plen = max = a->af == PF_AF_INET ? 32 : 128;
	if (slash != NULL && !parse_number(slash + 1, max, &plen))
		return (EINVAL);
	a->plen = (uint8_t)plen;
	mask(a);
	return (0);
}

static bool
not_address(struct parser *p, const char *text, unsigned line, unsigned column)
{
	const char *const *w;

	for (w = address_words; *w != NULL; w++)
		if (strcmp(*w, text) == 0)
			return (parse_error_at(p, line, column,
			    "address \"%s\" is not supported", text));
	if (strspn(text, "0123456789.") == strlen(text) ||
	    strspn(text, "0123456789abcdefABCDEF:.") == strlen(text))
		return (parse_error_at(p, line, column,
		    "\"%.40s\" is not an address", text));
	return (parse_error_at(p, line, column,
	    "names are not resolved, an address is needed near \"%.40s\"",
	    text));
}

/* An address, maybe with /length; ! was read already. */
static bool
parse_address(struct parser *p, struct pf_rule_addr *a)
{
	char text[64];
	unsigned line = p->tok.line, column = p->tok.column;
	uint32_t plen, max;
	bool prefix;

	if (p->tok.kind == TOK_OP && strchr("(<", p->tok.text[0]) != NULL)
		return (parse_error(p,
		    parse_is_op(p, "(") ?
			"interface addresses are not supported" :
			"tables are not supported"));
	if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
		return (parse_error(p, "an address is missing"));
	if (p->tok.len >= sizeof(text))
		return (not_address(p, p->tok.text, line, column));
	memcpy(text, p->tok.text, p->tok.len + 1);
	parse_next(p);
	prefix = parse_accept_op(p, "/");
	if (p->failed)
		return (false);
	if (!numeric(text, prefix, a))
		return (not_address(p, text, line, column));
	max = a->af == PF_AF_INET ? 32 : 128;
	plen = max;
	if (prefix) {
		if (p->tok.kind != TOK_WORD ||
		    !parse_number(p->tok.text, max, &plen))
			return (parse_error(p, "bad prefix length"));
		parse_next(p);
	}
	a->plen = (uint8_t)plen;
	mask(a);
	return (!p->failed);
}

/*
 * [!] address, or any.  A prefix of length 0 holds everything of its family:
 * it keeps af until expand.c has used it.
 */
bool
parse_host(struct parser *p, void *list)
{
	struct pf_rule_addr a;
	unsigned line = p->tok.line, column = p->tok.column;
	bool neg = parse_accept_op(p, "!");

	memset(&a, 0, sizeof(a));
	if (parse_is_word(p, "any"))
		parse_next(p);
	else if (!parse_address(p, &a))
		return (false);
	a.neg = neg;
	if (neg && a.plen == 0)
		return (parse_error_at(p, line, column,
		    "nothing is left of \"any\" after \"!\""));
	return (parse_list_add(p, list, &a));
}

static bool
port_number(const char *text, uint16_t *port)
{
	uint32_t n;
	int known;

	if (!parse_number(text, UINT16_MAX, &n)) {
		if ((known = pfctl_service_port(text)) == -1)
			return (false);
		n = (uint32_t)known;
	}
	*port = (uint16_t)n;
	return (true);
}

/* n, name, n:m, or an operator and n. */
bool
parse_port(struct parser *p, void *list)
{
	struct port_text port = { PF_OP_EQ, { 0, 0 } };
	char text[2 * PFCTL_NAMESIZ], *colon;
	bool op = false;
	unsigned i;

	if (parse_is_op(p, "><") || parse_is_op(p, "<>"))
		return (parse_error(p, "no such port operator, say n:m"));
	for (i = 0; port_ops[i].text != NULL && !op; i++)
		if ((op = parse_accept_op(p, port_ops[i].text)))
			port.op = port_ops[i].op;
	if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
		return (parse_error(p, "a port is missing"));
	if (p->tok.len >= sizeof(text))
		return (parse_error(p, "unknown port"));
	memcpy(text, p->tok.text, p->tok.len + 1);
	if ((colon = strchr(text, ':')) != NULL) {
		if (op)
			return (parse_error(p, "a port range has no operator"));
		port.op = PF_OP_RRG;
		*colon++ = '\0';
	}
	if (!port_number(text, &port.port[0]) ||
	    (colon != NULL && !port_number(colon, &port.port[1])))
		return (parse_error(p, "unknown port"));
	if (colon != NULL && port.port[0] > port.port[1])
		return (parse_error(p, "port range runs backwards"));
	parse_next(p);
	if (parse_is_op(p, "><") || parse_is_op(p, "<>"))
		return (parse_error(p, "no such port operator, say n:m"));
	return (!p->failed && parse_list_add(p, list, &port));
}
