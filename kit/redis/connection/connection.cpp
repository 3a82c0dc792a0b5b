#include "kit/redis/connection/connection.hpp"

#include "kit/redis/connection/errors.hpp"

#include <utility>

namespace tw::redis {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
/// A buffer larger than this is freed after its write.
constexpr std::size_t kIdleWriteBytes = 64 * 1024;

}  // namespace

Connection::Connection(EventLoop& loop, std::unique_ptr<net::Stream> stream, const Settings& settings)
    : loop_{loop},
      stream_{std::move(stream)},
      in_flight_max_{settings.in_flight_max},
      bytes_max_{settings.in_flight_bytes_max},
      late_time_max_{settings.late_time_max},
      flush_{[this] { output_.notify(); }},
      late_check_{loop.timers(), [this] { on_late_check(); }},
      reader_{settings.reply_bytes_max},
      in_(kReadBytes) {}

Task<Error> Connection::run() {
    spawn(gate_, write_until_end());
    auto ended = co_await read_until_end();
    if (!why_) why_ = std::move(ended);
    ending_ = true;
    late_check_.cancel();
    stream_->close();
    output_.notify();
    co_await close_and_wait(gate_);
    co_return *why_;
}

void Connection::close(Error why) {
    if (!why_) why_ = std::move(why);
    stream_->close();
}

void Connection::retire() {
    retiring_ = true;
    if (slots_.empty()) close(no_connection("another connection has replaced this one"));
}

void Connection::abandon(const Error& why) {
    while (!slots_.empty()) {
        const auto slot = pop();
        if (slot.waiter != nullptr) slot.waiter->finish(why);
    }
}

std::optional<Error> Connection::admit(Exchange& exchange) {
    if (ending_ || why_) return no_connection("the connection is ending");
    const auto wire = exchange.command_.wire();
    if (slots_.size() >= in_flight_max_ || bytes_ + wire.size() > bytes_max_) return too_busy();
    exchange.number_ = first_ + slots_.size();
    slots_.push_back({&exchange, wire.size(), exchange.give_up_at_ + late_time_max_});
    bytes_ += wire.size();
    out_.append(wire);
    loop_.at_turn_end(flush_);
    if (!late_check_.armed()) late_check_.arm(slots_.front().late_at);
    return std::nullopt;
}

void Connection::forget(Exchange& exchange) { slots_[exchange.number_ - first_].waiter = nullptr; }

Connection::Slot Connection::pop() {
    const auto slot = slots_.front();
    slots_.pop_front();
    ++first_;
    bytes_ -= slot.bytes;
    return slot;
}

bool Connection::deliver(Reply reply) {
    if (slots_.empty()) return false;
    const auto slot = pop();
    if (slot.waiter != nullptr) slot.waiter->finish(std::move(reply));
    if (retiring_) retire();
    return true;
}

void Connection::on_late_check() {
    if (slots_.empty()) return;
    if (loop_.now() < slots_.front().late_at) return late_check_.arm(slots_.front().late_at);
    close(no_connection("an answer did not come even long after its command had been given up"));
}

Task<Error> Connection::read_until_end() {
    while (true) {
        auto got = co_await stream_->read_some(in_);
        if (!got) co_return no_connection(got.error().cause().empty() ? got.error().detail() : got.error().cause());
        if (*got == 0) co_return no_connection("the server closed the connection");
        reader_.feed({in_.data(), *got});
        while (true) {
            auto reply = reader_.next();
            if (!reply) co_return std::move(reply).error();
            if (!*reply) break;
            if (!deliver(std::move(**reply))) co_return broken_protocol("an answer that nobody asked for");
        }
    }
}

Task<void> Connection::write_until_end() {
    while (!ending_) {
        if (out_.empty()) {
            co_await output_;
            continue;
        }
        sending_.clear();
        std::swap(out_, sending_);
        auto sent = co_await stream_->write_all(sending_);
        // Closing the stream also ends the reader, which reports why.
        if (!sent) co_return stream_->close();
        if (sending_.capacity() > kIdleWriteBytes) std::string{}.swap(sending_);
    }
}

Exchange::Exchange(Connection& connection, const CallContext& ctx, const Command& command, SteadyTime give_up_at)
    : connection_{connection},
      ctx_{ctx},
      command_{command},
      give_up_at_{give_up_at},
      timer_{connection.loop_.timers(), [this] { give_up(no_answer_in_time()); }},
      hook_{ctx.scope(), [this](const Error& why) { give_up(why); }} {}

bool Exchange::await_suspend(std::coroutine_handle<> handle) {
    if (ctx_.over()) {
        outcome_.emplace(*ctx_.over());
        return false;
    }
    if (auto refused = connection_.admit(*this)) {
        outcome_.emplace(*std::move(refused));
        return false;
    }
    // A timer is armed only if the time ends before the context does; the context ends the wait by
    // itself.
    if (Deadline::at(give_up_at_) < ctx_.deadline()) timer_.arm(give_up_at_);
    waiter_ = handle;
    return true;
}

void Exchange::give_up(const Error& why) {
    if (!waiter_) return;
    connection_.forget(*this);
    finish(why);
}

void Exchange::finish(Result<Reply> outcome) {
    timer_.cancel();
    outcome_.emplace(std::move(outcome));
    std::exchange(waiter_, nullptr).resume();
}

}  // namespace tw::redis
