/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rulesets as text: what each form of statement comes to.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/ruleset.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define KEEP " flags S/SA keep state\n"

static const struct {
	const char *text;
	const char *printed;
} grammar[] = {
	{ "pass\n", "pass all" KEEP },
	{ "pass all\n", "pass all" KEEP },
	{ "block\n", "block drop all\n" },
	{ "block drop in log quick on em0 all\n",
	    "block drop in log quick on em0 all\n" },
	{ "block out quick log on ! em0\n",
	    "block drop out log quick on ! em0 all\n" },
	{ "pass from any to any\n", "pass all" KEEP },
	{ "pass inet\n", "pass inet all" KEEP },
	{ "pass inet6\n", "pass inet6 all" KEEP },
	{ "pass proto udp\n", "pass proto udp all keep state\n" },
	{ "pass proto { tcp udp, 6 }\n",
	    "pass proto tcp all" KEEP
	    "pass proto udp all keep state\npass proto tcp all" KEEP },
	{ "pass proto carp\n", "pass proto carp all keep state\n" },
	{ "pass proto 240\n", "pass proto pfsync all keep state\n" },
	{ "pass proto icmp6\n", "pass proto ipv6-icmp all keep state\n" },
	{ "pass proto 99\n", "pass proto 99 all keep state\n" },
	{ "pass in on em0 proto tcp from 10.0.0.0/8 to any port http\n",
	    "pass in on em0 inet proto tcp from 10.0.0.0/8 to any "
	    "port = http" KEEP },
	{ "pass from 10.1.2.3/8\n", "pass inet from 10.0.0.0/8 to any" KEEP },
	{ "pass from 10.1/16\n", "pass inet from 10.1.0.0/16 to any" KEEP },
	{ "pass from 10.1.2.3/32\n", "pass inet from 10.1.2.3 to any" KEEP },
	{ "pass from 10.1.2.200/25\n",
	    "pass inet from 10.1.2.128/25 to any" KEEP },
	{ "pass from 0.0.0.0/0 to ! 10.0.0.1\n",
	    "pass inet from any to ! 10.0.0.1" KEEP },
	{ "pass to 2001:DB8:0::1/64\n",
	    "pass inet6 from any to 2001:db8::/64" KEEP },
	{ "pass proto tcp from port 1024:65535 to port { ssh, 80 443 }\n",
	    "pass proto tcp from any port 1024:65535 to any port = ssh" KEEP
	    "pass proto tcp from any port 1024:65535 to any port = http" KEEP
	    "pass proto tcp from any port 1024:65535 to any port = "
	    "https" KEEP },
	{ "pass proto tcp to port = 22\npass proto tcp to port != 22\n"
	  "pass proto tcp to port < 22\npass proto tcp to port <= 22\n"
	  "pass proto tcp to port > 22\npass proto tcp to port >= 22\n",
	    "pass proto tcp from any to any port = ssh" KEEP
	    "pass proto tcp from any to any port != ssh" KEEP
	    "pass proto tcp from any to any port < 22" KEEP
	    "pass proto tcp from any to any port <= 22" KEEP
	    "pass proto tcp from any to any port > 22" KEEP
	    "pass proto tcp from any to any port >= 22" KEEP },
	/* Sources vary slower than destinations, interfaces slowest. */
	{ "block on { em0 ! em1 } from { 10.0.0.1 10.0.0.2 } "
	  "to { 10.0.0.3, 10.0.0.4 }\n",
	    "block drop on em0 inet from 10.0.0.1 to 10.0.0.3\n"
	    "block drop on em0 inet from 10.0.0.1 to 10.0.0.4\n"
	    "block drop on em0 inet from 10.0.0.2 to 10.0.0.3\n"
	    "block drop on em0 inet from 10.0.0.2 to 10.0.0.4\n"
	    "block drop on ! em1 inet from 10.0.0.1 to 10.0.0.3\n"
	    "block drop on ! em1 inet from 10.0.0.1 to 10.0.0.4\n"
	    "block drop on ! em1 inet from 10.0.0.2 to 10.0.0.3\n"
	    "block drop on ! em1 inet from 10.0.0.2 to 10.0.0.4\n" },
	/* Families that do not meet are left out. */
	{ "block from { 10.0.0.1 ::1 } to { ::2 10.0.0.2 }\n",
	    "block drop inet from 10.0.0.1 to 10.0.0.2\n"
	    "block drop inet6 from ::1 to ::2\n" },
	{ "block inet from { 10.0.0.1 ::1 }\n",
	    "block drop inet from 10.0.0.1 to any\n" },
	{ "block proto udp to { 10.0.0.1, { 10.0.0.2\n10.0.0.3 }\n}\n",
	    "block drop inet proto udp from any to 10.0.0.1\n"
	    "block drop inet proto udp from any to 10.0.0.2\n"
	    "block drop inet proto udp from any to 10.0.0.3\n" },
	{ "pass flags any\n", "pass all flags any keep state\n" },
	{ "pass proto tcp flags /SFRA\n",
	    "pass proto tcp all flags /FSRA keep state\n" },
	{ "pass proto udp flags S/SA\n", "pass proto udp all keep state\n" },
	{ "block proto tcp flags SF/SF\n",
	    "block drop proto tcp all flags FS/FS\n" },
	{ "pass no state\n", "pass all no state\n" },
	{ "pass proto tcp no state flags S/S\n",
	    "pass proto tcp all flags S/S no state\n" },
	{ "pass keep state\n", "pass all" KEEP },
	{ "pass inet proto icmp icmp-type echoreq\n",
	    "pass inet proto icmp all icmp-type echoreq keep state\n" },
	{ "pass inet proto icmp icmp-type { 8 code 0, unreach code 4 }\n",
	    "pass inet proto icmp all icmp-type echoreq code 0 keep state\n"
	    "pass inet proto icmp all icmp-type unreach code needfrag "
	    "keep state\n" },
	{ "block inet6 proto ipv6-icmp icmp6-type 254\n",
	    "block drop inet6 proto ipv6-icmp all icmp6-type 254\n" },
	{ "pass label \"a b\" proto\n", NULL },
	{ "pass label 'it' allow-opts keep state (max 5 no-sync, sloppy "
	  "if-bound,tcp.established 60 udp.multiple 7)\n",
	    "pass all flags S/SA keep state (max 5, no-sync, if-bound, "
	    "sloppy, tcp.established 60, udp.multiple 7) allow-opts label "
	    "\"it\"\n" },
	{ "pass keep state (floating)\n", "pass all" KEEP },
	{ "set state-policy if-bound\npass\npass keep state (floating)\n"
	  "pass no state\n",
	    "pass all flags S/SA keep state (if-bound)\n"
	    "pass all flags S/SA keep state (floating)\n"
	    "pass all no state\n" },
	{ "pass out on em0 from 10.1.1.0/24 nat-to 192.0.2.1\n",
	    "pass out on em0 inet from 10.1.1.0/24 to any flags S/SA "
	    "keep state nat-to 192.0.2.1\n" },
	{ "pass out nat-to 192.0.2.1 static-port\n",
	    "pass out inet all flags S/SA keep state nat-to 192.0.2.1 "
	    "static-port\n" },
	{ "pass out proto udp nat-to ::1 port 1024:2047\n",
	    "pass out inet6 proto udp all keep state nat-to ::1 "
	    "port 1024:2047\n" },
	{ "pass in proto tcp to 192.0.2.1 port 81 rdr-to 10.1.1.2 port 80\n",
	    "pass in inet proto tcp from any to 192.0.2.1 port = 81 flags "
	    "S/SA keep state rdr-to 10.1.1.2 port 80\n" },
	{ "# all of it\npass # now\n\n", "pass all" KEEP },
	{ "# one \\\n# still that one\nblock\n", "block drop all\n" },
	{ "block in \\\n  on \\\n em0\n", "block drop in on em0 all\n" },
	{ "if = em0\nnet = \"10.0.0.0\"\nblock on $if from $net/8\n",
	    "block drop on em0 inet from 10.0.0.0/8 to any\n" },
	{ "a = 1024\nb = 2048\nblock proto udp to port $a:$b\n",
	    "block drop proto udp from any to any port 1024:2048\n" },
	{ "a = \"{ 10.0.0.1 $b }\"\nb = 10.0.0.2\nblock from $a\n",
	    "block drop inet from 10.0.0.1 to any\n"
	    "block drop inet from 10.0.0.2 to any\n" },
	{ "a = em0 em1\na = { $a em2 }\n", NULL },
	{ "a = em0 \"em1\"\nblock on { $a }\na = em2\nblock on $a\n",
	    "block drop on em0 all\nblock drop on em1 all\n"
	    "block drop on em2 all\n" },
	{ "a = \"block \\\nin\"\n$a\n", "block drop in all\n" },
	{ "", "" },
	{ "\n\n  # nothing\n", "" },
};

