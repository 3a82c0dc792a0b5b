-- wrk's side of benchmarks/http/checkout.py: POST /api/orders, then POST /api/orders/{id}/pay for each order that was placed, and the
-- outcome as one JSON line. The environment has the user and how many products there are: CHECKOUT_USER and CHECKOUT_PRODUCTS.

local threads = {}

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

local headers = {["Content-Type"] = "application/json"}
local pay = '{"payment_token":"tok_ok"}'
local orders = {}
local unpaid = {}

placed, paid, wrong, example = 0, 0, 0, ""

function init()
   math.randomseed(os.time() * 16 + number)
   for i = 1, tonumber(os.getenv("CHECKOUT_PRODUCTS")) do
      local order = '{"user_id":"%s","product_id":"bench-%d","quantity":1}'
      orders[i] = wrk.format("POST", "/api/orders", headers, string.format(order, os.getenv("CHECKOUT_USER"), i))
   end
end

-- An order is paid before the next one is placed.
function request()
   local id = table.remove(unpaid)
   if id == nil then return orders[math.random(#orders)] end
   return wrk.format("POST", "/api/orders/" .. id .. "/pay", headers, pay)
end

function response(status, _, body)
   if status == 200 and body:find('"payment_status":"paid"', 1, true) then
      paid = paid + 1
   elseif status == 200 and body:find('"status":"pending"', 1, true) then
      placed = placed + 1
      table.insert(unpaid, body:match('"id":"([^"]+)"'))
   else
      wrong = wrong + 1
      example = body:gsub('[^%w%s:,.{}_-]', ' '):sub(1, 300)
   end
end

function done(summary, latency)
   local sums = {placed = 0, paid = 0, wrong = 0}
   local seen = ""
   for _, thread in ipairs(threads) do
      for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
      if thread:get("example") ~= "" then seen = thread:get("example") end
   end
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"placed":%d,"paid":%d,"wrong":%d,"seconds":%f,"p50_us":%d,"p99_us":%d,"example":"%s"}\n',
      sums.placed, sums.paid, sums.wrong + errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
      latency:percentile(50), latency:percentile(99), seen))
end
