/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Puts rulesets and settings in force.  They come from a parser that may be
 * wrong or hostile, so everything that is used as an index, a length or a
 * string is checked here, once.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/pf/pf_impl.h"

/* pf.conf(5).  The adaptive bounds depend on the limit of states. */
static const uint32_t default_timeout[PFTM_MAX] = {
	[PFTM_TCP_FIRST_PACKET] = 120,
	[PFTM_TCP_OPENING] = 30,
	[PFTM_TCP_ESTABLISHED] = 24 * 60 * 60,
	[PFTM_TCP_CLOSING] = 15 * 60,
	[PFTM_TCP_FIN_WAIT] = 45,
	[PFTM_TCP_CLOSED] = 90,
	[PFTM_UDP_FIRST_PACKET] = 60,
	[PFTM_UDP_SINGLE] = 30,
	[PFTM_UDP_MULTIPLE] = 60,
	[PFTM_ICMP_FIRST_PACKET] = 20,
	[PFTM_ICMP_ERROR_REPLY] = 10,
	[PFTM_OTHER_FIRST_PACKET] = 60,
	[PFTM_OTHER_SINGLE] = 30,
	[PFTM_OTHER_MULTIPLE] = 60,
	[PFTM_FRAG] = 30,
	[PFTM_INTERVAL] = 10,
	[PFTM_ADAPTIVE_START] = PFTM_UNSET,
	[PFTM_ADAPTIVE_END] = PFTM_UNSET,
	[PFTM_SRC_NODE] = 0,
	[PFTM_TS_DIFF] = 30,
};

void
pf_settings_default(struct pf_settings *settings)
{

	memset(settings, 0, sizeof(*settings));
	memcpy(settings->timeout, default_timeout, sizeof(default_timeout));
	settings->limit_states = PF_LIMIT_STATES;
}

static bool
is_string(const char *s, size_t size)
{

	return (memchr(s, '\0', size) != NULL);
}

static bool
af_ok(uint8_t af)
{

	return (af == 0 || af == PF_AF_INET || af == PF_AF_INET6);
}

static bool
addr_ok(const struct pf_rule_addr *a)
{

	return (af_ok(a->af) && a->plen <= pf_addr_len(a->af) * 8 &&
	    (a->af != 0 || a->plen == 0) && a->port_op <= PF_OP_GE);
}

static bool
translate_ok(const struct pf_rule *r)
{

	if (r->translate == PF_NONAT)
		return (true);
	return (r->translate <= PF_RDR && r->action == PF_PASS &&
	    r->xlate.af != 0 && !r->xlate.neg &&
	    (r->xlate.port[1] == 0 || r->xlate.port[0] <= r->xlate.port[1]));
}

static bool
rule_ok(const struct pf_rule *r)
{

	return (is_string(r->ifname, sizeof(r->ifname)) &&
	    is_string(r->label, sizeof(r->label)) && addr_ok(&r->src) &&
	    addr_ok(&r->dst) && addr_ok(&r->xlate) && af_ok(r->af) &&
	    r->action <= PF_DROP && r->direction <= PF_OUT &&
	    r->keep_state <= PF_KEEP_STATE && translate_ok(r));
}

static bool
settings_ok(const struct pf_settings *s)
{
	unsigned i;

	for (i = 0; i < PF_SKIP_MAX; i++)
		if (!is_string(s->skip[i], sizeof(s->skip[i])))
			return (false);
	return (s->timeout[PFTM_INTERVAL] != 0);
}

/* Copies settings, with a value for whatever was left unset. */
static void
settings_resolve(struct pf_settings *to, const struct pf_settings *from)
{
	uint64_t limit = from->limit_states;
	unsigned i;

	*to = *from;
	for (i = 0; i < PFTM_MAX; i++)
		if (to->timeout[i] == PFTM_UNSET)
			to->timeout[i] = default_timeout[i];
	if (to->timeout[PFTM_ADAPTIVE_START] == PFTM_UNSET)
		to->timeout[PFTM_ADAPTIVE_START] = (uint32_t)(limit * 6 / 10);
	limit = limit * 12 / 10;
	if (to->timeout[PFTM_ADAPTIVE_END] == PFTM_UNSET)
		to->timeout[PFTM_ADAPTIVE_END] = limit < PFTM_UNSET ?
		    (uint32_t)limit :
		    PFTM_UNSET - 1;
}

/* Frees a rule that is in no ruleset any more once no state is left of it. */
void
pf_krule_release(struct pf_krule *rule)
{

	if (rule->nr == UINT32_MAX && rule->stats.states == 0)
		free(rule);
}

/* Lets go of the rules in force; states may keep some of them. */
void
pf_krules_free(struct pf *pf)
{
	size_t i;

	for (i = 0; i < pf->nrules; i++) {
		pf->krules[i]->nr = UINT32_MAX;
		pf_krule_release(pf->krules[i]);
	}
	free(pf->krules);
	free(pf->rules);
	pf->krules = NULL;
	pf->rules = NULL;
	pf->nrules = 0;
}

static struct pf_krule **
krules_make(const struct pf_rule *rules, size_t nrules)
{
	struct pf_krule **krules;
	size_t i;

	if ((krules = calloc(nrules + 1, sizeof(*krules))) == NULL)
		return (NULL);
	for (i = 0; i < nrules; i++) {
		if ((krules[i] = calloc(1, sizeof(**krules))) == NULL) {
			while (i-- > 0)
				free(krules[i]);
			free(krules);
			return (NULL);
		}
		krules[i]->nr = (uint32_t)i;
		memcpy(krules[i]->timeout, rules[i].timeout,
		    sizeof(krules[i]->timeout));
	}
	return (krules);
}

/* ENOMEM, or the rules are in force. */
static int
rules_load(struct pf *pf, const struct pf_rule *rules, size_t nrules,
    const uint8_t checksum[16])
{
	struct pf_krule **krules;
	struct pf_rule *copy;

	if ((copy = calloc(nrules + 1, sizeof(*copy))) == NULL)
		return (ENOMEM);
	if ((krules = krules_make(rules, nrules)) == NULL) {
		free(copy);
		return (ENOMEM);
	}
	if (nrules > 0)
		memcpy(copy, rules, nrules * sizeof(*copy));
	pf_krules_free(pf);
	pf->rules = copy;
	pf->krules = krules;
	pf->nrules = nrules;
	memcpy(pf->status.checksum, checksum, sizeof(pf->status.checksum));
	return (0);
}

int
pf_load(struct pf *pf, const struct pf_settings *settings,
    const struct pf_rule *rules, size_t nrules)
{
	uint8_t checksum[16];
	size_t i;
	int error;

	if (nrules > PF_RULES_MAX || !settings_ok(settings))
		return (EINVAL);
	for (i = 0; i < nrules; i++)
		if (!rule_ok(&rules[i]))
			return (EINVAL);
	pf_rules_checksum(rules, nrules, checksum);
	/* The same rules again: they stay, and states stay theirs. */
	if (pf->rules == NULL || nrules != pf->nrules ||
	    memcmp(checksum, pf->status.checksum, sizeof(checksum)) != 0) {
		error = rules_load(pf, rules, nrules, checksum);
		if (error != 0)
			return (error);
	}
	settings_resolve(&pf->settings, settings);
	if (settings->hostid != 0)
		pf->status.hostid = settings->hostid;
	pf->settings.hostid = pf->status.hostid;
	pf_if_skip(pf);
	return (0);
}