ATF_TC_WITHOUT_HEAD(grammar);
ATF_TC_BODY(grammar, tc)
{
	struct pf_ruleset_text text;
	char *said, *printed;
	size_t i;
	int error;

	for (i = 0; i < NELEM(grammar); i++) {
		error = ruleset_parse(grammar[i].text, &text, &said);
		if (grammar[i].printed == NULL) {
			ATF_CHECK_EQ_MSG(error, EINVAL, "%s", grammar[i].text);
			free(said);
			continue;
		}
		ATF_REQUIRE_EQ_MSG(error, 0, "%s: %s", grammar[i].text, said);
		ATF_CHECK_STREQ(said, "");
		printed = ruleset_print(&text, false);
		ATF_CHECK_MSG(strcmp(printed, grammar[i].printed) == 0,
		    "%s\nis printed as\n%snot\n%s", grammar[i].text, printed,
		    grammar[i].printed);
		free(printed);
		free(said);
		pfctl_ruleset_free(&text);
	}
}

ATF_TC_WITHOUT_HEAD(warning);
ATF_TC_BODY(warning, tc)
{
	struct pf_ruleset_text text;
	char *said, *printed;

	ATF_REQUIRE_EQ(ruleset_parse("block return in\n", &text, &said), 0);
	ATF_CHECK_STREQ(said,
	    "f:1:7: warning: no answer is sent: "
	    "\"block return\" is loaded as \"block drop\"\n");
	printed = ruleset_print(&text, false);
	ATF_CHECK_STREQ(printed, "block drop in all\n");
	free(printed);
	free(said);
	pfctl_ruleset_free(&text);
}

