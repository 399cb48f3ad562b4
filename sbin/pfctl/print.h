/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rules, states and tables in the form pfctl(8) shows them, FreeBSD's.  What
 * is printed may have come over a socket: no field is trusted to be in range
 * or terminated.
 */

#ifndef _PFCTL_PRINT_H_
#define _PFCTL_PRINT_H_

#include <stdint.h>
#include <stdio.h>

#include "net/pfsync/state.h"
#include "os/hosted/pf/pf.h"
#include "os/hosted/pf/pf_rule.h"

/*
 * One rule on one line, as pfctl_parse() reads it back to the same rule.
 * settings: in force with it (may be NULL for the defaults).
 */
void	pfctl_print_rule(FILE *, const struct pf_rule *,
	    const struct pf_settings *settings);

/* The lines that follow a rule in pfctl -v -s rules. */
void	pfctl_print_rule_stats(FILE *, const struct pf_rule_stats *);

/* What differs from the defaults, as "set" statements. */
void	pfctl_print_settings(FILE *, const struct pf_settings *);

/* verbose: 0, 1 (-v: sequence numbers, age, counters) or 2 (-vv: ids). */
void	pfctl_print_state(FILE *, const struct psync_state *, int verbose);

/* now: ms, of the clock that status->since was read from. */
void	pfctl_print_status(FILE *, const struct pf_status *, uint64_t now,
	    int verbose);
void	pfctl_print_timeouts(FILE *, const struct pf_settings *);
void	pfctl_print_limits(FILE *, const struct pf_settings *);

#endif /* _PFCTL_PRINT_H_ */
