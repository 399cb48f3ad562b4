# SPDX-License-Identifier: BSD-2-Clause
#
# make             the hosted kernel and its tools, into obj/bin
# make demo        two firewalls and a failover; no privilege needed
# make demo-live   the same with real packets in network namespaces (root)
# make check       installs what the tests need (root), then runs all of them
# make test        runs the unit, simulator and process tests with what is installed
# make soak        many seeds of the simulator: SEEDS=n, or for SECONDS=60
# make fuzz        fuzzes the receive path, SECONDS=60
# make bench       measures the engine, into bench.tsv
# make lint        clang-format, cppcheck, mandoc
# make install     DESTDIR= PREFIX=/usr/local
#
# O=dir builds elsewhere.  SAN=1 builds with ASan and UBSan.

CC	?= cc
O	?= obj
PREFIX	?= /usr/local
SECONDS	?= 60

OPT	?= -O2
WARN	= -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes \
	  -Wstrict-prototypes -Wpointer-arith -Wwrite-strings
CPPFLAGS += -Isys -Isbin -I. -D_GNU_SOURCE
CFLAGS	= -std=gnu11 -g $(OPT) $(WARN)
ifdef SAN
CFLAGS	+= -fsanitize=address,undefined -fno-sanitize-recover=all \
	   -fno-omit-frame-pointer
LDFLAGS	+= -fsanitize=address,undefined
endif

# Optional parts, each used where its library is found.
have	= $(shell pkg-config --exists $(1) 2>/dev/null && echo yes)
ifeq ($(call have,libnetfilter_queue libmnl),yes)
NFQ_CPPFLAGS = -DHAVE_NFQUEUE
NFQ_LIBS = -lnetfilter_queue -lmnl
endif
HAVE_PCAP := $(call have,libpcap)
HAVE_ATF := $(call have,atf-c)

objs	= $(patsubst %.c,$(O)/%.o,$(wildcard $(1)))

