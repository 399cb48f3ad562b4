/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfctl(8) for the hosted kernel.  What is asked for together is done in the
 * order -d, -F, -k, -f, -e, -s, but a ruleset is read before anything else: a
 * mistake in it leaves the kernel as it was.
 */

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/hosted/ctl.h"
#include "pfctl/parse.h"
#include "pfctl/print.h"
#include "pfctl/show.h"

struct options {
	const char *file;    /* -f */
	const char *flush;   /* -F, full name */
	const char *show;    /* -s, full name */
	const char *ifname;  /* -i */
	const char *kill[2]; /* -k */
	int nkill;
	int verbose;
	bool enable;
	bool disable;
	bool noaction;
	bool quiet;
};

static const char *const flushes[] = { "rules", "states", "info", "all", NULL };

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
	    "usage: pfctl [-dehnqv] [-F modifier] [-f file] "
	    "[-i interface]\n\t[-k host | network] [-s modifier]\n");
	exit(1);
}

static const char *
flush_lookup(const char *modifier)
{
	const char *const *f;

	for (f = flushes; *f != NULL && modifier[0] != '\0'; f++)
		if (strncmp(*f, modifier, strlen(modifier)) == 0)
			return (*f);
	return (NULL);
}

static void
set_ifname(struct pf_kill *k, const struct options *o)
{
	if (o->ifname != NULL)
		memcpy(k->ifname, o->ifname, strlen(o->ifname) + 1);
}

static void
set_running(int fd, bool on, const struct options *o)
{
	int error;

	error = ctl_call(fd, on ? CTL_START : CTL_STOP, NULL, 0, NULL, 0, NULL);
	if (error == (on ? EEXIST : ENOENT))
		errx(1, "pf %s enabled", on ? "already" : "not");
	if (error != 0)
		errx(1, "%s: %s", on ? "DIOCSTART" : "DIOCSTOP",
		    strerror(error));
	if (!o->quiet)
		fprintf(stderr, "pf %s\n", on ? "enabled" : "disabled");
}

static void
load(int fd, const struct pf_settings *settings, const struct pf_rule *rules,
    size_t nrules)
{
	size_t len = nrules * sizeof(*rules);
	struct ctl_ruleset *rs;
	int error;

	if ((rs = calloc(1, sizeof(*rs) + len)) == NULL)
		err(1, NULL);
	rs->settings = *settings;
	rs->nrules = (uint32_t)nrules;
	if (len > 0)
		memcpy(rs + 1, rules, len);
	error = ctl_call(fd, CTL_SETRULES, rs, sizeof(*rs) + len, NULL, 0,
	    NULL);
	free(rs);
	if (error != 0)
		errx(1, "pf rules not loaded: %s", strerror(error));
}

static void
flush_rules(int fd, const struct options *o)
{
	struct pf_settings settings;
	size_t n;

	free(show_get_rules(fd, &settings, &n));
	load(fd, &settings, NULL, 0);
	if (!o->quiet)
		fputs("rules cleared\n", stderr);
}

static void
flush_states(int fd, const struct options *o)
{
	struct pf_kill k;
	uint32_t n;

	memset(&k, 0, sizeof(k));
	set_ifname(&k, o);
	show_call(fd, CTL_CLRSTATES, "DIOCCLRSTATES", &k, sizeof(k), &n,
	    sizeof(n));
	if (!o->quiet)
		fprintf(stderr, "%u states cleared\n", n);
}

static void
flush_info(int fd, const struct options *o)
{
	show_call(fd, CTL_CLRSTATUS, "DIOCCLRSTATUS", NULL, 0, NULL, 0);
	if (!o->quiet)
		fputs("pf: statistics cleared\n", stderr);
}

static void
flush(int fd, const struct options *o)
{
	bool all = strcmp(o->flush, "all") == 0;

	if (all || strcmp(o->flush, "rules") == 0)
		flush_rules(fd, o);
	if (all || strcmp(o->flush, "states") == 0)
		flush_states(fd, o);
	if (all || strcmp(o->flush, "info") == 0)
		flush_info(fd, o);
}

static void
kill_address(const char *text, struct pf_rule_addr *a)
{
	if (pfctl_parse_address(text, a) != 0)
		errx(1, "-k %s: not an address or network", text);
}

