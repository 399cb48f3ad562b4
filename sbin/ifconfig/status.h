/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig(8) says of a pfsync interface, whichever the kernel.
 */

#ifndef _IFCONFIG_STATUS_H_
#define _IFCONFIG_STATUS_H_

#include "ifconfig/apply.h"

/* All that there is to say. */
struct report {
	struct pfsync_drv_status status;
	struct pfsync_drv_peers peers;
	struct pfsync_drv_ifmap ifmap;
	struct pfsyncxstats stats;
};

/* 0, or the errno of the kernel. */
int	 report_get(const struct kernel *, struct report *);

/* Lines on stdout, each after a tab.  More of them if verbose. */
void	 report_text(const struct report *, bool verbose);

/*
 * All of the above for whatever interface: nothing if it is not pfsync.  Of the
 * system's own pfsync only what it knows.
 */
void	 kernel_show(const struct kernel *, bool verbose);

/* "down", "no syncdev", "syncdev is down", "in sync", ... */
const char *report_summary(const struct report *);

/* "running", "ok", ... of enum psync_bulk_result. */
const char *report_bulk(unsigned result);

/* "auto", or the number, in text. */
#define REPORT_FORMAT_LEN 12
const char *report_format(uint32_t format, char *text);

/* The name of PFSYNC_SPOKEN_* 1 << i; NULL beyond the last. */
const char *report_spoken(unsigned i);
const char *report_why(unsigned why);	/* enum pfsync_why */

/* The name of an enum pfsync_refusal below PFSYNC_R_MAX. */
const char *report_refusal(unsigned reason);

/* An address in words: text holds INET6_ADDRSTRLEN.  af: PFSYNC_AF_*. */
const char *report_addr(unsigned af, const uint8_t addr[16], char *text);

/* Where packets go. */
const char *report_syncpeer(const struct report *, char *text);

#endif /* _IFCONFIG_STATUS_H_ */
