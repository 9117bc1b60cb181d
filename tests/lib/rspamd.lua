-- SPDX-License-Identifier: MIT
--
-- Values of Authentication-Results on standard input, one a line: for each one line with the pairs that
-- rspamd's own parser takes from them, in the way of its ARC module, sorted: "smtp.mailfrom=a.example
-- spf=pass". Blanks after ";", at which release 3.4 reads no further, are taken away. For rspamadm lua.
local split = require("lua_util").rspamd_str_split
local parse = require("lua_auth_results").parse_ar_element

for line in io.lines() do
	local found = {}
	for _, element in ipairs(split(line, ";")) do
		for key, value in pairs(parse(element:match("^%s*(.*)")) or {}) do
			found[#found + 1] = key .. "=" .. value
		end
	end
	table.sort(found)
	print(table.concat(found, " "))
end
