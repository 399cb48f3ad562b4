/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rulesets that are none: what each mistake is told as, to the byte, and that
 * no file is so broken or so big that it is told as anything else.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/ruleset.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* One statement each unless it says otherwise; messages to the byte. */
static const struct {
	const char *text;
	const char *said;
} mistakes[] = {
	{ "foo\n", "f:1:1: syntax error near \"foo\"\n" },
	{ "pass\n\n  block foo\n", "f:3:9: syntax error near \"foo\"\n" },
	{ "pass {\n", "f:1:6: syntax error near \"{\"\n" },
	{ "pass }\npass )\n",
	    "f:1:6: syntax error near \"}\"\n"
	    "f:2:6: syntax error near \")\"\n" },
	{ "pass quick in\n", "f:1:12: syntax error near \"in\"\n" },
	{ "pass log log\n", "f:1:10: given twice near \"log\"\n" },
	{ "pass log (all)\n",
	    "f:1:10: log options are not supported near \"(\"\n" },
	{ "pass on\n", "f:1:8: an interface is missing near end of line\n" },
	{ "pass on a234567890123456\n",
	    "f:1:9: interface name is longer "
	    "than 15 near \"a234567890123456\"\n" },
	{ "pass on em0:network\n",
	    "f:1:9: not an interface name near \"em0:network\"\n" },
	{ "pass on any\n",
	    "f:1:9: interface \"any\" is not supported near \"any\"\n" },
	{ "pass on {}\n", "f:1:10: an interface is missing near \"}\"\n" },
	{ "pass proto foo\n", "f:1:12: unknown protocol near \"foo\"\n" },
	{ "pass proto 256\n", "f:1:12: unknown protocol near \"256\"\n" },
	{ "pass proto 0\n", "f:1:12: protocol 0 cannot be used near \"0\"\n" },
	{ "pass from www.example.com\n",
	    "f:1:11: names are not resolved, "
	    "an address is needed near \"www.example.com\"\n" },
	{ "pass from 10.0.0.256\n",
	    "f:1:11: \"10.0.0.256\" is not an address\n" },
	{ "pass from 10.0.0\n", "f:1:11: \"10.0.0\" is not an address\n" },
	{ "pass from 1.2.3.4.5/8\n",
	    "f:1:11: \"1.2.3.4.5\" is not an address\n" },
	{ "pass from fe80::1::2\n",
	    "f:1:11: \"fe80::1::2\" is not an address\n" },
	{ "pass from 10.0.0.0/33\n",
	    "f:1:20: bad prefix length near \"33\"\n" },
	{ "pass from 10.0.0.0/-1\n",
	    "f:1:20: bad prefix length near \"-1\"\n" },
	{ "pass from ::/129\n", "f:1:14: bad prefix length near \"129\"\n" },
	{ "pass from ::/\n", "f:1:14: bad prefix length near end of line\n" },
	{ "pass from ! any\n",
	    "f:1:11: nothing is left of \"any\" after \"!\"\n" },
	{ "pass from ! 0.0.0.0/0\n",
	    "f:1:11: nothing is left of \"any\" after \"!\"\n" },
	{ "pass from self\n", "f:1:11: address \"self\" is not supported\n" },
	{ "pass from <t>\n", "f:1:11: tables are not supported near \"<\"\n" },
	{ "pass from (em0)\n",
	    "f:1:11: interface addresses are not supported near \"(\"\n" },
	{ "pass from 10.0.0.1 to ::1\n",
	    "f:1:1: rule expands to no valid combination\n" },
	{ "pass inet from ::1\n",
	    "f:1:1: rule expands to no valid combination\n" },
	{ "pass inet6 from { 10.0.0.1 10.0.0.2 }\n",
	    "f:1:1: rule expands to no valid combination\n" },
	{ "pass proto tcp to port foo\n",
	    "f:1:24: unknown port near \"foo\"\n" },
	{ "pass proto tcp to port 65536\n",
	    "f:1:24: unknown port near \"65536\"\n" },
	{ "pass proto tcp to port 90:80\n",
	    "f:1:24: port range runs backwards near \"90:80\"\n" },
	{ "pass proto tcp to port != 80:90\n",
	    "f:1:27: a port range has no operator near \"80:90\"\n" },
	{ "pass proto tcp to port 80 >< 90\n",
	    "f:1:27: no such port operator, say n:m near \"><\"\n" },
	{ "pass to port 80\n", "f:1:1: port only applies to tcp/udp\n" },
	{ "pass proto { tcp icmp } to port 80\n",
	    "f:1:1: port only applies to tcp/udp\n" },
	{ "pass inet proto icmp6\n",
	    "f:1:1: icmp of the other address family\n" },
	{ "pass inet icmp-type echoreq\n",
	    "f:1:1: icmp-type/code only applies to icmp\n" },
	{ "pass proto icmp icmp-type echoreq\n",
	    "f:1:1: must indicate "
	    "address family with icmp-type/code\n" },
	{ "pass inet proto icmp icmp6-type echoreq\n",
	    "f:1:1: icmp-type mismatch\n" },
	{ "pass inet proto icmp icmp-type foo\n",
	    "f:1:32: unknown ICMP type near \"foo\"\n" },
	{ "pass inet proto icmp icmp-type 255\n",
	    "f:1:32: unknown ICMP type near \"255\"\n" },
	{ "pass inet proto icmp icmp-type unreach code transit\n",
	    "f:1:45: unknown ICMP code near \"transit\"\n" },
	{ "pass flags S\n",
	    "f:1:13: \"/\" and a mask of flags is missing "
	    "near end of line\n" },
	{ "pass flags X/S\n", "f:1:12: not TCP flags near \"X\"\n" },
	{ "pass flags S/A\n", "f:1:14: flags always false near \"A\"\n" },
	{ "pass flags any flags any\n",
	    "f:1:16: flags cannot be redefined near \"flags\"\n" },
	{ "pass modulate state\n", "f:1:6: not supported near \"modulate\"\n" },
	{ "pass route-to 10.0.0.1\n",
	    "f:1:6: not supported near \"route-to\"\n" },
	{ "pass keep\n", "f:1:10: \"state\" is missing near end of line\n" },
	{ "block keep state\n",
	    "f:1:1: keep state on block rules doesn't "
	    "make sense\n" },
	{ "block allow-opts\n",
	    "f:1:1: allow-opts can only be specified "
	    "for pass rules\n" },
	{ "pass keep state (max 0)\n",
	    "f:1:22: bad number of states near \"0\"\n" },
	{ "pass keep state (frag 3)\n",
	    "f:1:18: not a timeout of states near \"frag\"\n" },
	{ "pass keep state (tcp.first x)\n",
	    "f:1:28: bad timeout near \"x\"\n" },
	{ "pass keep state (tcp.first 1 tcp.first 2)\n",
	    "f:1:30: timeout cannot be redefined near \"tcp.first\"\n" },
	{ "pass keep state (sloppy, sloppy)\n",
	    "f:1:26: sloppy cannot be redefined near \"sloppy\"\n" },
	{ "pass keep state (if-bound, floating)\n",
	    "f:1:28: state policy cannot be redefined near \"floating\"\n" },
	{ "pass keep state (source-track)\n",
	    "f:1:18: not supported near \"source-track\"\n" },
	{ "pass keep state (\n", "f:1:17: \"(\" is not closed\n" },
	{ "pass keep state ()\n", "f:1:18: not a state option near \")\"\n" },
	{ "pass label \""
	  "12345678901234567890123456789012"
	  "\"\n",
	    "f:1:12: rule label too long (max 31 chars) near "
	    "\"12345678901234567890123456789012\"\n" },
	{ "pass label \"a$nr\"\n",
	    "f:1:12: macros in labels are not supported near \"a$nr\"\n" },
	{ "pass label \"\"\n", "f:1:12: a label is missing near \"\"\n" },
	{ "pass nat-to 10.0.0.1\n",
	    "f:1:1: nat-to is for packets going "
	    "out: say \"pass out\"\n" },
	{ "pass out rdr-to 10.0.0.1\n",
	    "f:1:1: rdr-to is for packets "
	    "coming in: say \"pass in\"\n" },
	{ "pass out nat-to 10.0.0.0/8\n",
	    "f:1:17: nat-to takes one address\n" },
	{ "pass in rdr-to { 10.0.0.1 10.0.0.2 }\n",
	    "f:1:16: rdr-to takes one address near \"{\"\n" },
	{ "pass in rdr-to 10.0.0.1 port 80\n",
	    "f:1:1: port only applies to tcp/udp\n" },
	{ "pass in proto tcp rdr-to 10.0.0.1 port > 80\n",
	    "f:1:35: rdr-to takes one port or range\n" },
	{ "pass out inet6 nat-to 10.0.0.1\n",
	    "f:1:1: no translation "
	    "address with matching address family\n" },
	{ "pass out no state nat-to 10.0.0.1\n",
	    "f:1:1: nat-to and rdr-to need keep state\n" },
	{ "block out nat-to 10.0.0.1\n",
	    "f:1:1: nat-to and rdr-to are for pass rules\n" },
	{ "pass in rdr-to 10.0.0.1 static-port\n",
	    "f:1:25: static-port only applies to nat-to near "
	    "\"static-port\"\n" },
	{ "nat on em0 from any to any -> 10.0.0.1\n",
	    "f:1:1: statement not supported near \"nat\"\n" },
	{ "set optimization aggressive\n",
	    "f:1:5: setting not supported near \"optimization\"\n" },
	{ "set foo\n", "f:1:5: unknown setting near \"foo\"\n" },
	{ "set skip lo0\n", "f:1:10: \"on\" is missing near \"lo0\"\n" },
	{ "set timeout tcp.foo 1\n",
	    "f:1:13: unknown timeout near \"tcp.foo\"\n" },
	{ "set timeout interval 0\n", "f:1:22: bad timeout near \"0\"\n" },
	{ "set timeout { frag 1 interval }\n",
	    "f:1:31: bad timeout near \"}\"\n" },
	{ "set limit frags 5\n",
	    "f:1:11: only \"limit states\" is supported near \"frags\"\n" },
	{ "set limit states 4294967296\n",
	    "f:1:18: bad limit near \"4294967296\"\n" },
	{ "set hostid 0\n", "f:1:12: hostid must be non-zero near \"0\"\n" },
	{ "set hostid 0x123456789\n",
	    "f:1:12: bad hostid near \"0x123456789\"\n" },
	{ "set state-policy foo\n",
	    "f:1:18: \"if-bound\" or \"floating\" "
	    "is missing near \"foo\"\n" },
	{ "pass on $x\n", "f:1:9: macro \"x\" is not defined\n" },
	{ "a = \"$b\"\nb = \"$a\"\npass on $a\n",
	    "f:3:9: macro \"a\" leads to itself\n" },
	{ "a = \"x $a\"\npass on $a\n",
	    "f:2:9: macro \"a\" leads to itself\n" },
	{ "a = { em0 }\n",
	    "f:1:5: a list in a macro must be quoted near \"{\"\n" },
	{ "a-b = em0\n", "f:1:1: \"a-b\" cannot name a macro\n" },
	{ "a =\n", "f:1:4: syntax error near end of line\n" },
	{ "pass $\n", "f:1:6: $ without a macro's name\n" },
	{ "pass \\ in\n", "f:1:6: illegal character \\\n" },
	{ "pass\r\n", "f:1:5: illegal character \\x0d\n" },
	{ "pass \303\251\n", "f:1:6: illegal character \\xc3\n" },
	/* Truncated in various places. */
	{ "pass all",
	    "f:1:9: no newline: is the file cut short? near end "
	    "of file\n" },
	{ "pass\npass label \"abc\n", "f:2:12: string is not terminated\n" },
	{ "block\npass from { 10.0.0.1,\n10.0.0.2\n",
	    "f:2:11: list is not closed\n" },
	{ "pass from { 10.0.0.1,\n10.0.0.2\npass in\n",
	    "f:3:1: names are "
	    "not resolved, an address is needed near \"pass\" in the list "
	    "from line 1\n" },
	{ "pass on {{{{{{{{{\n",
	    "f:1:17: lists are nested too deeply near \"{\"\n" },
	/* Each statement is complained about once, and all of them are. */
	{ "foo bar\npass from { x\ny }\npass\nblock baz baz\n",
	    "f:1:1: syntax error near \"foo\"\n"
	    "f:2:13: names are not resolved, an address is needed near "
	    "\"x\"\nf:5:7: syntax error near \"baz\"\n" },
};

