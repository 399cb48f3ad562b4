/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MD5 against the test suite of RFC 1321, A.5.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "os/hosted/pf/md5.h"

static const struct {
	const char *text;
	const char *digest;
} suite[] = {
	{ "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ "a", "0cc175b9c0f1b6a831c399e269772661" },
	{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	    "d174ab98d277d9f5a5611c2c9f419d9f" },
	{ "1234567890123456789012345678901234567890"
	  "1234567890123456789012345678901234567890",
	    "57edf4a22be3c955ac49da2e2107b67a" },
};

static const char *
hex(const uint8_t digest[16])
{
	static char text[33];
	unsigned i;

	for (i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return (text);
}

ATF_TC_WITHOUT_HEAD(rfc1321);
ATF_TC_BODY(rfc1321, tc)
{
	uint8_t digest[16];
	struct md5 m;
	size_t i;

	for (i = 0; i < sizeof(suite) / sizeof(suite[0]); i++) {
		md5_init(&m);
		md5_update(&m, suite[i].text, strlen(suite[i].text));
		md5_final(&m, digest);
		ATF_CHECK_STREQ(suite[i].digest, hex(digest));
	}
}

ATF_TC(pieces);
ATF_TC_HEAD(pieces, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "Where the input is cut does not matter");
}
ATF_TC_BODY(pieces, tc)
{
	uint8_t data[200], whole[16], cut[16];
	struct md5 m;
	size_t len, at;

	for (at = 0; at < sizeof(data); at++)
		data[at] = (uint8_t)(at * 37);
	for (len = 0; len <= sizeof(data); len++) {
		md5_init(&m);
		md5_update(&m, data, len);
		md5_final(&m, whole);
		for (at = 0; at <= len; at += 13) {
			md5_init(&m);
			md5_update(&m, data, at);
			md5_update(&m, data + at, len - at);
			md5_final(&m, cut);
			ATF_REQUIRE_EQ_MSG(0, memcmp(whole, cut, 16),
			    "%zu bytes cut at %zu", len, at);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, rfc1321);
	ATF_TP_ADD_TC(tp, pieces);
	return (atf_no_error());
}
