#include "kit/rpc/network/retrying_stream.hpp"

#include "kit/rpc/call/repeat.hpp"

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

/// The greatest size of the requests that a stream keeps. It equals what one stream may have on its
/// way unread.
constexpr std::size_t kKeptBytesMax = 64 * 1024;

}  // namespace

RetryingStream::RetryingStream(NetworkTransport& transport, const CallContext& ctx, CallInfo& call)
    : transport_{transport.self_},
      settings_{transport.settings_},
      loop_{transport.loop_},
      ctx_{ctx},
      call_{call},
      plan_{settings_->options.retry, transport.budget_, is_repeatable(call.method, ctx)} {}

RetryingStream::~RetryingStream() = default;

Task<Result<void>> RetryingStream::open() {
    while (true) {
        auto begun = co_await start();
        if (begun.outcome || transport_gone()) co_return std::move(begun.outcome);
        const bool again = co_await (*transport_)->may_try_again(ctx_, call_, plan_, begun.failure);
        if (!again || transport_gone()) co_return std::move(begun.outcome);
    }
}

Task<RetryingStream::Begun> RetryingStream::start() {
    if (ctx_.over()) co_return Begun{ctx_.over_before_start(), {.code = ctx_.over()->code()}};
    auto* const transport = *transport_;
    auto link = transport->ready_link(attempts_.empty() ? nullptr : attempts_.back().link->home());
    if (!link) {
        auto waited = co_await transport->acquire(ctx_, call_);
        if (!waited) {
            const auto failure = failure_before_start(waited.error());
            co_return Begun{std::move(waited).error(), failure};
        }
        link = std::move(*waited);
    }
    auto call = std::make_unique<NetworkCall>(ctx_, call_, *settings_, &link->replica());
    if (!call->start(link->session(), plan_.previous_attempts())) {
        link->give_up();
        co_return Begun{transport->unreachable(), {.unprocessed = true}};
    }
    attempts_.push_back({std::move(link), std::move(call)});
    co_return Begun{Result<void>{}};
}

void RetryingStream::keep(const Message& request, WriteOptions options) {
    written_bytes_ += request.ByteSizeLong();
    // During a recovery the call has no other copy of the request, so it must be kept.
    if (written_bytes_ > kKeptBytesMax && !recovering_) return settle();
    std::unique_ptr<Message> copy{request.New()};
    copy->CopyFrom(request);
    written_.emplace_back(std::move(copy), options);
}

void RetryingStream::settle() {
    settled_ = true;
    // Requests that are being sent again are needed until all of them are sent.
    if (!recovering_) written_.clear();
}

Task<Result<void>> RetryingStream::write(const Message& request, WriteOptions options) {
    const auto attempt = attempts_.size();
    if (!settled_ || recovering_) keep(request, options);
    if (!recovering_) {
        auto done = co_await current().write(request, options);
        if (done || settled_) co_return conclude(std::move(done));
    }
    // If the recovery succeeds, the next attempt has sent the request that was kept.
    if (co_await recover(attempt)) co_return Result<void>{};
    co_return conclude(co_await current().write(request, options));
}

Task<Result<void>> RetryingStream::finish_writes() {
    const auto attempt = attempts_.size();
    writes_finished_ = true;
    if (!recovering_) {
        auto done = co_await current().finish_writes();
        if (done || settled_) co_return conclude(std::move(done));
    }
    if (co_await recover(attempt)) co_return Result<void>{};
    co_return conclude(co_await current().finish_writes());
}

Result<void> RetryingStream::conclude(Result<void> outcome) const {
    if (outcome) return outcome;
    return plan_.conclude(std::move(outcome).error());
}

Task<Result<bool>> RetryingStream::read(Message& response) {
    while (true) {
        const auto attempt = attempts_.size();
        auto more = co_await current().read(response);
        if (more) {
            settle();
            if (!*more && !transport_gone()) (*transport_)->budget_.on_success();
            co_return more;
        }
        if (settled_) co_return plan_.conclude(std::move(more).error());
        if (co_await recover(attempt)) continue;
        // The call was cancelled while it waited for the next attempt.
        if (ctx_.over()) co_return plan_.conclude(ctx_.over_before_start());
        co_return plan_.conclude(std::move(more).error());
    }
}

Task<bool> RetryingStream::recover(std::size_t failed) {
    if (recovering_) {
        WaitList::Waiter waiter{recovered_, loop_, ctx_.scope()};
        co_await waiter;
        co_return recovered_well_;
    }
    if (attempts_.size() > failed) co_return true;
    recovering_ = true;
    recovered_well_ = false;
    auto failure = current().failure();
    if (const auto* const error = current().error()) plan_.note(*error);
    if (current().connection_lost()) attempts_.back().link->give_up();
    bool started = false;
    while (!started && !transport_gone() && !settled_) {
        if (!co_await (*transport_)->may_try_again(ctx_, call_, plan_, failure) || transport_gone()) break;
        const auto next = co_await start();
        started = next.outcome.has_value();
        failure = next.failure;
    }
    if (started) {
        co_await replay(current());
    } else {
        settle();
    }
    recovering_ = false;
    if (settled_) settle();
    recovered_well_ = started;
    recovered_.wake_all();
    co_return started;
}

Task<void> RetryingStream::replay(NetworkCall& call) {
    // Other coroutines may write meanwhile. Their requests are kept behind those that have been
    // sent.
    for (std::size_t i = 0; i < written_.size(); ++i) {
        const auto& [message, options] = written_[i];
        // The reader gets the error of a write that fails.
        if (auto sent = co_await call.write(*message, options); !sent) co_return;
    }
    if (writes_finished_) static_cast<void>(co_await call.finish_writes());
}

}  // namespace tw::rpc
