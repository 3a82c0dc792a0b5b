#include "kit/runtime/loop_room.hpp"

#include "kit/async/gate.hpp"
#include "kit/async/sleep.hpp"
#include "kit/runtime/seat.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tw::runtime {

LoopRoom::LoopRoom(std::size_t index, const Surroundings& around)
    : index_{index}, loop_{around.loops.at(index)}, around_{around} {
    around_.rpc_board->set(index_, [this](auto& states) { tell(states); });
}

LoopRoom::~LoopRoom() {
    around_.rpc_board->set(index_, nullptr);
    while (!seats_.empty()) seats_.pop_back();
}

Result<void> LoopRoom::open(std::span<const std::unique_ptr<ModuleRoom>> modules) {
    // All seats first: a module may ask for the channel to one that serves after it.
    for (const auto& module : modules) seats_.push_back(std::make_unique<Seat>(*this, *module));
    for (const auto& seat : seats_) {
        if (auto opened = seat->open(); !opened) return opened;
    }
    return {};
}

Seat* LoopRoom::find(std::string_view module) const {
    const auto found = std::find_if(seats_.begin(), seats_.end(), [&](const auto& seat) { return seat->name() == module; });
    return found == seats_.end() ? nullptr : found->get();
}

void LoopRoom::tell(std::vector<ModuleRpcState>& states) const {
    for (const auto& seat : seats_) states.push_back(seat->rpc_state());
}

Seat* LoopRoom::http_seat() const {
    const auto found = std::find_if(seats_.begin(), seats_.end(), [](const auto& seat) { return seat->serves_http(); });
    return found == seats_.end() ? nullptr : found->get();
}

Seat* LoopRoom::rpc_seat(std::string_view module) const {
    auto* seat = find(module);
    return seat != nullptr && seat->serves_rpc() ? seat : nullptr;
}

void LoopRoom::serve_http(net::Socket socket) {
    if (auto* seat = http_seat()) seat->serve_http(std::move(socket));
}

void LoopRoom::serve_rpc(std::string_view module, net::Socket socket) {
    if (auto* seat = rpc_seat(module)) seat->serve_rpc(std::move(socket));
}

void LoopRoom::serve_http(std::unique_ptr<net::Stream> stream) {
    if (auto* seat = http_seat()) seat->serve_http(std::move(stream));
}

void LoopRoom::serve_rpc(std::string_view module, std::unique_ptr<net::Stream> stream) {
    if (auto* seat = rpc_seat(module)) seat->serve_rpc(std::move(stream));
}

Task<Result<void>> LoopRoom::drain(Deadline deadline) {
    // Balancers hear it before they see the connections go, and no open question keeps the others waiting.
    for (const auto& seat : seats_) seat->begin_drain();
    Gate gate;
    for (const auto& seat : seats_) {
        if (seat->serves_http()) spawn(gate, seat->drain_http(deadline));
        if (seat->serves_rpc()) spawn(gate, seat->drain_rpc(deadline));
    }
    co_await close_and_wait(gate);
    co_await handlers_ended(deadline);
    co_return Result<void>{};
}

bool LoopRoom::handlers_at_work() const {
    return std::ranges::any_of(seats_, [](const auto& seat) { return seat->running() > 0; });
}

Task<void> LoopRoom::handlers_ended(Deadline deadline) {
    // Looking now and then will do once in a process's life, and handlers call others while they end.
    constexpr std::chrono::milliseconds kPause{1};
    RootCall call{loop_, deadline};
    while (handlers_at_work()) {
        const auto waited = co_await sleep_for(call.context(), kPause);
        if (!waited) co_return;
    }
}

}  // namespace tw::runtime
