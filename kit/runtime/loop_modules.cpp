#include "kit/runtime/loop_modules.hpp"

#include "kit/async/gate.hpp"
#include "kit/async/sleep.hpp"
#include "kit/runtime/callers/loop_auth.hpp"
#include "kit/runtime/host/loop_module.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tw::runtime {

LoopModules::LoopModules(std::size_t index, const ProcessContext& context)
    : index_{index}, loop_{context.loops.at(index)}, context_{context} {
    context_.rpc_states->set(index_, [this](auto& states) { tell(states); });
}

LoopModules::~LoopModules() {
    context_.rpc_states->set(index_, nullptr);
    while (!loop_modules_.empty()) loop_modules_.pop_back();
}

Result<void> LoopModules::open(std::span<const std::unique_ptr<ModuleInstance>> modules) {
    // All modules get their objects first: a module may ask for the channel to one that serves
    // after it.
    for (const auto& module : modules) loop_modules_.push_back(std::make_unique<LoopModule>(*this, *module));
    if (context_.auth && !loop_modules_.empty()) {
        auth_ = std::make_unique<LoopAuth>(context_.auth, loop_, context_.workers, context_.clock,
                                           loop_modules_.front()->telemetry());
    }
    for (const auto& loop_module : loop_modules_) {
        if (auto opened = loop_module->open(); !opened) return opened;
    }
    for (const auto& loop_module : loop_modules_) loop_module->background().start_consumers();
    for (const auto& loop_module : loop_modules_) loop_module->background().start_flows_and_relay();
    if (index_ == 0) show_to_operators();
    return {};
}

LoopModule* LoopModules::find(std::string_view module) const {
    const auto found = std::find_if(loop_modules_.begin(), loop_modules_.end(),
                                    [&](const auto& loop_module) { return loop_module->name() == module; });
    return found == loop_modules_.end() ? nullptr : found->get();
}

void LoopModules::tell(std::vector<ModuleRpcState>& states) const {
    for (const auto& loop_module : loop_modules_) states.push_back(loop_module->rpc_state());
}

LoopModule* LoopModules::http_module() const {
    const auto found = std::find_if(loop_modules_.begin(), loop_modules_.end(),
                                    [](const auto& loop_module) { return loop_module->serves_http(); });
    return found == loop_modules_.end() ? nullptr : found->get();
}

LoopModule* LoopModules::rpc_module(std::string_view module) const {
    auto* loop_module = find(module);
    return loop_module != nullptr && loop_module->serves_rpc() ? loop_module : nullptr;
}

void LoopModules::serve_http(net::Socket socket) {
    if (auto* loop_module = http_module()) loop_module->serve_http(std::move(socket));
}

void LoopModules::serve_rpc(std::string_view module, net::Socket socket) {
    if (auto* loop_module = rpc_module(module)) loop_module->serve_rpc(std::move(socket));
}

void LoopModules::serve_http(std::unique_ptr<net::Stream> stream) {
    if (auto* loop_module = http_module()) loop_module->serve_http(std::move(stream));
}

void LoopModules::serve_rpc(std::string_view module, std::unique_ptr<net::Stream> stream) {
    if (auto* loop_module = rpc_module(module)) loop_module->serve_rpc(std::move(stream));
}

Task<Result<void>> LoopModules::drain(Deadline deadline) {
    // Balancers hear it before they see the connections go, and no open question keeps the others
    // waiting.
    for (const auto& loop_module : loop_modules_) loop_module->begin_drain();
    Gate gate;
    for (const auto& loop_module : loop_modules_) {
        if (loop_module->serves_http()) spawn(gate, loop_module->drain_http(deadline));
        if (loop_module->serves_rpc()) spawn(gate, loop_module->drain_rpc(deadline));
    }
    co_await close_and_wait(gate);
    // Calls may wait for flows, so flows end after calls.
    co_await handlers_ended(deadline);
    co_await stop_background(deadline);
    co_return Result<void>{};
}

void LoopModules::show_to_operators() {
    std::vector<OperatedModule> operated;
    for (const auto& loop_module : loop_modules_) {
        const auto& background = loop_module->background();
        if (background.has_flows() || background.has_outbox()) operated.push_back(loop_module->operated());
    }
    context_.operated->open(std::move(operated));
}

Task<void> LoopModules::stop_background(Deadline deadline) {
    Gate flows;
    for (const auto& loop_module : loop_modules_) spawn(flows, loop_module->background().stop_flows(deadline));
    co_await close_and_wait(flows);
    // The steps of flows have called other modules of this loop.
    co_await handlers_ended(deadline);
    // A relay hands an event to the consumers that are there, and then removes it. So all relays
    // end before the first consumer does.
    Gate relays;
    for (const auto& loop_module : loop_modules_) spawn(relays, loop_module->background().stop_relay());
    co_await close_and_wait(relays);
    Gate consumers;
    for (const auto& loop_module : loop_modules_) spawn(consumers, loop_module->background().stop_consumers());
    co_await close_and_wait(consumers);
    if (index_ == 0) co_await context_.operated->close();
    for (const auto& loop_module : loop_modules_) co_await loop_module->stop_audit();
    // No call is served any more that needs a key.
    if (auth_) co_await auth_->stop();
}

std::vector<const rpc::Method*> LoopModules::methods() const {
    std::vector<const rpc::Method*> all;
    for (const auto& loop_module : loop_modules_) {
        for (const auto* method : loop_module->services().methods()) all.push_back(method);
    }
    return all;
}

bool LoopModules::handlers_at_work() const {
    return std::ranges::any_of(loop_modules_, [](const auto& loop_module) { return loop_module->running() > 0; });
}

Task<void> LoopModules::handlers_ended(Deadline deadline) {
    // Looking now and then will do once in a process's life, and handlers call others while they
    // end.
    constexpr std::chrono::milliseconds kPause{1};
    RootCall call{loop_, deadline};
    while (handlers_at_work()) {
        const auto waited = co_await sleep_for(call.context(), kPause);
        if (!waited) co_return;
    }
}

}  // namespace tw::runtime
