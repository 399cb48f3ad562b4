/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SYSLOG_H_
#define _STANDIN_SYS_SYSLOG_H_

#define LOG_ERR		3

#endif /* _STANDIN_SYS_SYSLOG_H_ */
