#include "kit/rpc/server/server_call.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/policy_chain.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"

#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

constexpr std::size_t kIdleCallsMax = 256;
constexpr std::size_t kKeptResponseBytes = 16 * 1024;

Error too_many_messages() { return Error{Code::unimplemented, reason::kTooManyMessages, "The method takes one message."}; }

}  // namespace

ServerCall& ServerCall::take(const std::shared_ptr<ServerCore>& core, const CallOrigin& origin) {
    auto& idle = core->idle_calls;
    ServerCall* call = nullptr;
    if (idle.empty()) {
        call = new ServerCall{core->limits};
    } else {
        call = idle.back().release();
        idle.pop_back();
    }
    call->core_ = core;
    call->origin_ = &origin;
    call->pin();
    return *call;
}

void ServerCall::unpin() {
    if (--pins_ > 0) return;
    const auto core = std::move(core_);
    std::unique_ptr<ServerCall> self{this};
    if (core->idle_calls.size() >= kIdleCallsMax) return;
    recycle();
    core->idle_calls.push_back(std::move(self));
}

void ServerCall::recycle() {
    MessageStream::recycle();
    hook_.reset();
    answer_timer_.reset();
    info_.reset();
    context_.reset();
    scope_.reset();
    place_.reset();
    entry_ = nullptr;
    refusal_ = Refusal::none;
    has_fields_ = is_foreign_ = started_ = initial_sent_ = answered_ = accepts_gzip_ = compresses_ = false;
    timeout_.reset();
    request_ = {};
    authority_.reset();
    for (auto* text : {&unknown_path_, &traceparent_, &tracestate_, &idempotency_key_, &baggage_}) text->clear();
    for (auto* metadata : {&request_metadata_, &initial_metadata_, &trailing_metadata_, &sent_trailing_metadata_}) {
        metadata->clear();
    }
    if (response_.capacity() > kKeptResponseBytes) std::string{}.swap(response_);
    fields_.clear();
    trailers_.clear();
    field_values_.clear();
}

void ServerCall::note_answer(bool succeeded) {
    answered_ = true;
    ++(succeeded ? core_->calls.succeeded : core_->calls.failed);
}

void ServerCall::on_data(std::string_view bytes) {
    if (answered_) return;
    deliver(bytes);
    if (entry_ != nullptr && entry_->handler->method->shape == Shape::unary) take_message();
}

void ServerCall::take_message() {
    if (request_.data() != nullptr) return refuse(too_many_messages());
    auto next = decoder().next();
    if (!next) {
        refuse(std::move(next).error());
    } else if (*next) {
        request_ = **next;
        info_->read_compressed = decoder().compressed();
    }
}

void ServerCall::on_end() {
    if (answered_ || entry_ == nullptr) return;
    if (entry_->handler->method->shape != Shape::unary) return deliver_end();
    if (decoder().partial()) return refuse(request_.data() != nullptr ? too_many_messages() : truncated_message());
    if (request_.data() == nullptr) {
        return refuse(Error{Code::unimplemented, reason::kNoMessage, "The method takes one message, but none was sent."});
    }
    start_handler();
}

void ServerCall::refuse(Error error) { answer_error(std::move(error).with_outcome_open(false)); }

void ServerCall::start_handler() {
    started_ = true;
    pin();
    const Serving serving{*entry_, *info_, authority_ ? std::string_view{*authority_} : std::string_view{}};
    spawn(core_->gate.get(), serve_call(serving, *context_, *this));
}

Task<Result<void>> ServerCall::run(const CallContext& ctx) {
    if (entry_->handler->unary_bytes == nullptr) return call_handler(*entry_, *info_, ctx, *this);
    response_.assign(kPrefixBytes, '\0');
    return call_handler(*entry_, *info_, ctx, request_, response_);
}

void ServerCall::on_outcome(Result<void> outcome) {
    started_ = false;
    if (info_ && info_->resets_stream && open()) {
        reset(net::H2Code::internal_error);
    } else {
        answer(outcome);
    }
    unpin();
}

void ServerCall::on_over(const Error& why) {
    pin();
    // The client gets its answer at once, because the handler may not look at its scope for a
    // while.
    answer(public_part(Error{why}.with_outcome_open(started_ && why.outcome_open())));
    if (open()) {
        // The answer waits for a client that does not read, for example with a window of zero.
        // After `answer_time_max` it is dropped.
        answer_timer_.emplace(core_->loop.timers(), [this] { reset(net::H2Code::cancel); });
        answer_timer_->arm(core_->loop.now() + core_->limits.answer_time_max);
    }
    break_off(why);
    unpin();
}

void ServerCall::on_close(net::H2Code) {
    if (has_fields_ && !answered_) note_answer(false);
    answered_ = true;
    answer_timer_.reset();
    origin_ = nullptr;
    if (started_) scope_->cancel(cancelled());
    unpin();
}

Task<Result<bool>> ServerCall::read(Message& request) {
    auto bytes = co_await read_bytes();
    if (!bytes) co_return std::move(bytes).error();
    if (!*bytes) co_return false;
    info_->read_compressed = decoder().compressed();
    if (!request.ParseFromArray((*bytes)->data(), static_cast<int>((*bytes)->size()))) co_return malformed_request();
    if (auto fine = check(*entry_->handler->method, request); !fine) co_return std::move(fine).error();
    co_return true;
}

void ServerCall::send_head() {
    if (!answered_) send_initial();
}

Task<Result<void>> ServerCall::write(const Message& response, WriteOptions options) {
    send_head();
    return write_message(response, compresses_ && options.compress ? Compression::gzip : Compression::identity);
}

}  // namespace tw::rpc
