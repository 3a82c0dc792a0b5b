#include "kit/runtime/host/rpc_state_registry.hpp"

#include "kit/otlp/ask_loops.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>

namespace tw::runtime {
namespace {

constexpr std::chrono::seconds kStateCollectTimeMax{5};

}  // namespace

Task<Result<std::vector<ModuleRpcState>>> RpcStateRegistry::collect(const CallContext& ctx) {
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kStateCollectTimeMax), &ctx.scope()};
    const auto collecting = ctx.with_scope(scope);
    // A loop that answers too late still finds a place to put its answer.
    const auto answers = std::make_shared<std::vector<std::vector<ModuleRpcState>>>(sources_.size());
    std::vector<otlp::LoopTask> tasks;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        auto work = std::make_shared<std::move_only_function<void()>>([this, answers, i] {
            if (sources_[i]) sources_[i]((*answers)[i]);
        });
        tasks.push_back({&loops_.at(i), std::move(work)});
    }
    // The process's loops last longer than anything that runs on them; so this loop needs no owner.
    std::shared_ptr<EventLoop> home{std::shared_ptr<void>{}, &ctx.loop()};
    auto asking = otlp::ask_loops(collecting, std::move(home), std::move(tasks));
    const bool all = co_await std::move(asking);
    if (!all) co_return unavailable("a loop did not answer in time");
    std::vector<ModuleRpcState> states;
    for (auto& answer : *answers) std::ranges::move(answer, std::back_inserter(states));
    co_return states;
}

}  // namespace tw::runtime