static void
kill_states(int fd, const struct options *o, struct pf_kill *k)
{
	uint32_t n;

	set_ifname(k, o);
	show_call(fd, CTL_KILLSTATES, "DIOCKILLSTATES", k, sizeof(*k), &n,
	    sizeof(n));
	if (!o->quiet)
		fprintf(stderr,
		    "killed %u states from 1 sources and %d "
		    "destinations\n",
		    n, o->nkill - 1);
}

/* Reads and, with -v, prints the ruleset; exits if it is not one. */
static void
read_rules(const struct options *o, struct pf_ruleset_text *text)
{
	bool in = strcmp(o->file, "-") == 0;
	FILE *fp = in ? stdin : fopen(o->file, "r");
	size_t i;
	int error;

	if (fp == NULL)
		err(1, "%s", o->file);
	error = pfctl_parse(in ? "stdin" : o->file, fp, text, stderr);
	if (!in)
		fclose(fp);
	if (error == EINVAL)
		errx(1, "Syntax error in config file: pf rules not loaded");
	if (error != 0)
		errx(1, "%s: %s", o->file, strerror(error));
	if (o->verbose == 0)
		return;
	pfctl_print_settings(stdout, &text->settings);
	for (i = 0; i < text->nrules; i++) {
		if (o->verbose > 1)
			printf("@%zu ", i);
		pfctl_print_rule(stdout, &text->rules[i], &text->settings);
	}
}

static void
parse_arguments(int argc, char **argv, struct options *o)
{
	int ch;

	while ((ch = getopt(argc, argv, "deF:f:hi:k:nqs:v")) != -1)
		switch (ch) {
		case 'd':
			o->disable = true;
			break;
		case 'e':
			o->enable = true;
			break;
		case 'F':
			if ((o->flush = flush_lookup(optarg)) == NULL) {
				warnx("Unknown flush modifier '%s'", optarg);
				usage();
			}
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'i':
			if (strlen(optarg) >= PF_IFNAMSIZ)
				errx(1, "-i %s: name is too long", optarg);
			o->ifname = optarg;
			break;
		case 'k':
			if (o->nkill == 2) {
				warnx("can only specify -k twice");
				usage();
			}
			o->kill[o->nkill++] = optarg;
			break;
		case 'n':
			o->noaction = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 's':
			if ((o->show = show_lookup(optarg)) == NULL) {
				warnx("Unknown show modifier '%s'", optarg);
				usage();
			}
			break;
		case 'v':
			o->verbose++;
			break;
		default:
			usage();
		}
	if (optind < argc) {
		warnx("unknown command line argument: %s", argv[optind]);
		usage();
	}
	if (!o->disable && !o->enable && o->flush == NULL && o->file == NULL &&
	    o->show == NULL && o->nkill == 0)
		usage();
}

int
main(int argc, char **argv)
{
	struct options o = { .file = NULL };
	struct show_options so;
	struct pf_ruleset_text text = { .rules = NULL };
	struct pf_kill kills;
	bool change;
	int fd = -1;

	parse_arguments(argc, argv, &o);
	memset(&kills, 0, sizeof(kills));
	if (o.nkill > 0)
		kill_address(o.kill[0], &kills.src);
	if (o.nkill > 1)
		kill_address(o.kill[1], &kills.dst);
	if (o.file != NULL)
		read_rules(&o, &text);

	change = !o.noaction;
	if (change || o.show != NULL)
		fd = ctl_open("pfctl");
	if (change && o.disable)
		set_running(fd, false, &o);
	if (change && o.flush != NULL)
		flush(fd, &o);
	if (change && o.nkill > 0)
		kill_states(fd, &o, &kills);
	if (change && o.file != NULL)
		load(fd, &text.settings, text.rules, text.nrules);
	if (change && o.enable)
		set_running(fd, true, &o);
	if (o.show != NULL) {
		so = (struct show_options) { o.ifname, o.verbose };
		show(fd, o.show, &so);
	}

	pfctl_ruleset_free(&text);
	if (fd != -1)
		close(fd);
	if (fclose(stdout) != 0)
		err(1, "stdout");
	return (0);
}
