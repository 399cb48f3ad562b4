/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who may use pfsync0.  pf calls from anywhere, with any lock; while a call is
 * inside, pfsync0 is not destroyed.
 */

#include "os/netbsd/softc.h"

#include <sys/condvar.h>
#include <netinet/in_systm.h>
#include <net/pfvar.h>

#include "os/netbsd/if_pfsync.h"

static struct pfsync_softc bulk_marks;
struct pfsync_softc *const pfsyncif = &bulk_marks;

static struct pfsync_dev *pfsync0; /* [G] to write; a hint to read */
static kmutex_t gate;
static kcondvar_t left;

void
pfsync_gate_init(void)
{
	mutex_init(&gate, MUTEX_DEFAULT, IPL_VM);
	cv_init(&left, "pfsyncgo");
}

void
pfsync_gate_open(struct pfsync_dev *dev)
{
	mutex_enter(&gate);
	KASSERT(pfsync0 == NULL);
	pfsync0 = dev;
	mutex_exit(&gate);
}

void
pfsync_gate_shut(struct pfsync_dev *dev)
{
	mutex_enter(&gate);
	KASSERT(pfsync0 == dev);
	pfsync0 = NULL;
	while (dev->users > 0)
		cv_wait(&left, &gate);
	mutex_exit(&gate);
}

struct pfsync_dev *
pfsync_enter(void)
{
	struct pfsync_dev *dev;

	if (pfsync0 == NULL)
		return (NULL);
	mutex_enter(&gate);
	dev = pfsync0;
	if (dev != NULL)
		dev->users++;
	mutex_exit(&gate);
	return (dev);
}

void
pfsync_leave(struct pfsync_dev *dev)
{
	mutex_enter(&gate);
	if (--dev->users == 0)
		cv_broadcast(&left);
	mutex_exit(&gate);
}

void
pfsync_big_lock(void)
{
	KERNEL_LOCK(1, NULL);
	mutex_enter(softnet_lock);
}

void
pfsync_big_unlock(void)
{
	mutex_exit(softnet_lock);
	KERNEL_UNLOCK_ONE(NULL);
}