ATF_TC_WITHOUT_HEAD(mistakes);
ATF_TC_BODY(mistakes, tc)
{
	struct pf_ruleset_text text;
	char *said;
	size_t i;

	for (i = 0; i < NELEM(mistakes); i++) {
		ATF_CHECK_EQ_MSG(ruleset_parse(mistakes[i].text, &text, &said),
		    EINVAL, "%s", mistakes[i].text);
		ATF_CHECK_MSG(strcmp(said, mistakes[i].said) == 0,
		    "%s\nis told as\n%snot\n%s", mistakes[i].text, said,
		    mistakes[i].said);
		ATF_CHECK_EQ(text.nrules, 0);
		ATF_CHECK(text.rules == NULL);
		free(said);
	}
}

/* A file that was cut anywhere but after a statement is not a ruleset. */
ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	static const char *const statements[] = { "net = \"10.0.0.0/8\"\n",
		"set timeout { tcp.first 10,\n udp.first 20 }\n",
		"block in quick on em0 from { 10.0.0.1, ! 10.0.0.2\n"
		"    10.0.0.3 } to any\n",
		"pass in on em1 proto tcp from $net to port { 22 80:443 } \\\n"
		"    keep state (no-sync, max 10) label \"a b\"\n",
		"pass out inet proto icmp icmp-type unreach code 4\n" };
	struct pf_ruleset_text text;
	char file[512] = "", *said;
	bool whole[sizeof(file) + 1] = { true };
	size_t i, len = 0;
	int error;

	for (i = 0; i < NELEM(statements); i++) {
		strcat(file, statements[i]);
		len += strlen(statements[i]);
		whole[len] = true;
	}
	for (i = 0; i <= len; i++) {
		error = ruleset_parse_bytes(file, i, &text, &said);
		ATF_CHECK_EQ_MSG(error, whole[i] ? 0 : EINVAL,
		    "cut after %zu bytes: %d", i, error);
		ATF_CHECK_EQ(said[0] == '\0', whole[i]);
		free(said);
		pfctl_ruleset_free(&text);
	}
}

