/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the steps of a plan do: of the table in op.c.
 */

#ifndef _SIM_OP_H_
#define _SIM_OP_H_

#include "tests/sim/plan.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Calls fn in so many ms. */
void	sim_later(struct sim *, unsigned ms, clock_fn *, void *arg);
/* A clock_fn: an unsigned becomes 0 again. */
void	sim_mend_one(void *arg, uint64_t, uint8_t *, size_t);

/* op_host.c: what happens to a firewall. */
typedef void sim_op_fn(struct sim *, const unsigned *arg);
sim_op_fn sim_op_crash, sim_op_boot, sim_op_pause, sim_op_sendfail,
    sim_op_nomem, sim_op_cable, sim_op_down, sim_op_detach, sim_op_recreate;

/* op_admin.c: what an administrator does to it. */
sim_op_fn sim_op_mtu, sim_op_maxupd, sim_op_version, sim_op_defer, sim_op_bulk,
    sim_op_transport, sim_op_resync, sim_op_kill, sim_op_clear;

/* What arguments of these are numbers of; SIM_TRANSPORTS is another. */
#define SIM_SEND_ERRORS	3
#define SIM_MTUS	6
#define SIM_FORMATS	6
#define SIM_RATES	4
#define SIM_IFNAMES	3

/* pfsync0 has been told something: it may ask for everything. */
void	sim_op_configured(struct sim_host *);

#endif /* _SIM_OP_H_ */
