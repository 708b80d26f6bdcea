-- Where an upstream stands, at one moment.
-- KEYS: head, definition, status, evidence, overrides.
-- Answers: head HEAD_FIELDS | none.
local head = read_head(KEYS)
if not head.is_there then return answer('none') end
return answer('head', told(head))
