/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names that pf.conf(5) has for numbers.  The parser and the printers share
 * them, so what one prints the other reads.
 */

#ifndef _PFCTL_NAMES_H_
#define _PFCTL_NAMES_H_

#include <stdint.h>

#include "os/hosted/pf/pf_rule.h"

#define PFCTL_PROTO_ICMP	1
#define PFCTL_PROTO_TCP		6
#define PFCTL_PROTO_UDP		17
#define PFCTL_PROTO_ICMP6	58

#define PFCTL_NAMESIZ		32	/* of a service, with its NUL */

/* Protocol of a name; -1 if it has none. */
int		 pfctl_proto_number(const char *name);
/* NULL: it has no name. */
const char	*pfctl_proto_name(uint8_t proto);

/* Port of a service, host order; -1 if unknown. */
int		 pfctl_service_port(const char *name);

/*
 * Name of a port (host order) for a protocol; NULL if it has none that
 * pfctl_service_port() would turn into the same port.  buf has PFCTL_NAMESIZ
 * bytes and may hold the answer.
 */
const char	*pfctl_service_name(uint16_t port, uint8_t proto, char *buf);

/* ICMP types and codes of PF_AF_INET or PF_AF_INET6; -1, NULL: none. */
int		 pfctl_icmp_type(uint8_t af, const char *name);
const char	*pfctl_icmp_type_name(uint8_t af, uint8_t type);
int		 pfctl_icmp_code(uint8_t af, uint8_t type, const char *name);
const char	*pfctl_icmp_code_name(uint8_t af, uint8_t type, uint8_t code);

/*
 * Timeouts in the order pfctl -s timeouts shows them; the end has a NULL name.
 */
struct pfctl_timeout {
	const char	*name;
	enum pf_timeout	 timeout;
};
extern const struct pfctl_timeout pfctl_timeouts[];

/* NULL: no such timeout. */
const struct pfctl_timeout *pfctl_timeout_find(const char *name);

/*
 * TCP flags as letters, in the order of their bits.  pfctl_flags_parse()
 * returns -1 for any other letter.
 */
#define PFCTL_FLAG_LETTERS	"FSRPAUEW"
int		 pfctl_flags_parse(const char *letters);

#endif /* _PFCTL_NAMES_H_ */
