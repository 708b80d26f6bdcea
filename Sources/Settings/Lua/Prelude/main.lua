-- Takes the request, runs what it names, and tells how it ended.
do
  -- An error with its place: the message's own, or else that of the Lua which was running.
  local function placed(fault)
    local chunk, line, text
    if type(fault) == "string" then
      chunk, line, text = match(fault, "^lua#(%d+):(%d+): (.*)$")
      text = text or fault
    else
      text = "an error that is a " .. type(fault)
    end
    if not chunk then chunk, line = host.where() end
    return { chunk, line, sub(text, 1, 500) }
  end

  local function attempt(start, ...)
    local arguments, count = { ... }, select("#", ...)
    local isGood, fault = xpcall(function() return start(unpack(arguments, 1, count)) end, placed)
    if isGood then return true end
    if type(fault) ~= "table" then fault = placed(fault) end
    tell("E", fault[1], fault[2], fault[3])
    return false
  end

  local function run(chunk)
    phase = chunk.phase
    host.enter(chunk.number)
    local start, fault = load(chunk.text, "@lua#" .. chunk.number, "t")
    if start then return attempt(start) end
    fault = placed(fault)
    tell("E", fault[1], fault[2], fault[3])
    return false
  end

  local function run_timers()
    phase = "timer"
    local index = 1
    while timers[index] do
      local timer = timers[index]
      index = index + 1
      attempt(timer[1], false, unpack(timer, 3, 2 + timer[2]))
    end
    for key in next, timers do timers[key] = nil end
  end

  local function names(take)
    local list = {}
    for index = 1, tonumber(take()) do list[index] = take() end
    return list
  end

  local function server(take)
    local function truth() return take() == "1" or nil end
    return {
      addr = take(), weight = tonumber(take()), max_fails = tonumber(take()), fail_timeout = tonumber(take()),
      backup = truth(), down = truth(),
    }
  end

  local take = reader(host.receive(), 1)
  local prefix = take()
  ngx.config.prefix = function() return prefix end
  package.path = take()
  option_names = names(take)
  for _, kind in ipairs(names(take)) do kinds[kind] = true end
  local kind = take()
  if kind ~= "" then default_kind = kind end
  has_default_request = take() == "1"
  knows_all_upstreams = take() == "1"
  for _, name in ipairs(names(take)) do ngx.shared[name] = dictionary(name) end
  for index = 1, tonumber(take()) do
    local upstream = { name = take() }
    for place = 1, tonumber(take()) do upstream[place] = server(take) end
    upstreams[index], upstreams[upstream.name] = upstream, upstream
  end
  local chunks = {}
  for index = 1, tonumber(take()) do
    chunks[index] = { phase = take(), number = tonumber(take()), text = take() }
  end

  local isGood = true
  local function run_all(wanted)
    for _, chunk in ipairs(chunks) do
      if isGood and chunk.phase == wanted then isGood = run(chunk) end
    end
  end
  run_all("init")
  if isGood then
    run_all("init_worker")
    run_timers()
  end
  -- Some start their checkers in the privileged agent and nowhere else.
  if isGood and calls == 0 and has_agent then
    process_type = "privileged agent"
    run_all("init_worker")
    run_timers()
  end
  tell("Z")
end
