/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A TUN device of the host, so that its own tcpdump sees pfsync's packets under
 * the name pfsync0: what bpf(4) is to a real kernel.
 */

#ifndef _HOSTED_TUN_H_
#define _HOSTED_TUN_H_

#include <stddef.h>
#include <stdint.h>

struct tun;

/*
 * Creates the device and brings it up.  NULL with errno: EPERM without
 * privilege, EBUSY if the name is taken.
 */
struct tun *tun_open(const char *ifname);

/* The device is gone with it. */
void	tun_close(struct tun *);

int	tun_fd(const struct tun *);

/* Shows a whole IP packet.  Nobody looking is no error. */
void	tun_write(struct tun *, const uint8_t *pkt, size_t len);

/* Throws away what the host sends into the device. */
void	tun_discard(struct tun *);

#endif /* _HOSTED_TUN_H_ */
