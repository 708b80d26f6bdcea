-- What is not as it should be, told once: a warning when it has lasted, a notice when it is over.
--
-- Of things that all workers find alike only the first worker (ngx.worker.id() 0) tells.
local findings = {}

local Findings = {}
Findings.__index = Findings

function findings.new() return setmetatable({ known = {} }, Findings) end

function Findings:start() self.is_telling = ngx.worker.id() == 0 end

-- Something is found, or found again. `sign`: what makes it another finding, which is told anew.
-- `text`: the warning, or a function that makes it, called when it is told. `lasting`: told when it was found for so
-- many seconds.
function Findings:see(key, sign, lasting, text)
  local known = self.known[key] or {}
  if known.sign ~= sign then known.sign, known.since, known.is_told = sign, ngx.now(), false end
  known.lasting, known.text = lasting, text
  self.known[key] = known
end

-- It is good. `text`: told where the trouble was told.
function Findings:clear(key, text)
  local known = self.known[key]
  self.known[key] = nil
  if known and known.was_told and not ngx.worker.exiting() then ngx.log(ngx.NOTICE, "quorate: ", text) end
end

-- Nobody knows whether it is good: what was told stays told, what was not is forgotten.
function Findings:drop(key)
  local known = self.known[key]
  if known and not known.was_told then self.known[key] = nil end
end

-- Something is still to be told: another look is wanted soon.
function Findings:has_untold()
  if not self.is_telling then return false end
  for _, known in pairs(self.known) do
    if not known.is_told then return true end
  end
  return false
end

-- To be called after a look, so that each finding still holds.
function Findings:tell()
  if not self.is_telling then return end
  local due = {}
  for key, known in pairs(self.known) do
    local lasted = ngx.now() - known.since
    -- The wall clock may be put back.
    if not known.is_told and (lasted < 0 or lasted >= known.lasting) then due[#due + 1] = key end
  end
  table.sort(due)
  for _, key in ipairs(due) do
    local known = self.known[key]
    local text = type(known.text) == "function" and known.text() or known.text
    if ngx.worker.exiting() then return end
    known.is_told, known.was_told = true, true
    ngx.log(ngx.WARN, "quorate: ", text)
  end
end

return findings
