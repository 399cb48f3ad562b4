/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A fixed set of seeds of the simulator, by how packets find their way.  One
 * that fails says how to see it again; make soak runs others.
 */

#include <atf-c.h>

#include "tests/sim/plan.h"

#define FIRST 1
#define LAST  150

static void
run(enum sim_routing routing)
{
	uint64_t seed;
	unsigned failures = 0;

	for (seed = FIRST; seed <= LAST; seed++)
		if (seed % SIM_ROUTINGS == routing)
			failures += !sim_seed(seed, true, stderr);
	ATF_CHECK_EQ_MSG(0, failures, "%u seeds failed", failures);
}

ATF_TC_WITHOUT_HEAD(one_active);
ATF_TC_BODY(one_active, tc)
{
	run(SIM_ONE_ACTIVE);
}

ATF_TC_WITHOUT_HEAD(symmetric);
ATF_TC_BODY(symmetric, tc)
{
	run(SIM_SYMMETRIC);
}

ATF_TC_WITHOUT_HEAD(asymmetric);
ATF_TC_BODY(asymmetric, tc)
{
	run(SIM_ASYMMETRIC);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_active);
	ATF_TP_ADD_TC(tp, symmetric);
	ATF_TP_ADD_TC(tp, asymmetric);
	return (atf_no_error());
}
