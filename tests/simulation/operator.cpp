#include "tests/simulation/operator.hpp"

#include "kit/durable/flow_store.hpp"

#include <array>
#include <string>
#include <tuple>
#include <utility>

namespace tw::shop {

Task<void> operate_flows(const CallContext& ctx, sql::Database& database, telemetry::Telemetry telemetry,
                         simulation::Faults& faults, Timestamp now) {
    using durable::State;
    constexpr std::array kOpen{State::running, State::waiting, State::parked};
    constexpr std::int64_t kLookedAtMax = 20;
    durable::FlowStore store{database, telemetry};
    const auto state = kOpen[faults.pick(kOpen.size())];
    const bool cancels = faults.pick(2) == 0;
    const durable::FlowPosition from;
    const auto flows = co_await store.list(ctx, "", state, kLookedAtMax, from);
    if (!flows || flows->empty()) co_return;
    const std::string id = (*flows)[faults.pick(flows->size())].id;
    auto changing = cancels ? store.cancel(ctx, id, now) : store.retry(ctx, id, now);
    std::ignore = co_await std::move(changing);
}

}  // namespace tw::shop