/* Any byte of a good file replaced by any other: no crash, never silent. */
ATF_TC_WITHOUT_HEAD(mangled);
ATF_TC_BODY(mangled, tc)
{
	static const char good[] =
	    "a = \"em0 em1\"\nset skip on { lo0 $a }\n"
	    "pass in on ! em0 inet proto tcp from 10.0.0.0/8 port 1:9 to "
	    "any port != 80 flags S/SA keep state (max 9) label \"l\"\n";
	struct pf_ruleset_text text;
	char bad[sizeof(good)], *said;
	unsigned c;
	size_t i;
	int error;

	for (i = 0; i < sizeof(good) - 1; i++)
		for (c = 0; c < 256; c += c % 32 == 0 ? 1 : 5) {
			memcpy(bad, good, sizeof(good));
			bad[i] = (char)c;
			error = ruleset_parse_bytes(bad, sizeof(bad) - 1, &text,
			    &said);
			ATF_CHECK(error == 0 || error == EINVAL);
			ATF_CHECK_EQ_MSG(error == 0, said[0] == '\0',
			    "byte %zu as %u: %d, \"%s\"", i, c, error, said);
			if (c == 0)
				ATF_CHECK_EQ(error, EINVAL);
			free(said);
			pfctl_ruleset_free(&text);
		}
}

