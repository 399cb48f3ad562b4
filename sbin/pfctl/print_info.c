/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is not a rule or a state: settings, status, timeouts, limits.
 */

#include <arpa/inet.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/print.h"

static void
print_skip(FILE *fp, const struct pf_settings *s)
{
	unsigned i;

	if (s->skip[0][0] == '\0')
		return;
	fputs("set skip on {", fp);
	for (i = 0; i < PF_SKIP_MAX && s->skip[i][0] != '\0'; i++)
		fprintf(fp, " %.*s", PF_IFNAMSIZ, s->skip[i]);
	fputs(" }\n", fp);
}

void
pfctl_print_settings(FILE *fp, const struct pf_settings *s)
{
	const struct pfctl_timeout *t;
	struct pf_settings def;

	pf_settings_default(&def);
	print_skip(fp, s);
	for (t = pfctl_timeouts; t->name != NULL; t++)
		if (s->timeout[t->timeout] != def.timeout[t->timeout])
			fprintf(fp, "set timeout %s %u\n", t->name,
			    s->timeout[t->timeout]);
	if (s->limit_states != def.limit_states)
		fprintf(fp, "set limit states %u\n", s->limit_states);
	if (s->if_bound)
		fputs("set state-policy if-bound\n", fp);
	if (s->hostid != 0)
		fprintf(fp, "set hostid 0x%08x\n", (unsigned)ntohl(s->hostid));
}

static void
print_counter(FILE *fp, const char *name, uint64_t n, uint64_t seconds)
{
	fprintf(fp, "  %-25s %14ju ", name, (uintmax_t)n);
	if (seconds > 0)
		fprintf(fp, "%14.1f/s\n", (double)n / (double)seconds);
	else
		fprintf(fp, "%14s\n", "");
}

static void
print_traffic(FILE *fp, const struct pf_status *st)
{
	static const char *const directions[] = { "In", "Out" };
	unsigned i;

	fputs("Traffic\n", fp);
	for (i = 0; i < 2; i++) {
		fprintf(fp, "  Bytes %-19s %14ju\n", directions[i],
		    (uintmax_t)st->bytes[i]);
		fprintf(fp, "  Packets %s\n", directions[i]);
		fprintf(fp, "    %-23s %14ju\n    %-23s %14ju\n", "Passed",
		    (uintmax_t)st->packets[i][0], "Blocked",
		    (uintmax_t)st->packets[i][1]);
	}
	putc('\n', fp);
}

void
pfctl_print_status(FILE *fp, const struct pf_status *st, uint64_t now,
    int verbose)
{
	const struct {
		const char *name;
		uint64_t n;
	} counters[] = { { "match", st->match },
		{ "bad-offset", st->bad_offset }, { "fragment", st->fragment },
		{ "memory", st->memory }, { "ip-option", st->ip_option },
		{ "state-mismatch", st->state_mismatch },
		{ "state-insert", st->state_insert },
		{ "state-limit", st->state_limit } };
	uint64_t s = 0;
	char line[80];
	unsigned i;

	if (st->running && now > st->since)
		s = (now - st->since) / 1000;
	snprintf(line, sizeof(line), "Status: %s", "Disabled");
	if (st->running)
		snprintf(line, sizeof(line),
		    "Status: Enabled for %ju days %.2u:%.2u:%.2u",
		    (uintmax_t)(s / 86400), (unsigned)(s / 3600 % 24),
		    (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	fprintf(fp, "%s\n\n", line);
	if (verbose > 0) {
		fprintf(fp, "Hostid:   0x%08x\nChecksum: 0x",
		    (unsigned)ntohl(st->hostid));
		for (i = 0; i < sizeof(st->checksum); i++)
			fprintf(fp, "%02x", st->checksum[i]);
		fputs("\n\n", fp);
		print_traffic(fp, st);
	}
	fprintf(fp, "%-27s %14s %16s\n", "State Table", "Total", "Rate");
	fprintf(fp, "  %-25s %14u %14s\n", "current entries", st->states, "");
	print_counter(fp, "searches", st->searches, s);
	print_counter(fp, "inserts", st->inserts, s);
	print_counter(fp, "removals", st->removals, s);
	fputs("Counters\n", fp);
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		print_counter(fp, counters[i].name, counters[i].n, s);
}

void
pfctl_print_timeouts(FILE *fp, const struct pf_settings *s)
{
	const struct pfctl_timeout *t;
	bool states;

	for (t = pfctl_timeouts; t->name != NULL; t++) {
		states = t->timeout == PFTM_ADAPTIVE_START ||
		    t->timeout == PFTM_ADAPTIVE_END;
		fprintf(fp, "%-20s %10u%s\n", t->name, s->timeout[t->timeout],
		    states ? " states" : "s");
	}
}

void
pfctl_print_limits(FILE *fp, const struct pf_settings *s)
{
	fprintf(fp, "%-13s ", "states");
	if (s->limit_states == 0)
		fputs("unlimited\n", fp);
	else
		fprintf(fp, "hard limit %8u\n", s->limit_states);
}