/* Nobody listens: the same result. */
ATF_TC_WITHOUT_HEAD(quiet);
ATF_TC_BODY(quiet, tc)
{
	char text[] = "block return\nfoo\npass from {\n";
	struct pf_ruleset_text out;
	FILE *in = fmemopen(text, strlen(text), "r");

	ATF_REQUIRE(in != NULL);
	ATF_CHECK_EQ(pfctl_parse("f", in, &out, NULL), EINVAL);
	fclose(in);
}

ATF_TC_WITHOUT_HEAD(settings);
ATF_TC_BODY(settings, tc)
{
	struct pf_ruleset_text text, again;
	struct pf_settings def;
	char *said, *printed;

	pf_settings_default(&def);
	ATF_REQUIRE_EQ(ruleset_parse("", &text, &said), 0);
	ATF_CHECK(memcmp(&text.settings, &def, sizeof(def)) == 0);
	free(said);
	pfctl_ruleset_free(&text);

	ATF_REQUIRE_EQ(ruleset_parse("set skip on lo0\nset skip on { em1 em2, "
				     "lo0 }\n"
				     "set timeout { tcp.established 3600, "
				     "udp.single 5 "
				     "}\n"
				     "set timeout interval 3\nset limit { "
				     "states 5000 "
				     "}\n"
				     "set hostid 0xdeadBEEF\nset state-policy "
				     "if-bound\n",
			   &text, &said),
	    0);
	ATF_CHECK_STREQ(text.settings.skip[0], "lo0");
	ATF_CHECK_STREQ(text.settings.skip[1], "em1");
	ATF_CHECK_STREQ(text.settings.skip[2], "em2");
	ATF_CHECK_STREQ(text.settings.skip[3], "");
	ATF_CHECK_EQ(text.settings.timeout[PFTM_TCP_ESTABLISHED], 3600);
	ATF_CHECK_EQ(text.settings.timeout[PFTM_UDP_SINGLE], 5);
	ATF_CHECK_EQ(text.settings.timeout[PFTM_INTERVAL], 3);
	ATF_CHECK_EQ(text.settings.timeout[PFTM_UDP_MULTIPLE],
	    def.timeout[PFTM_UDP_MULTIPLE]);
	ATF_CHECK_EQ(text.settings.limit_states, 5000);
	ATF_CHECK_EQ(text.settings.hostid, htonl(0xdeadbeef));
	ATF_CHECK_EQ(text.settings.if_bound, 1);
	free(said);

	printed = ruleset_print(&text, true);
	ATF_CHECK_STREQ(printed,
	    "set skip on { lo0 em1 em2 }\n"
	    "set timeout tcp.established 3600\nset timeout udp.single 5\n"
	    "set timeout interval 3\nset limit states 5000\n"
	    "set state-policy if-bound\nset hostid 0xdeadbeef\n");
	ATF_REQUIRE_EQ(ruleset_parse(printed, &again, &said), 0);
	ATF_CHECK(memcmp(&text.settings, &again.settings,
		      sizeof(text.settings)) == 0);
	free(printed);
	free(said);
	pfctl_ruleset_free(&text);
	pfctl_ruleset_free(&again);
}