ENGINE	= $(call objs,sys/net/pfsync/*.c)
PF	= $(call objs,sys/os/hosted/pf/*.c)
HOSTED	= $(call objs,sys/os/hosted/*.c)
PFCTL	= $(call objs,sbin/pfctl/*.c)
IFCONFIG = $(call objs,sbin/ifconfig/*.c sbin/common/*.c)
LIBS	= $(O)/libhkern.a $(O)/libpf.a $(O)/libpfsync.a

TOOLS	= hkern ifconfig pfctl netstat
ifeq ($(HAVE_PCAP),yes)
TOOLS	+= pfsyncdump
endif
PROGS	= $(TOOLS:%=$(O)/bin/%)

UNIT_SRC = $(wildcard tests/unit/*_test.c)
UNIT	= $(UNIT_SRC:tests/unit/%.c=$(O)/tests/unit/%)
TESTLIB	= $(call objs,tests/lib/*.c)
SIM_SRC	= $(wildcard tests/sim/*_test.c)
SIM	= $(SIM_SRC:%.c=$(O)/%) $(O)/tests/sim/soak
SIMLIB	= $(filter-out $(SIM:%=%.o),$(call objs,tests/sim/*.c)) \
	  $(patsubst %,$(O)/tests/demo/%.o,exchange flow packet rto stream tcp)
# What the simulator sees on its way, and makes fail.
SIMWRAP	= malloc calloc realloc free mmap munmap \
	  psync_insert psync_update psync_delete psync_clear psync_input \
	  pf_test pf_purge pf_states_kill pf_states_clear pf_state_import
LIVE	= $(patsubst %.c,$(O)/%,$(wildcard tests/live/*.c))

.PHONY: all demo demo-live check test tests soak fuzz bench lint install clean
.PRECIOUS: $(O)/%.o
all: $(PROGS)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The engine sees no header of any system: only the compiler's own, and mem*.
$(ENGINE): CFLAGS += -ffreestanding
$(HOSTED): CPPFLAGS += $(NFQ_CPPFLAGS)
$(O)/sbin/tcpdump/%.o: CPPFLAGS += -Isbin/tcpdump/shim

$(O)/libpfsync.a: $(ENGINE)
$(O)/libpf.a: $(PF)
$(O)/libhkern.a: $(HOSTED)
$(O)/libpfctl.a: $(filter-out $(O)/sbin/pfctl/pfctl.o,$(PFCTL))
$(O)/libifconfig.a: $(filter-out $(O)/sbin/ifconfig/ifconfig.o,$(IFCONFIG))
$(O)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/bin/hkern: $(call objs,sbin/hkern/*.c) $(LIBS)
$(O)/bin/ifconfig: $(O)/sbin/ifconfig/ifconfig.o $(O)/libifconfig.a $(LIBS)
$(O)/bin/netstat: $(call objs,sbin/netstat/*.c sbin/common/*.c) $(LIBS)
$(O)/bin/pfctl: $(O)/sbin/pfctl/pfctl.o $(O)/libpfctl.a $(LIBS)
$(O)/bin/pfsyncdump: $(call objs,sbin/tcpdump/*.c)
$(O)/bin/pfsyncdump: LDLIBS += -lpcap
$(O)/bin/hkern $(O)/bin/ifconfig $(O)/bin/netstat $(O)/bin/pfctl: \
    LDLIBS += $(NFQ_LIBS)
$(O)/bin/%:
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Tests
tests: $(UNIT) $(O)/tests/bench/bench $(SIM) $(PROGS) $(O)/tests/demo/demo $(LIVE)
$(O)/tests/unit/%_test: $(O)/tests/unit/%_test.o $(TESTLIB) $(O)/libpfctl.a \
    $(O)/libifconfig.a $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $^ $(NFQ_LIBS) -latf-c

# Of FreeBSD's glue what needs no kernel, with a small libnv.
NV	= $(O)/sys/os/freebsd/pfsync_nv.o
$(NV) $(O)/tests/unit/nv_test.o: CPPFLAGS += -Itests/lib/nv
$(O)/tests/unit/nv_test: $(NV)

$(SIM): %: %.o $(SIMLIB) $(TESTLIB) $(O)/libpfctl.a $(LIBS)
	$(CC) $(LDFLAGS) $(SIMWRAP:%=-Wl,--wrap=%) -o $@ $^ $(NFQ_LIBS) \
	    -latf-c

$(O)/tests/live/%: $(O)/tests/live/%.o
	$(CC) $(LDFLAGS) -o $@ $^

test: tests
	O=$(O) sh tests/run.sh

check:
	O=$(O) MAKE=$(MAKE) SECONDS=$(SECONDS) sh tests/check.sh

# The failover demonstration
$(O)/tests/demo/demo: $(call objs,tests/demo/*.c)
	$(CC) $(LDFLAGS) -o $@ $^
demo: $(O)/tests/demo/demo $(O)/bin/hkern $(O)/bin/pfctl $(O)/bin/ifconfig
	O=$(O) sh tests/demo/demo.sh
demo-live: all $(LIVE)
	O=$(O) sh tests/live/demo-live.sh

soak: $(O)/tests/sim/soak
	$(O)/tests/sim/soak $(if $(SEEDS),-n $(SEEDS),-t $(SECONDS))

fuzz:
	O=$(O) SECONDS=$(SECONDS) sh tests/fuzz/fuzz.sh

$(O)/tests/bench/bench: $(call objs,tests/bench/*.c) $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $^ $(NFQ_LIBS)
bench: $(O)/tests/bench/bench $(O)/bin/hkern
	O=$(O) sh tests/bench/bench.sh

lint:
	sh tests/lint.sh

install: all
	sh share/install.sh "$(O)" "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf $(O) bench.tsv demo.pcap

-include $(shell test -d $(O) && find $(O) -name '*.d')
