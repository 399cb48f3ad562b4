-- SPDX-License-Identifier: BSD-2-Clause
--
-- Wireshark's dissector of pfsync(4), IP protocol 240: how pf(4) firewalls tell
-- each other about their states.  Versions 5 (FreeBSD; formats 1301, 1400 and
-- 1500), 6 (OpenBSD) and 3 (NetBSD), every field.
--
--	tshark -X lua_script:pfsync.lua -r em1.pcap -V
--
-- or put it into Wireshark's folder of personal Lua plugins.  Fields are named
-- pfsync.id, pfsync.src.seqlo, pfsync.wire.addr0 (an IPv6 address is
-- pfsync.wire.addr0.v6), and so on; what is wrong with a packet is in its
-- expert information, pfsync.malformed and pfsync.range.
--
-- A layout is the row of all fields of a header or message in the order of the
-- wire, so that what is before a field is where it stands.  A field is
-- { name, width, kind }.
--
-- Captures of pfsync0 itself have link types that Wireshark does not know;
-- capture on the syncdev.

local pfsync = Proto("pfsync", "pf State Synchronisation")

local malformed = ProtoExpert.new("pfsync.malformed", "Malformed packet",
    expert.group.MALFORMED, expert.severity.ERROR)
local range = ProtoExpert.new("pfsync.range", "Value out of range",
    expert.group.PROTOCOL, expert.severity.WARN)
local skipped = ProtoExpert.new("pfsync.skipped", "Receivers skip this",
    expert.group.UNDECODED, expert.severity.NOTE)
pfsync.experts = { malformed, range, skipped }

local HEADER_LEN, SUBHEADER_LEN = 20, 4
local VERSION_MAX = 6			-- no BSD has spoken a later one
local ACT_EOF = 12			-- version 5

--
-- Names of values
--
local timeouts = {
	[0] = "tcp.first", "tcp.opening", "tcp.established", "tcp.closing",
	"tcp.finwait", "tcp.closed", "udp.first", "udp.single", "udp.multiple",
	"icmp.first", "icmp.error", "other.first", "other.single",
	"other.multiple", "frag", "interval", "adaptive.start", "adaptive.end",
	"src.track", "tcp.tsdiff", "sctp.first", "sctp.opening",
	"sctp.established", "sctp.closing", "sctp.closed"
}
local families = { [2] = "IPv4", [24] = "IPv6 (NetBSD, OpenBSD)",
    [28] = "IPv6 (FreeBSD)" }
local directions = { [0] = "in and out", "in", "out" }
local routes = { [0] = "none", "fastroute", "route-to", "dup-to", "reply-to" }
local routes_v6 = { [0] = "none", "route-to", "dup-to", "reply-to" }
local bulk = { "start", "end" }
local ipsec = { [50] = "esp", [51] = "ah", [108] = "ipcomp" }
local protocols = { "icmp", [6] = "tcp", [17] = "udp", [58] = "ipv6-icmp",
    [132] = "sctp" }
local PEER_STATE_MAX = 12