/* n copies of item between head and tail, malloc'd. */
static char *
repeat(const char *head, const char *item, size_t n, const char *tail)
{
	char *s;
	size_t len;
	FILE *fp = open_memstream(&s, &len);

	ATF_REQUIRE(fp != NULL);
	fputs(head, fp);
	while (n-- > 0)
		fputs(item, fp);
	fputs(tail, fp);
	fclose(fp);
	return (s);
}

static void
check_refused(char *big, int want, const char *what)
{
	struct pf_ruleset_text text;
	char *said;
	int error = ruleset_parse(big, &text, &said);

	ATF_CHECK_EQ_MSG(error, want, "%d, not %d: %s", error, want, said);
	ATF_CHECK_MSG(strstr(said, what) != NULL, "\"%s\" is not in: %s", what,
	    said);
	free(said);
	free(big);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct pf_ruleset_text text;
	char *big, *said;

	/* As many rules as there may be, and one more. */
	big = repeat("", "pass\n", PF_RULES_MAX, "");
	ATF_REQUIRE_EQ(ruleset_parse(big, &text, &said), 0);
	ATF_CHECK_EQ(text.nrules, PF_RULES_MAX);
	free(big);
	free(said);
	pfctl_ruleset_free(&text);
	check_refused(repeat("", "pass\n", PF_RULES_MAX + 1, ""), EINVAL,
	    "f:10001:1: more than 10000 rules");

	check_refused(repeat("block from {", " 1.2.3.4", PF_RULES_MAX + 1,
			  "}\n"),
	    EINVAL, "list has more than 10000 items near \"}\"");
	check_refused(repeat("a = \"{", " 1 2 3 4 5 6 7 8 9 10", 100,
			  "}\"\nblock proto tcp from { 1.1.1.1 2.2.2.2 } port "
			  "$a to port "
			  "$a\n"),
	    EINVAL, "too many combinations");
	check_refused(repeat("pass label \"", "x", 10000, "\"\n"), EINVAL,
	    "f:1:12: string is longer than 8191 bytes");
	check_refused(repeat("pass on ", "x", 10000, "\n"), EINVAL,
	    "f:1:9: word is longer than 8191 bytes");
	check_refused(repeat("a = 1", " 1234567890", 1000, "\n"), EINVAL,
	    "macro \"a\" is longer than 8191 bytes");
	check_refused(repeat("", "foo\n", 1000, ""), EINVAL,
	    "f:50:1: syntax error near \"foo\"\nf: too many errors\n");
	check_refused(repeat("", "# a comment\n", 400000, ""), EFBIG, "");
	/* Macros that expand to nothing, many times over. */
	check_refused(repeat("a = \"\"\nb = \"", "$a", 1000,
			  "\"\n"
			  "c = \"$b $b $b $b $b $b $b $b $b $b\"\n"
			  "d = \"$c $c $c $c $c $c $c $c $c $c $c\"\npass on "
			  "$d\n"),
	    EINVAL, "f:5:9: macro \"a\": macros are used too often");
}

