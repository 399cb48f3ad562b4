/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_IOCONF_H_
#define _STANDIN_IOCONF_H_

void	pfsyncattach(int);

#endif /* _STANDIN_IOCONF_H_ */
