-- wrk's side of benchmarks/http/measure.py: sends what the environment says and prints the outcome as one JSON line.
-- TW_CREATE set: POST /api/users, each with an address of its own. TW_POST set: POST of that JSON to the URL's path. Otherwise:
-- GET of the URL's path, with the field Authorization of TW_AUTHORIZATION, or with as many bytes that mean nothing (TW_FILLER).

local thread_count = 0

function setup(thread)
   thread:set("number", thread_count)
   thread_count = thread_count + 1
end

local headers = {["Content-Type"] = "application/json"}
local function header(name, value) return value and {[name] = value} or nil end
local own = header("Authorization", os.getenv("TW_AUTHORIZATION")) or header("X-Filler", os.getenv("TW_FILLER"))
local sent = 0

function request()
   if os.getenv("TW_POST") then return wrk.format("POST", nil, headers, os.getenv("TW_POST")) end
   if not os.getenv("TW_CREATE") then return wrk.format("GET", nil, own) end
   sent = sent + 1
   local email = string.format("%s-%d-%d@example.com", os.getenv("TW_CREATE"), number, sent)
   return wrk.format("POST", "/api/users", headers, string.format('{"email":"%s","name":"Load"}', email))
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"answers":%d,"seconds":%f,"wrong":%d,"p50_us":%d,"p99_us":%d}\n',
      summary.requests, summary.duration / 1e6,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      latency:percentile(50), latency:percentile(99)))
end
