/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pf's life, and what it tells of itself.
 */

#include <stdlib.h>
#include <string.h>

#include "os/hosted/pf/pf_impl.h"

static uint64_t
random64(struct pf *pf)
{
	uint64_t high = pf->env.random(pf->env.ctx);

	return (high << 32 | pf->env.random(pf->env.ctx));
}

static bool
pf_init(struct pf *pf)
{
	struct pf_settings settings;
	unsigned tab;

	for (tab = 0; tab < PF_TABS; tab++) {
		pf->rows[tab] = calloc(PF_ROWS, sizeof(*pf->rows[tab]));
		if (pf->rows[tab] == NULL)
			return (false);
	}
	if (pf_if_attach(pf, "all") != 0)
		return (false);
	pf_settings_default(&settings);
	return (pf_load(pf, &settings, NULL, 0) == 0);
}

struct pf *
pf_create(const struct pf_env *env, uint32_t hostid)
{
	struct pf *pf = calloc(1, sizeof(*pf));

	if (pf == NULL)
		return (NULL);
	pf->env = *env;
	while (hostid == 0)
		hostid = env->random(env->ctx);
	pf->status.hostid = hostid;
	pf->seed[0] = random64(pf);
	pf->seed[1] = random64(pf);
	/* Ids of a former life are not met again. */
	pf->next_id = (uint64_t)env->random(env->ctx) << 32 | 1;
	pf->purge.last = env->now(env->ctx);
	if (!pf_init(pf)) {
		pf_destroy(pf);
		return (NULL);
	}
	return (pf);
}

void
pf_destroy(struct pf *pf)
{
	unsigned tab;

	if (pf == NULL)
		return;
	/* Without them states are only memory, but for their rules. */
	if (pf->kifs != NULL)
		pf_states_clear(pf, 0, "", false);
	pf_krules_free(pf);
	pf_slab_destroy(&pf->slab);
	for (tab = 0; tab < PF_TABS; tab++)
		free(pf->rows[tab]);
	free(pf->kifs);
	free(pf);
}

void
pf_enable(struct pf *pf, bool on)
{

	if (on && !pf->status.running)
		pf->status.since = pf->env.now(pf->env.ctx);
	pf->status.running = on;
}

const struct pf_settings *
pf_settings(struct pf *pf)
{

	return (&pf->settings);
}

const struct pf_rule *
pf_rules(struct pf *pf, size_t *nrules)
{

	*nrules = pf->nrules;
	return (pf->rules);
}

void
pf_rule_stats(struct pf *pf, size_t rule, struct pf_rule_stats *stats)
{

	memset(stats, 0, sizeof(*stats));
	if (rule < pf->nrules)
		*stats = pf->krules[rule]->stats;
}

const uint8_t *
pf_checksum(struct pf *pf)
{

	return (pf->status.checksum);
}

uint32_t
pf_hostid(struct pf *pf)
{

	return (pf->status.hostid);
}

void
pf_status(struct pf *pf, struct pf_status *status)
{

	*status = pf->status;
	status->limit_states = pf->settings.limit_states;
}
