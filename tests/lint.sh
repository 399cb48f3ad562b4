#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Style and static analysis.  Headers keep their columns by hand, so only .c
# files are held to .clang-format; both are held to 80 columns and to tabs.

cd "$(dirname "$0")/.." || exit 1
bad=0
sources=$(git ls-files -co --exclude-standard '*.c')
headers=$(git ls-files -co --exclude-standard '*.h')
manuals=$(git ls-files -co --exclude-standard 'share/man/*')

for tool in clang-format cppcheck mandoc; do
	command -v $tool >/dev/null || {
		echo "lint: $tool is missing; 'make check' as root installs it" >&2
		exit 1
	}
done

clang-format --dry-run -Werror $sources || bad=1
awk '{
	line = $0
	n = 0
	for (i = 1; i <= length(line); i++)
		n = substr(line, i, 1) == "\t" ? n - n % 8 + 8 : n + 1
	if (n > 80 || line ~ /[ \t]$/ || line ~ /^        /) {
		what = "white space"
		if (n > 80)
			what = "longer than 80 columns"
		printf "%s:%d: %s\n", FILENAME, FNR, what
		bad = 1
	}
} END { exit bad }' $sources $headers || bad=1

# The engine knows no operating system.
if grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' -r \
    sys/net/pfsync sys/net/if_pfsync.h |
    grep -vE '<(stdint|stddef|stdbool)\.h>'; then
	echo "lint: the engine includes a system header" >&2
	bad=1
fi

# Kernel glue needs its kernel's headers to be understood.
hosted=$(echo "$sources" | grep -vE "^(tests|sys/os/(freebsd|netbsd))/")
cppcheck --quiet --std=c11 --enable=warning,performance,portability \
    --inline-suppr --suppress=missingIncludeSystem \
    --suppress=funcArgOrderDifferent --error-exitcode=1 \
    -j 2 -Isys -Isbin -Isbin/tcpdump/shim -I. $hosted || bad=1
mandoc -Tlint -Wwarning $manuals || bad=1
for f in $(git ls-files -co --exclude-standard '*.sh' '*.subr' .ci/run); do
	sh -n "$f" || bad=1
done
exit $bad
