-- wrk's side of benchmarks/http/orders.py: POST /api/orders for one product after another, drawn at random, and the outcome as one
-- JSON line. The environment has the user and how many products there are, ORDERS_USER and ORDERS_PRODUCTS.

local thread_count = 0

function setup(thread)
   thread:set("number", thread_count)
   thread_count = thread_count + 1
end

local requests = {}

-- The requests are made once, so that the client costs little.
function init()
   math.randomseed(os.time() * 16 + number)
   local headers = {["Content-Type"] = "application/json"}
   for i = 1, tonumber(os.getenv("ORDERS_PRODUCTS")) do
      local order = '{"user_id":"%s","product_id":"bench-%d","quantity":1}'
      requests[i] = wrk.format("POST", "/api/orders", headers, string.format(order, os.getenv("ORDERS_USER"), i))
   end
end

function request()
   return requests[math.random(#requests)]
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"answers":%d,"seconds":%f,"wrong":%d,"p50_us":%d,"p99_us":%d,"max_us":%d}\n',
      summary.requests, summary.duration / 1e6,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      latency:percentile(50), latency:percentile(99), latency.max))
end
