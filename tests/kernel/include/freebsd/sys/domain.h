/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_DOMAIN_H_
#define _STANDIN_SYS_DOMAIN_H_

struct domain {
	int	dom_family;
};

#endif /* _STANDIN_SYS_DOMAIN_H_ */
