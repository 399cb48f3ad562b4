/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interfaces, as pf knows them: names.  States hold their index, so an entry
 * is used again for another name only when no state holds it.  Entry
 * PF_KIF_ALL is "all", which floating states are bound to and no packet is on.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/pf/pf_impl.h"

/* Index of an interface that is attached, or "all"; else PF_KIF_NONE. */
uint16_t
pf_if_find(const struct pf *pf, const char *ifname)
{
	unsigned i;

	for (i = 0; i < pf->nkifs; i++)
		if (pf->kifs[i].attached &&
		    strncmp(pf->kifs[i].name, ifname, PF_IFNAMSIZ) == 0)
			return ((uint16_t)i);
	return (PF_KIF_NONE);
}

/* Whether "on ifname" means this one: by name, or by its group (em for em0). */
bool
pf_if_match(const struct pf_kif *kif, const char *ifname)
{

	return (strncmp(kif->name, ifname, PF_IFNAMSIZ) == 0 ||
	    strncmp(kif->group, ifname, PF_IFNAMSIZ) == 0);
}

static bool
pf_if_skipped(const struct pf *pf, const struct pf_kif *kif)
{
	unsigned i;

	for (i = 0; i < PF_SKIP_MAX && pf->settings.skip[i][0] != '\0'; i++)
		if (pf_if_match(kif, pf->settings.skip[i]))
			return (true);
	return (false);
}

/* Applies "set skip on" to the interfaces there are. */
void
pf_if_skip(struct pf *pf)
{
	unsigned i;

	for (i = PF_KIF_ALL + 1; i < pf->nkifs; i++)
		pf->kifs[i].skip = pf_if_skipped(pf, &pf->kifs[i]);
}

/* An entry to use: one left behind by a detached interface, or a new one. */
static struct pf_kif *
pf_if_entry(struct pf *pf)
{
	struct pf_kif *kifs;
	unsigned i;

	for (i = 0; i < pf->nkifs; i++)
		if (!pf->kifs[i].attached && pf->kifs[i].refs == 0)
			return (&pf->kifs[i]);
	if (pf->nkifs == PF_KIF_NONE)
		return (NULL);
	kifs = realloc(pf->kifs, (pf->nkifs + 1) * sizeof(*kifs));
	if (kifs == NULL)
		return (NULL);
	pf->kifs = kifs;
	return (&pf->kifs[pf->nkifs++]);
}

int
pf_if_attach(struct pf *pf, const char *ifname)
{
	struct pf_kif *kif = NULL;
	size_t len = strnlen(ifname, PF_IFNAMSIZ - 1);
	unsigned i;

	/* It may come back to states that waited for it. */
	for (i = 0; i < pf->nkifs && kif == NULL; i++)
		if (strncmp(pf->kifs[i].name, ifname, PF_IFNAMSIZ) == 0)
			kif = &pf->kifs[i];
	if (kif == NULL) {
		if ((kif = pf_if_entry(pf)) == NULL)
			return (ENOMEM);
		memset(kif, 0, sizeof(*kif));
		memcpy(kif->name, ifname, len);
		while (len > 0 && kif->name[len - 1] >= '0' &&
		    kif->name[len - 1] <= '9')
			len--;
		memcpy(kif->group, ifname, len);
	}
	kif->attached = true;
	kif->skip = pf_if_skipped(pf, kif);
	return (0);
}

void
pf_if_detach(struct pf *pf, const char *ifname)
{
	uint16_t i = pf_if_find(pf, ifname);

	if (i != PF_KIF_NONE && i != PF_KIF_ALL)
		pf->kifs[i].attached = false;
}

bool
pf_if_known(struct pf *pf, const char *ifname)
{

	return (pf_if_find(pf, ifname) != PF_KIF_NONE);
}
