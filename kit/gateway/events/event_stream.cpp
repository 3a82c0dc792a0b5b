#include "kit/gateway/events/event_stream.hpp"

#include "kit/gateway/events/event_text.hpp"

#include <string>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::gateway {

EventStream::EventStream(const CallContext& ctx, const rpc::Message& request, Times times)
    : ctx_{ctx}, request_{request}, times_{times}, hook_{ctx.scope(), [this](const Error&) { changed_.notify(); }} {}

Task<std::optional<Result<void>>> EventStream::start(Call call) {
    spawn(gate_, run(std::move(call)));
    Timer first_wait{ctx_.loop().timers(), [this] {
                         waited_ = true;
                         changed_.notify();
                     }};
    first_wait.arm(ctx_.loop().now() + times_.first_time_max);
    while (!event_ && !outcome_ && !waited_ && !over()) co_await changed_;
    first_wait.cancel();
    const bool to_come = event_ || !outcome_;
    if (to_come && !over()) co_return std::nullopt;
    co_await end();
    co_return std::move(outcome_);
}

Task<void> EventStream::run(Call call) {
    auto task = call(*this);
    outcome_ = co_await std::move(task);
    changed_.notify();
}

Task<void> EventStream::end() {
    closed_ = true;
    room_.notify();
    co_await close_and_wait(gate_);
}

Task<Result<void>> EventStream::write_events(http::BodyWriter& body) {
    std::string text{kReconnectTime};
    Timer heartbeat{ctx_.loop().timers(), [this] {
                        silent_ = true;
                        changed_.notify();
                    }};
    while (true) {
        if (event_) {
            text += *std::exchange(event_, std::nullopt);
            room_.notify();
        } else if (std::exchange(silent_, false)) {
            text += kHeartbeat;
        }
        if (!text.empty()) {
            const auto written = co_await body.write(text);
            if (!written) break;
            text.clear();
            silent_ = false;
            heartbeat.arm(ctx_.loop().now() + times_.heartbeat);
            continue;
        }
        if (outcome_ || over()) break;
        co_await changed_;
    }
    heartbeat.cancel();
    co_await end();
    co_return std::move(*outcome_);
}

Task<Result<bool>> EventStream::read(rpc::Message& request) {
    if (std::exchange(request_read_, true)) co_return false;
    request.CopyFrom(request_);
    co_return true;
}

Task<Result<void>> EventStream::write(const rpc::Message& message, rpc::WriteOptions) {
    while (event_ && !over()) co_await room_;
    if (over()) co_return cancelled();
    event_ = event_of(message);
    changed_.notify();
    co_return Result<void>{};
}

}  // namespace tw::gateway
