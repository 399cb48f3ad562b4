/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A run of the demonstration: connections through firewall A, which is killed,
 * and on through B.
 */

#ifndef _DEMO_RUN_H_
#define _DEMO_RUN_H_

#include <sys/types.h>

struct run_result {
	unsigned	connections;
	unsigned	survived;	/* went on to their ends, whole */
	unsigned	corrupt;	/* received what had not been sent */
};

/*
 * In the working directory, with firewalls A and B there.  victim is A's
 * process; command (may be NULL) is run by sh when half of everything has
 * arrived, while the connections stay open.  Prints what happens.  Exits with a
 * message when there is nothing to measure: connections do not open through A,
 * or a firewall does not forward even pings.
 */
void	run(unsigned connections, pid_t victim, const char *command,
	    struct run_result *);

#endif /* _DEMO_RUN_H_ */