--
-- Layouts
--
local function join(...)
	local all = {}
	for _, list in ipairs({ ... }) do
		for _, f in ipairs(list) do
			all[#all + 1] = f
		end
	end
	return all
end

local function pad(n)
	return { { "pad", n, "bytes" } }
end

local function peer(p)
	return join({
	    { p .. ".scrub_flags", 2, "hex" }, { p .. ".scrub_ttl", 1, "dec" },
	    { p .. ".scrub_valid", 1, "dec" }, { p .. ".ts_mod", 4, "dec" },
	    { p .. ".seqlo", 4, "dec" }, { p .. ".seqhi", 4, "dec" },
	    { p .. ".seqdiff", 4, "dec" }, { p .. ".max_win", 2, "dec" },
	    { p .. ".mss", 2, "dec" }, { p .. ".state", 1, "dec" },
	    { p .. ".wscale", 1, "hex" } }, pad(6))
end

local peers = join(peer("src"), peer("dst"))

local function host(h)
	return join({ { h .. ".addr", 16, "addr" }, { h .. ".port", 2, "dec" } },
	    pad(6))
end

local function key_v5(k)
	return { { k .. ".addr0", 16, "addr" }, { k .. ".addr1", 16, "addr" },
	    { k .. ".port0", 2, "dec" }, { k .. ".port1", 2, "dec" } }
end

local function key_v6(k)
	return join(key_v5(k), { { k .. ".rdomain", 2, "dec" },
	    { k .. ".af", 1, "dec" } }, pad(1))
end

local key12 = { { "id", 8, "bytes" }, { "creatorid", 4, "bytes" } }
local clr = { { "ifname", 16, "name" }, { "creatorid", 4, "bytes" } }
local bus = { { "creatorid", 4, "bytes" }, { "endtime", 4, "dec" },
    { "status", 1, "dec" } }
local sa = { { "dst.len", 1, "dec" }, { "dst.family", 1, "dec" },
    { "dst.addr", 26, "sockaddr" } }
local upd_c = join({ { "id", 8, "bytes" } }, peers,
    { { "creatorid", 4, "bytes" }, { "expire", 4, "dec" },
    { "timeout", 1, "dec" } })

local head = { { "id", 8, "bytes" }, { "ifname", 16, "name" } }
local middle = join(peers, {
    { "rt_addr", 16, "addr" }, { "rule", 4, "signed" },
    { "anchor", 4, "signed" }, { "nat_rule", 4, "signed" },
    { "creation", 4, "dec" }, { "expire", 4, "dec" },
    { "packets0", 8, "dec" }, { "packets1", 8, "dec" },
    { "bytes0", 8, "dec" }, { "bytes1", 8, "dec" },
    { "creatorid", 4, "bytes" } })
local what = { { "af", 1, "dec" }, { "proto", 1, "dec" },
    { "direction", 1, "dec" } }
local queues = { { "qid", 2, "dec" }, { "pqid", 2, "dec" },
    { "dnpipe", 2, "dec" }, { "dnrpipe", 2, "dec" } }
local prios = { { "set_prio0", 1, "dec" }, { "set_prio1", 1, "dec" } }

local state_v3 = join(head, host("lan"), host("gwy"), host("ext"), middle,
    what, { { "log", 1, "dec" }, { "allow_opts", 1, "dec" },
    { "timeout", 1, "dec" }, { "sync_flags", 1, "hex" },
    { "updates", 1, "dec" } })
local state_1301 = join(head, key_v5("wire"), key_v5("stack"), middle, what,
    pad(2), { { "log", 1, "dec" }, { "state_flags", 1, "hex" },
    { "timeout", 1, "dec" }, { "sync_flags", 1, "hex" },
    { "updates", 1, "dec" } })
local state_1400 = join(head, key_v5("wire"), key_v5("stack"), middle, what,
    { { "state_flags", 2, "hex" }, { "log", 1, "dec" } }, pad(1),
    { { "timeout", 1, "dec" }, { "sync_flags", 1, "hex" },
    { "updates", 1, "dec" } }, queues,
    { { "rtableid", 4, "signed" }, { "min_ttl", 1, "dec" },
    { "set_tos", 1, "hex" }, { "max_mss", 2, "dec" } }, prios,
    { { "rt", 1, "dec" }, { "rt_ifname", 16, "name" } })
local state_1500 = join(head, key_v5("wire"), key_v5("stack"), middle,
    { { "tagname", 64, "name" }, { "rt_ifname", 16, "name" },
    { "orig_ifname", 16, "name" }, { "rtableid", 4, "signed" },
    { "state_flags", 2, "hex" } }, queues,
    { { "max_mss", 2, "dec" }, { "wire.af", 1, "dec" },
    { "stack.af", 1, "dec" }, { "rt_af", 1, "dec" },
    { "wire.proto", 1, "dec" }, { "stack.proto", 1, "dec" },
    { "log", 1, "dec" }, { "timeout", 1, "dec" },
    { "direction", 1, "dec" }, { "rt", 1, "dec" },
    { "min_ttl", 1, "dec" }, { "set_tos", 1, "hex" } }, prios, pad(3))
local state_v6 = join(head, key_v6("wire"), key_v6("stack"), middle,
    { { "rtableid0", 4, "signed" }, { "rtableid1", 4, "signed" },
    { "max_mss", 2, "dec" } }, what, { { "log", 1, "dec" },
    { "rt", 1, "dec" }, { "timeout", 1, "dec" }, { "sync_flags", 1, "hex" },
    { "updates", 1, "dec" }, { "min_ttl", 1, "dec" },
    { "set_tos", 1, "hex" }, { "state_flags", 2, "hex" } }, prios)

local header = { { "version", 1, "dec" }, { "spare", 1, "dec" },
    { "len", 2, "dec" }, { "cksum", 16, "bytes" } }
local header_v3 = { { "version", 1, "dec" }, { "af", 1, "dec" },
    { "action", 1, "dec" }, { "count", 1, "dec" }, { "cksum", 16, "bytes" } }
local subheader_v5 = { { "action", 1, "dec" }, { "spare", 1, "dec" },
    { "count", 2, "dec" } }
local subheader_v6 = { { "action", 1, "dec" }, { "size", 1, "dec" },
    { "count", 2, "dec" } }

local tdb = join({ { "spi", 4, "bytes" } }, sa, { { "rpl", 4, "dec" },
    { "cur_bytes", 8, "dec" }, { "sproto", 1, "dec" },
    { "updates", 1, "dec" } }, pad(2))
local tdb_v6 = join({ { "spi", 4, "bytes" } }, sa, { { "rpl", 8, "dec" },
    { "cur_bytes", 8, "dec" }, { "sproto", 1, "dec" },
    { "updates", 1, "dec" }, { "rdomain", 2, "dec" } })

--
-- Messages of each version by action: name and layout.  Of those with a name
-- only nothing is known.
--
local versions = {
	[3] = {
		[0] = { "CLR", join(clr, pad(4)) },
		{ "INS", state_v3 }, { "UPD", state_v3 }, { "DEL", state_v3 },
		{ "UPD_C", join(upd_c, { { "updates", 1, "dec" } }, pad(6)) },
		{ "DEL_C", join(key12, { { "src.state", 1, "dec" },
		    { "dst.state", 1, "dec" } }, pad(2)) },
		[8] = { "UREQ", join(key12, pad(4)) },
		[9] = { "BUS", join(bus, pad(7)) },
		[10] = { "TDB", tdb },
	},
	[5] = {
		[0] = { "CLR", clr },
		{ "INS_1301", state_1301 }, { "INS_ACK", key12 },
		{ "UPD_1301", state_1301 }, { "UPD_C", join(upd_c, pad(3)) },
		{ "UPD_REQ", key12 }, { "DEL", state_1301 }, { "DEL_C", key12 },
		[10] = { "BUS", join(bus, pad(3)) },
		[11] = { "TDB", tdb },
		[ACT_EOF] = { "EOF" },
		[13] = { "INS_1400", state_1400 },
		[14] = { "UPD_1400", state_1400 },
		[15] = { "INS_1500", state_1500 },
		[16] = { "UPD_1500", state_1500 },
	},
	[6] = {
		[0] = { "CLR", clr },
		{ "OINS" }, { "INS_ACK", key12 }, { "OUPD" },
		{ "UPD_C", join(upd_c, { { "state_flags", 1, "hex" } },
		    pad(2)) },
		{ "UPD_REQ", key12 }, { "DEL", state_v6 }, { "DEL_C", key12 },
		{ "INS_F" }, { "DEL_F" }, { "BUS", join(bus, pad(3)) },
		{ "OTDB" }, { "EOF" }, { "INS", state_v6 }, { "UPD", state_v6 },
		{ "TDB", tdb_v6 },
	},
}

local function size_of(layout)
	local size = 0
	for _, f in ipairs(layout or {}) do
		size = size + f[2]
	end
	return size
end

--
-- Fields.  Those of one name differ at most in width, so the widest serves.
--
local named = {			-- the names of a field's values
	timeout = timeouts, af = families, direction = directions,
	status = bulk, sproto = ipsec, proto = protocols, rt_af = families,
	["wire.af"] = families, ["stack.af"] = families,
	["wire.proto"] = protocols, ["stack.proto"] = protocols,
	["dst.family"] = families
}
local fields = {}

local function register(name, width, kind)
	local abbr = "pfsync." .. name
	if kind == "addr" or kind == "sockaddr" then
		fields[name] = ProtoField.ipv4(abbr, name)
		fields[name .. ".v6"] = ProtoField.ipv6(abbr .. ".v6", name)
		fields[name .. ".raw"] = ProtoField.bytes(abbr .. ".raw", name)
	elseif kind == "bytes" then
		fields[name] = ProtoField.bytes(abbr, name)
	elseif kind == "name" then
		fields[name] = ProtoField.string(abbr, name)
	elseif kind == "signed" then
		fields[name] = ProtoField.int32(abbr, name)
	elseif kind == "hex" then
		local make = width == 1 and ProtoField.uint8 or ProtoField.uint16
		fields[name .. width] = make(abbr, name, base.HEX)
	elseif width == 8 or name == "rpl" then
		fields[name] = ProtoField.uint64(abbr, name)
	else
		fields[name] = ProtoField.uint32(abbr, name, base.DEC,
		    named[name])
	end
end

local registered = {}
local function register_all(layout)
	for _, f in ipairs(layout or {}) do
		local name = f[3] == "hex" and f[1] .. f[2] or f[1]
		if not registered[name] then
			registered[name] = true
			register(f[1], f[2], f[3])
		end
	end
end

for _, layout in ipairs({ header, header_v3, subheader_v5, subheader_v6 }) do
	register_all(layout)
end
for _, messages in pairs(versions) do
	for _, m in pairs(messages) do
		register_all(m[2])
	end
end
do
	local list = {}
	for _, f in pairs(fields) do
		list[#list + 1] = f
	end
	pfsync.fields = list
end

--
-- Dissection
--
local function offset_of(layout, name)
	local off = 0
	for _, f in ipairs(layout) do
		if f[1] == name then
			return off, f[2]
		end
		off = off + f[2]
	end
end

-- The integer that a field is; nil if the layout has none of that name.
local function get(tvb, layout, name)
	local off, width = offset_of(layout, name)
	return off and tvb(off, width):uint() or nil
end

-- The family of an address: the key's own or, if that is none, the state's.
local function family_of(tvb, layout, name)
	local own = name == "rt_addr" and "rt_af" or
	    name:match("^(%a+)%.addr[01]$")
	if own and own ~= "rt_af" then
		own = own .. ".af"
	end
	local af = own and get(tvb, layout, own) or 0
	if af == 0 then
		af = get(tvb, layout, "af") or 0
	end
	return af
end

local function address_len(af)
	return af == 2 and 4 or (af == 24 or af == 28) and 16 or 0
end

local function add_address(tree, name, tvb, off, width, af)
	local len = address_len(af)
	local field = name .. (len == 16 and ".v6" or len == 0 and ".raw" or "")
	tree:add(fields[field], tvb(off, len == 0 and width or len))
end

local function add_field(tree, tvb, layout, f, off)
	local name, width, kind = f[1], f[2], f[3]
	if kind == "addr" then
		add_address(tree, name, tvb, off, width,
		    family_of(tvb, layout, name))
	elseif kind == "sockaddr" then
		local af = get(tvb, layout, "dst.family")
		local skip = ({ [0] = 0, [4] = 2, [16] = 6 })[address_len(af)]
		add_address(tree, name, tvb, off + skip, width - skip, af)
	elseif kind == "name" then
		tree:add(fields[name], tvb(off, width),
		    tvb(off, width):stringz())
	elseif kind == "hex" then
		tree:add(fields[name .. width], tvb(off, width))
	else
		tree:add(fields[name], tvb(off, width))
	end
end

local function add_fields(tree, tvb, layout)
	local off = 0
	for _, f in ipairs(layout) do
		add_field(tree, tvb, layout, f, off)
		off = off + f[2]
	end
end

-- What receivers refuse.
local limits = {
	{ "timeout", 0, 24 }, { "direction", 0, 2 }, { "status", 1, 2 },
	{ "src.state", 0, PEER_STATE_MAX }, { "dst.state", 0, PEER_STATE_MAX }
}

local function check_ranges(tree, tvb, layout, is_request)
	for _, l in ipairs(limits) do
		local v = get(tvb, layout, l[1])
		if v and (v < l[2] or v > l[3]) then
			tree:add_proto_expert_info(range,
			    string.format("%s is %d", l[1], v))
		end
	end
	for _, name in ipairs({ "af", "wire.af", "stack.af" }) do
		local af = get(tvb, layout, name)
		if af and address_len(af) == 0 then
			tree:add_proto_expert_info(range,
			    string.format("%s is %d", name, af))
		end
	end
	if get(tvb, layout, "creatorid") == 0 and not is_request then
		tree:add_proto_expert_info(range, "creatorid is 0")
	end
end

local function add_message(tree, tvb, m)
	local t = tree:add(pfsync, tvb(), m[1])
	add_fields(t, tvb, m[2])
	check_ranges(t, tvb, m[2], m[1] == "UPD_REQ" or m[1] == "UREQ")
end

-- Count messages of size bytes each at off.
local function add_messages(tree, tvb, off, m, count, size)
	if not m[2] then
		return
	end
	local known = size_of(m[2])
	for i = 0, count - 1 do
		add_message(tree, tvb(off + i * size, known):tvb(), m)
	end
end

local function bad(tree, text)
	tree:add_proto_expert_info(malformed, text)
end

-- Version 3: one action, named in the header.
local function dissect_v3(tvb, tree)
	local messages = versions[3]
	local action, count = tvb(2, 1):uint(), tvb(3, 1):uint()
	local left = tvb:len() - HEADER_LEN
	local m = messages[action]

	add_fields(tree, tvb(0, HEADER_LEN):tvb(), header_v3)
	if not m then
		bad(tree, "unknown action " .. action)
		return "action " .. action
	end
	-- NetBSD does not count a lone CLR or BUS.
	if count == 0 and (m[1] == "CLR" or m[1] == "BUS") then
		count = 1
	end
	local name = m[1] .. " " .. count
	local size = size_of(m[2])
	if count * size > left then
		bad(tree, string.format("%s: %d bytes left", name, left))
		return name
	end
	if count * size ~= left then
		bad(tree, string.format("%d bytes after the last message",
		    left - count * size))
	end
	add_messages(tree, tvb, HEADER_LEN, m, count, size)
	return name
end

-- One group of versions 5 and 6.  Returns its name and where the next begins;
-- nil if that cannot be told.
local function dissect_group(tvb, tree, off, version, sized)
	local sub = sized and subheader_v6 or subheader_v5
	local action, count = tvb(off, 1):uint(), tvb(off + 2, 2):uint()
	local m = versions[version][action]
	local known = m and size_of(m[2]) or 0
	local size = sized and tvb(off + 1, 1):uint() * 4 or known
	local name = (m and m[1] or "action " .. action) .. " " .. count
	local left = tvb:len() - off - SUBHEADER_LEN
	local skip = sized and (known == 0 or size < known)
	local g = tree:add(pfsync, tvb(off, SUBHEADER_LEN), name)

	add_fields(g, tvb(off, SUBHEADER_LEN):tvb(), sub)
	if not m and not (skip and size ~= 0 and count ~= 0) then
		bad(g, "unknown action " .. action)
	elseif not sized and not m[2] and count ~= 1 then
		bad(g, "count is not 1")
	elseif skip and known ~= 0 and (size == 0 or count == 0) then
		bad(g, "size is " .. size)
	elseif count * size > left then
		bad(g, string.format("%d bytes left", left))
	else
		g:set_len(SUBHEADER_LEN + count * size)
		if skip then
			g:add_proto_expert_info(skipped)
		else
			add_messages(g, tvb, off + SUBHEADER_LEN, m, count,
			    size)
		end
		return name, off + SUBHEADER_LEN + count * size
	end
	return name, nil
end

-- Versions 5 and 6: groups behind subheaders; in version 5 the last is EOF.
local function dissect_groups(tvb, tree, version)
	local sized = version == 6
	local names, off, ended = {}, HEADER_LEN, false

	add_fields(tree, tvb(0, HEADER_LEN):tvb(), header)
	if tvb(2, 2):uint() ~= tvb:len() then
		bad(tree, "length in header is " .. tvb(2, 2):uint())
	end
	while tvb:len() - off >= SUBHEADER_LEN and not ended do
		local name, next = dissect_group(tvb, tree, off, version, sized)
		names[#names + 1] = name
		if not next then
			return table.concat(names, ", ")
		end
		ended = not sized and tvb(off, 1):uint() == ACT_EOF
		off = next
	end
	if not sized and not ended then
		bad(tree, "no EOF")
	elseif off ~= tvb:len() then
		bad(tree, string.format("%d bytes after the last message",
		    tvb:len() - off))
	end
	return table.concat(names, ", ")
end

local ttl = Field.new("ip.ttl")
local hlim = Field.new("ipv6.hlim")

function pfsync.dissector(tvb, pinfo, root)
	local tree = root:add(pfsync, tvb())
	local text = ""

	pinfo.cols.protocol = "PFSYNC"
	if tvb:reported_len() < HEADER_LEN then
		bad(tree, "shorter than a header")
		return
	end
	if tvb:len() < tvb:reported_len() then
		bad(tree, "not captured as a whole")
		return
	end
	local version = tvb(0, 1):uint()
	local hops = ttl() or hlim()
	if hops and hops.value ~= 255 then
		tree:add_proto_expert_info(range, "TTL is not 255")
	end
	if version == 3 then
		text = dissect_v3(tvb, tree)
	elseif versions[version] then
		text = dissect_groups(tvb, tree, version)
	else
		tree:add(fields.version, tvb(0, 1))
		if version == 0 or version > VERSION_MAX then
			bad(tree, "unknown version " .. version)
		else
			tree:add_proto_expert_info(skipped,
			    "version is not decoded")
		end
	end
	tree:append_text(string.format(", version %d: %s", version, text))
	pinfo.cols.info = string.format("version %d: %s", version, text)
end

DissectorTable.get("ip.proto"):add(240, pfsync)
