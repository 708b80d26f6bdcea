-- resty.upstream.healthcheck: each call of spawn_checker is told, and answered as lua-resty answers.
local healthcheck
-- What the configuration says, filled in by the request: option names in their order, sets of names.
local option_names, kinds, upstreams = {}, {}, {}
local default_kind, has_default_request, knows_all_upstreams = nil, false, true
local calls = 0
do
  -- Longer texts and lists have a problem anyway, which needs not all of them.
  local longest_text, longest_list, deepest = 70000, 2000, 3

  local function shown(value)
    if value == floor(value) and value > -1e15 and value < 1e15 then return format("%d", value) end
    return format("%.14g", value)
  end

  -- A value as bytes: what it is, and then its text or its parts.
  local function encode(value, depth)
    local kind = type(value)
    local unknown = unknown_in(value)
    if unknown then return "u" .. field(unknown) end
    if kind == "string" then return "s" .. field(sub(value, 1, longest_text)) end
    if kind == "number" then return "s" .. field(shown(value)) end
    if kind == "boolean" then return "b" .. field(tostring(value)) end
    if kind == "cdata" then return "s" .. field((gsub(tostring(value), "[UL]+$", ""))) end
    if kind ~= "table" or depth > deepest then return "o" .. field(kind) end
    local parts = {}
    for index = 1, longest_list do
      local part = value[index]
      if part == nil then break end
      parts[index] = encode(part, depth + 1)
    end
    for key in next, value do
      if type(key) ~= "number" or key < 1 or key > #parts or key ~= floor(key) then return "o" .. field("mapping") end
    end
    return "l" .. number(#parts) .. concat(parts)
  end

  local function entries(options)
    local known, parts, others = {}, {}, {}
    for _, name in ipairs(option_names) do
      known[name] = true
      local value = options[name]
      if value ~= nil then parts[#parts + 1] = field(name) .. encode(value, 1) end
    end
    for key in next, options do
      if not known[key] then others[#others + 1] = type(key) == "string" and sub(key, 1, 200) or "" end
    end
    sort(others)
    for _, name in ipairs(others) do parts[#parts + 1] = field(name) .. "b" .. field("true") end
    return number(#parts) .. concat(parts)
  end

  -- A word for each refusal, and lua-resty's text of it.
  local function refusal(options)
    local kind = options.type or default_kind
    if not kind then return "type", '"type" option required' end
    if not unknown_in(kind) and not kinds[kind] then
      return "kind", 'only "http", "https", "grpc" and "tcp" type are supported right now'
    end
    if (kind == "http" or kind == "https") and not options.http_req and not has_default_request then
      return "http_req", '"http_req" option required'
    end
    local name = options.upstream
    if not name then return "upstream", "no upstream specified" end
    if type(name) == "number" then name = shown(name) end
    if type(name) == "string" and knows_all_upstreams and not unknown_in(name) and not upstreams[name] then
      return "not-found", "failed to get primary peers: upstream not found"
    end
    if phase == "init" then return "init", "API disabled in the context of init_by_lua*" end
    return "", nil
  end

  local function spawn_checker(options)
    if type(options) ~= "table" then
      error("bad argument #1 to 'spawn_checker' (table expected, got " .. type(options) .. ")", 2)
    end
    local chunk, line = host.where()
    calls = calls + 1
    if is_standin(options) then
      host.send("C" .. field(tostring(chunk)) .. field(tostring(line)) .. field("unknown") .. number(1)
        .. field("upstream") .. encode(options, 1))
      return nil, "not known here"
    end
    local word, text = refusal(options)
    host.send("C" .. field(tostring(chunk)) .. field(tostring(line)) .. field(word) .. entries(options))
    if text then return nil, text end
    return true
  end

  healthcheck = patient("healthcheck", {
    _VERSION = "0.08", spawn_checker = spawn_checker,
    status_page = function() return "" end, prometheus_status_page = function() return "" end,
  })
end