ATF_TC_WITHOUT_HEAD(unreadable);
ATF_TC_BODY(unreadable, tc)
{
	struct pf_ruleset_text text;
	FILE *fp = fopen(".", "r");

	ATF_REQUIRE(fp != NULL);
	ATF_CHECK_EQ(pfctl_parse("f", fp, &text, stderr), EISDIR);
	fclose(fp);
}

ATF_TC_WITHOUT_HEAD(address);
ATF_TC_BODY(address, tc)
{
	static const struct {
		const char *text;
		int error;
		uint8_t af, plen, first, last;
	} cases[] = {
		{ "10.1.2.3", 0, PF_AF_INET, 32, 10, 3 },
		{ "10.1.2.3/8", 0, PF_AF_INET, 8, 10, 0 },
		{ "10/8", 0, PF_AF_INET, 8, 10, 0 },
		{ "0.0.0.0/0", 0, PF_AF_INET, 0, 0, 0 },
		{ "fe80::1", 0, PF_AF_INET6, 128, 0xfe, 0 },
		{ "fe80::1/9", 0, PF_AF_INET6, 9, 0xfe, 0 },
		{ "", EINVAL, 0, 0, 0, 0 },
		{ "/8", EINVAL, 0, 0, 0, 0 },
		{ "10", EINVAL, 0, 0, 0, 0 },
		{ "10.0.0.1/", EINVAL, 0, 0, 0, 0 },
		{ "10.0.0.1/33", EINVAL, 0, 0, 0, 0 },
		{ "10.0.0.1/8/8", EINVAL, 0, 0, 0, 0 },
		{ "::1/129", EINVAL, 0, 0, 0, 0 },
		{ "label", EINVAL, 0, 0, 0, 0 },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
		    EINVAL, 0, 0, 0, 0 },
	};
	struct pf_rule_addr a;
	size_t i;

	for (i = 0; i < NELEM(cases); i++) {
		ATF_CHECK_EQ_MSG(pfctl_parse_address(cases[i].text, &a),
		    cases[i].error, "%s", cases[i].text);
		if (cases[i].error != 0)
			continue;
		ATF_CHECK_EQ_MSG(a.af, cases[i].af, "%s", cases[i].text);
		ATF_CHECK_EQ_MSG(a.plen, cases[i].plen, "%s", cases[i].text);
		ATF_CHECK_EQ_MSG(a.addr[0], cases[i].first, "%s",
		    cases[i].text);
		ATF_CHECK_EQ_MSG(a.addr[3], cases[i].last, "%s", cases[i].text);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, grammar);
	ATF_TP_ADD_TC(tp, warning);
	ATF_TP_ADD_TC(tp, quiet);
	ATF_TP_ADD_TC(tp, settings);
	ATF_TP_ADD_TC(tp, unreadable);
	ATF_TP_ADD_TC(tp, address);
	return (atf_no_error());
}
