/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rules as pfctl -s rules shows them.
 *
 * Invariant: what is printed for a rule that the parser made is read back as
 * the same rule.
 */

#include <arpa/inet.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/print.h"

static void
print_address(FILE *fp, const struct pf_rule_addr *a)
{
	char text[INET6_ADDRSTRLEN];
	unsigned max = a->af == PF_AF_INET6 ? 128 : 32;

	if (a->af == 0) {
		fputs("any", fp);
		return;
	}
	if (inet_ntop(a->af == PF_AF_INET6 ? AF_INET6 : AF_INET, a->addr, text,
		sizeof(text)) == NULL)
		return;
	fprintf(fp, "%s%s", a->neg ? "! " : "", text);
	if (a->plen < max)
		fprintf(fp, "/%u", a->plen);
}

/* "= http", "1024:65535"; ranges and orders have no names */
static void
print_port_op(FILE *fp, const struct pf_rule_addr *a, uint8_t proto)
{
	static const char *const ops[] = { [PF_OP_EQ] = "=",
		[PF_OP_NE] = "!=",
		[PF_OP_LT] = "<",
		[PF_OP_LE] = "<=",
		[PF_OP_GT] = ">",
		[PF_OP_GE] = ">=" };
	char buf[PFCTL_NAMESIZ];
	const char *name = NULL;

	if (a->port_op == PF_OP_NONE || a->port_op > PF_OP_GE)
		return;
	if (a->port_op == PF_OP_RRG) {
		fprintf(fp, " port %u:%u", a->port[0], a->port[1]);
		return;
	}
	if (a->port_op == PF_OP_EQ || a->port_op == PF_OP_NE)
		name = pfctl_service_name(a->port[0], proto, buf);
	if (name != NULL)
		fprintf(fp, " port %s %s", ops[a->port_op], name);
	else
		fprintf(fp, " port %s %u", ops[a->port_op], a->port[0]);
}

static void
print_from_to(FILE *fp, const struct pf_rule *r)
{
	if (r->src.af == 0 && r->dst.af == 0 && r->src.port_op == PF_OP_NONE &&
	    r->dst.port_op == PF_OP_NONE) {
		fputs(" all", fp);
		return;
	}
	fputs(" from ", fp);
	print_address(fp, &r->src);
	print_port_op(fp, &r->src, r->proto);
	fputs(" to ", fp);
	print_address(fp, &r->dst);
	print_port_op(fp, &r->dst, r->proto);
}

static void
print_flags(FILE *fp, uint8_t flags)
{
	const char *letters = PFCTL_FLAG_LETTERS;
	unsigned i;

	for (i = 0; letters[i] != '\0'; i++)
		if (flags & (1U << i))
			putc(letters[i], fp);
}

static void
print_tcp_flags(FILE *fp, const struct pf_rule *r)
{
	if (r->flagset != 0) {
		fputs(" flags ", fp);
		print_flags(fp, r->flags);
		putc('/', fp);
		print_flags(fp, r->flagset);
	} else if (r->action == PF_PASS && r->keep_state != PF_NOSTATE &&
	    (r->proto == 0 || r->proto == PFCTL_PROTO_TCP))
		fputs(" flags any", fp);
}

static void
print_icmp(FILE *fp, const struct pf_rule *r)
{
	uint8_t type = (uint8_t)(r->icmp_type - 1);
	uint8_t code = (uint8_t)(r->icmp_code - 1);
	const char *name;

	if (r->icmp_type == 0)
		return;
	fputs(r->af == PF_AF_INET6 ? " icmp6-type " : " icmp-type ", fp);
	if ((name = pfctl_icmp_type_name(r->af, type)) != NULL)
		fputs(name, fp);
	else
		fprintf(fp, "%u", type);
	if (r->icmp_code == 0)
		return;
	if ((name = pfctl_icmp_code_name(r->af, type, code)) != NULL)
		fprintf(fp, " code %s", name);
	else
		fprintf(fp, " code %u", code);
}

/* Opens the list with its first item: "(", then ", ", at last ")". */
static void
separate(FILE *fp, bool *any)
{
	fputs(*any ? ", " : " (", fp);
	*any = true;
}

static void
print_state_options(FILE *fp, const struct pf_rule *r, bool default_bound)
{
	const struct pfctl_timeout *t;
	bool any = false;

	if (r->max_states != 0) {
		separate(fp, &any);
		fprintf(fp, "max %u", r->max_states);
	}
	if (r->nosync) {
		separate(fp, &any);
		fputs("no-sync", fp);
	}
	if (r->if_bound || default_bound) {
		separate(fp, &any);
		fputs(r->if_bound ? "if-bound" : "floating", fp);
	}
	if (r->sloppy) {
		separate(fp, &any);
		fputs("sloppy", fp);
	}
	for (t = pfctl_timeouts; t->name != NULL; t++)
		if (r->timeout[t->timeout] != PFTM_UNSET) {
			separate(fp, &any);
			fprintf(fp, "%s %u", t->name, r->timeout[t->timeout]);
		}
	if (any)
		putc(')', fp);
}

static void
print_translation(FILE *fp, const struct pf_rule *r)
{
	if (r->translate == PF_NONAT)
		return;
	fputs(r->translate == PF_NAT ? " nat-to " : " rdr-to ", fp);
	print_address(fp, &r->xlate);
	if (r->xlate.port[0] != 0)
		fprintf(fp, " port %u", r->xlate.port[0]);
	if (r->xlate.port[1] != 0)
		fprintf(fp, ":%u", r->xlate.port[1]);
	if (r->static_port)
		fputs(" static-port", fp);
}

void
pfctl_print_rule(FILE *fp, const struct pf_rule *r,
    const struct pf_settings *settings)
{
	const char *proto;

	fputs(r->action == PF_PASS ? "pass" : "block drop", fp);
	if (r->direction == PF_IN)
		fputs(" in", fp);
	else if (r->direction == PF_OUT)
		fputs(" out", fp);
	if (r->log)
		fputs(" log", fp);
	if (r->quick)
		fputs(" quick", fp);
	if (r->ifname[0] != '\0')
		fprintf(fp, " on %s%.*s", r->ifnot ? "! " : "",
		    (int)sizeof(r->ifname), r->ifname);
	if (r->af != 0)
		fputs(r->af == PF_AF_INET6 ? " inet6" : " inet", fp);
	if ((proto = pfctl_proto_name(r->proto)) != NULL)
		fprintf(fp, " proto %s", proto);
	else if (r->proto != 0)
		fprintf(fp, " proto %u", r->proto);
	print_from_to(fp, r);
	print_tcp_flags(fp, r);
	print_icmp(fp, r);
	if (r->keep_state != PF_NOSTATE) {
		fputs(" keep state", fp);
		print_state_options(fp, r,
		    settings != NULL && settings->if_bound);
	} else if (r->action == PF_PASS)
		fputs(" no state", fp);
	if (r->allow_opts)
		fputs(" allow-opts", fp);
	if (r->label[0] != '\0')
		fprintf(fp, " label \"%.*s\"", (int)sizeof(r->label), r->label);
	print_translation(fp, r);
	putc('\n', fp);
}

void
pfctl_print_rule_stats(FILE *fp, const struct pf_rule_stats *s)
{
	fprintf(fp,
	    "  [ Evaluations: %-8ju  Packets: %-8ju  Bytes: %-10ju  "
	    "States: %-6ju]\n  [ State Creations: %-6ju]\n",
	    (uintmax_t)s->evaluations, (uintmax_t)s->packets,
	    (uintmax_t)s->bytes, (uintmax_t)s->states, (uintmax_t)s->created);
}
