/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfctl -s: asks the kernel and prints.
 */

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pfctl/print.h"
#include "pfctl/show.h"

#define PAGE_STATES 1000U /* asked for at a time */

void
show_call(int fd, enum ctl_command command, const char *what, const void *in,
    size_t inlen, void *out, size_t outlen)
{
	size_t got = 0;
	int error = ctl_call(fd, command, in, inlen, out, outlen, &got);

	if (error == 0 && got != outlen)
		error = EPROTO;
	if (error != 0)
		errx(1, "%s: %s", what, strerror(error));
}

struct ctl_rule *
show_get_rules(int fd, struct pf_settings *settings, size_t *n)
{
	size_t size, got = 0;
	struct ctl_ruleset head;
	struct ctl_rule *rules;
	char *buf;
	int error;

	size = sizeof(head) + PF_RULES_MAX * sizeof(*rules);
	if ((buf = malloc(size)) == NULL)
		err(1, NULL);
	error = ctl_call(fd, CTL_GETRULES, NULL, 0, buf, size, &got);
	if (error == 0 && got >= sizeof(head))
		memcpy(&head, buf, sizeof(head));
	if (error == 0 &&
	    (got < sizeof(head) || head.nrules > PF_RULES_MAX ||
		got != sizeof(head) + head.nrules * sizeof(*rules)))
		error = EPROTO;
	if (error != 0)
		errx(1, "DIOCGETRULES: %s", strerror(error));
	if ((rules = calloc(head.nrules + 1, sizeof(*rules))) == NULL)
		err(1, NULL);
	memcpy(rules, buf + sizeof(head), head.nrules * sizeof(*rules));
	free(buf);
	*settings = head.settings;
	*n = head.nrules;
	return (rules);
}

/* One of the things to show, with a title if there are more of them. */
struct section {
	const char *title; /* NULL: none */
	bool first;	   /* nothing was shown before */
	bool begun;
};

static void
begin(struct section *s)
{
	if (s->title != NULL && !s->begun)
		printf("%s%s\n", s->first ? "" : "\n", s->title);
	s->begun = true;
}

static void
show_rules(int fd, struct section *s, const struct show_options *o)
{
	struct pf_settings settings;
	struct ctl_rule *rules;
	size_t i, n;

	rules = show_get_rules(fd, &settings, &n);
	for (i = 0; i < n; i++) {
		begin(s);
		if (o->verbose > 1)
			printf("@%zu ", i);
		pfctl_print_rule(stdout, &rules[i].rule, &settings);
		if (o->verbose > 0)
			pfctl_print_rule_stats(stdout, &rules[i].stats);
	}
	free(rules);
}

static bool
is_on(const struct psync_state *st, const char *ifname)
{
	return (ifname == NULL ||
	    strncmp(st->ifname, ifname, sizeof(st->ifname)) == 0 ||
	    strncmp(st->orig_ifname, ifname, sizeof(st->orig_ifname)) == 0);
}

static void
show_states(int fd, struct section *s, const struct show_options *o)
{
	size_t got = 0, i, size;
	struct ctl_page page = { .cursor = 0 };
	struct psync_state st;
	char *buf;
	int error;

	size = sizeof(page) + PAGE_STATES * sizeof(st);
	if ((buf = malloc(size)) == NULL)
		err(1, NULL);
	do {
		page.count = PAGE_STATES;
		error = ctl_call(fd, CTL_GETSTATES, &page, sizeof(page), buf,
		    size, &got);
		if (error == 0 && got >= sizeof(page))
			memcpy(&page, buf, sizeof(page));
		if (error == 0 &&
		    (got < sizeof(page) || page.count > PAGE_STATES ||
			(page.count == 0 && page.more != 0) ||
			got != sizeof(page) + page.count * sizeof(st)))
			error = EPROTO;
		if (error != 0)
			errx(1, "DIOCGETSTATES: %s", strerror(error));
		for (i = 0; i < page.count; i++) {
			memcpy(&st, buf + sizeof(page) + i * sizeof(st),
			    sizeof(st));
			if (!is_on(&st, o->ifname))
				continue;
			begin(s);
			pfctl_print_state(stdout, &st, o->verbose);
		}
	} while (page.more != 0);
	free(buf);
}

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

static void
show_info(int fd, struct section *s, const struct show_options *o)
{
	struct pf_status status;

	show_call(fd, CTL_GETSTATUS, "DIOCGETSTATUS", NULL, 0, &status,
	    sizeof(status));
	begin(s);
	pfctl_print_status(stdout, &status, now_ms(), o->verbose);
}

static void
show_timeouts(int fd, struct section *s, const struct show_options *o)
{
	struct pf_settings settings;
	size_t n;

	(void)o;
	free(show_get_rules(fd, &settings, &n));
	begin(s);
	pfctl_print_timeouts(stdout, &settings);
}

static void
show_memory(int fd, struct section *s, const struct show_options *o)
{
	struct pf_settings settings;
	size_t n;

	(void)o;
	free(show_get_rules(fd, &settings, &n));
	begin(s);
	pfctl_print_limits(stdout, &settings);
}

/* In the order in which "all" shows them; "all" itself has no function. */
static const struct {
	const char *name;
	const char *title;
	void (*show)(int, struct section *, const struct show_options *);
} shows[] = { { "rules", "FILTER RULES:", show_rules },
	{ "states", "STATES:", show_states }, { "info", "INFO:", show_info },
	{ "timeouts", "TIMEOUTS:", show_timeouts },
	{ "memory", "LIMITS:", show_memory }, { "all", NULL, NULL } };

#define NSHOWS (sizeof(shows) / sizeof(shows[0]))

const char *
show_lookup(const char *modifier)
{
	size_t i;

	for (i = 0; i < NSHOWS && modifier[0] != '\0'; i++)
		if (strncmp(shows[i].name, modifier, strlen(modifier)) == 0)
			return (shows[i].name);
	return (NULL);
}

void
show(int fd, const char *name, const struct show_options *o)
{
	bool all = strcmp(name, "all") == 0, first = true;
	struct section s;
	size_t i;

	for (i = 0; i < NSHOWS; i++) {
		if (shows[i].show == NULL ||
		    (!all && strcmp(shows[i].name, name) != 0))
			continue;
		s = (struct section) { all ? shows[i].title : NULL, first,
			false };
		shows[i].show(fd, &s, o);
		first = first && !s.begun;
	}
}
