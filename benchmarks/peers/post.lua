-- POSTs customers' messages as Rocket.Chat sends them: `message.json` without its line ends, 1.5 KB.
--
-- Every request has a message id of its own: MESSAGE_PREFIX, which makes runs differ, the thread and a number. From the
-- environment also
--   WEBHOOK_SECRET             for the header by which Rocket.Chat is known
--   MESSAGES_PER_CONVERSATION  1 where it is not set
--   ACCOUNTS                   where set, the URL is followed by "-1" to "-ACCOUNTS", by turns
dofile("report.lua")

local threads = 0

function setup(thread)
  thread:set("thread_number", threads)
  threads = threads + 1
end

-- A plain find: ids stand in the template once or more, and patterns would read their characters.
local function split(text, mark)
  local pieces, from = {}, 1
  while true do
    local first, last = text:find(mark, from, true)
    if not first then break end
    pieces[#pieces + 1] = text:sub(from, first - 1)
    from = last + 1
  end
  pieces[#pieces + 1] = text:sub(from)
  return pieces
end

local function template()
  local file = assert(io.open("message.json"))
  local text = file:read("*a"):gsub("\n%s*", "")
  file:close()
  return text
end

-- Whole requests, with the marks still in them. Ids are as long as the marks, so that the length that is told is right.
local conversation_mark, message_mark = "@CONVERSATION@@@@@@@", "@MESSAGE@@@@@@@@@@@@"

local function wires(accounts)
  local body = template():gsub("@CONVERSATION@", conversation_mark):gsub("@MESSAGE@", message_mark)
  local headers = {
    ["Content-Type"] = "application/json",
    ["X-RocketChat-Livechat-Token"] = os.getenv("WEBHOOK_SECRET"),
  }
  local found = {}
  for account = 1, accounts or 1 do
    local path = accounts and wrk.path .. "-" .. account or wrk.path
    found[account] = wrk.format("POST", path, headers, body)
  end
  return found
end

-- What stands before, between and behind the ids; in the template the conversation's are first and last.
local function cut(wire)
  local outer = split(wire, conversation_mark)
  local inner = split(outer[2], message_mark)
  assert(#outer == 3 and #inner == 2, "message.json has other marks than expected")
  return { outer[1], inner[1], inner[2], outer[3] }
end

local pieces, prefix, per_conversation, number = {}, nil, 1, 0

function init(arguments)
  local accounts = tonumber(os.getenv("ACCOUNTS") or "")
  for account, wire in ipairs(wires(accounts)) do pieces[account] = cut(wire) end
  per_conversation = tonumber(os.getenv("MESSAGES_PER_CONVERSATION") or "1")
  prefix = string.format("%-8.8s", os.getenv("MESSAGE_PREFIX") or "run"):gsub(" ", "0")
  prefix = prefix .. string.format("%02d", thread_number)
end

-- Joining a few strings costs a microsecond; making the whole request anew would take what the server is to have.
function request()
  local conversation = math.floor(number / per_conversation)
  local piece = pieces[conversation % #pieces + 1]
  local room = string.format("R%s%09d", prefix, conversation)
  local message = string.format("M%s%09d", prefix, number)
  number = number + 1
  return piece[1] .. room .. piece[2] .. message .. piece[3] .. room .. piece[4]
end