ATF_TC_WITHOUT_HEAD(many_macros);
ATF_TC_BODY(many_macros, tc)
{
	struct pf_ruleset_text text;
	char *big, *said;
	size_t len;
	unsigned i;
	FILE *fp = open_memstream(&big, &len);

	ATF_REQUIRE(fp != NULL);
	for (i = 0; i < 1001; i++)
		fprintf(fp, "m%u = \"$m%u\"\n", i, i + 1);
	fclose(fp);
	check_refused(big, EINVAL, "f:1001:1: more than 1000 macros\n");

	/* A chain of them is followed so far and no farther. */
	ATF_REQUIRE((fp = open_memstream(&big, &len)) != NULL);
	for (i = 0; i < 20; i++)
		fprintf(fp, "m%u = \"$m%u x\"\n", i, i + 1);
	fputs("m20 = em0\nblock on $m18\n", fp);
	fclose(fp);
	ATF_CHECK_EQ(ruleset_parse(big, &text, &said), EINVAL);
	ATF_CHECK_STREQ(said, "f:22:10: syntax error near \"x\"\n");
	free(said);
	ATF_REQUIRE((fp = open_memstream(&said, &len)) != NULL);
	fprintf(fp, "%sblock on $m0\n", big);
	fclose(fp);
	free(big);
	check_refused(said, EINVAL,
	    "f:23:10: macro \"m16\" is nested too deeply\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mistakes);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, mangled);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, many_macros);
	return (atf_no_error());
}
