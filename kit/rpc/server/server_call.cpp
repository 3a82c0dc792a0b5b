#include "kit/rpc/server/server_call.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/telemetry/propagators.hpp"

#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

constexpr std::size_t kIdleCallsMax = 256;
constexpr std::size_t kKeptResponseBytes = 16 * 1024;

void append_joined(std::string& list, std::string_view value) {
    if (!list.empty()) list.push_back(',');
    list.append(value);
}

Error too_many_messages() { return Error{Code::unimplemented, "TOO_MANY_MESSAGES", "The method takes one message."}; }

}  // namespace

/// What the headers said about the call's context, as propagators read it.
class ServerCall::ContextFields final : public telemetry::FieldSource {
 public:
    explicit ContextFields(const ServerCall& call) : call_{call} {}

    std::string_view get(std::string_view name, std::string& joined) const override {
        if (name == "traceparent") return call_.traceparent_;
        if (name == "tracestate") return call_.tracestate_;
        if (name == "baggage") return call_.baggage_;
        // B3's names belong to nobody where it is not asked for, and so they are metadata.
        for (const auto& [field, value] : call_.request_metadata_) {
            if (field == name) append_joined(joined, value);
        }
        return joined;
    }

 private:
    const ServerCall& call_;
};

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
    patience_.reset();
    info_.reset();
    context_.reset();
    scope_.reset();
    entry_ = nullptr;
    refusal_ = Refusal::none;
    has_fields_ = is_grpc_ = started_ = initial_sent_ = answered_ = accepts_gzip_ = packs_ = false;
    timeout_.reset();
    request_ = {};
    authority_.reset();
    for (auto* text : {&unknown_path_, &traceparent_, &tracestate_, &idempotency_key_, &baggage_}) text->clear();
    for (auto* metadata : {&request_metadata_, &initial_metadata_, &trailing_metadata_}) metadata->clear();
    if (response_.capacity() > kKeptResponseBytes) std::string{}.swap(response_);
    fields_.clear();
    trailers_.clear();
    field_values_.clear();
}

void ServerCall::on_field(std::string_view name, std::string_view value) {
    if (has_fields_) return;  // trailers of a request mean nothing in gRPC
    if (field_bytes() > core_->limits.metadata_bytes_max) {
        refusal_ = Refusal::too_much_metadata;
        return;
    }
    if (name.front() == ':') return on_pseudo_field(name, value);
    if (name == "content-type") {
        is_grpc_ = is_grpc_content_type(value);
    } else if (name == "grpc-timeout") {
        timeout_ = parse_timeout(value);
        if (!timeout_ && refusal_ == Refusal::none) refusal_ = Refusal::bad_timeout;
    } else if (name == "grpc-encoding") {
        decoder().set_encoding(value);
    } else if (!is_reserved_name(name)) {
        add_received(request_metadata_, name, value);
    } else {
        on_context_field(name, value);
    }
}

void ServerCall::on_pseudo_field(std::string_view name, std::string_view value) {
    if (name == ":path") {
        entry_ = core_->services.find(value);
        if (entry_ == nullptr) unknown_path_ = value;
    } else if (name == ":method") {
        if (value != "POST") refusal_ = Refusal::not_post;
    } else if (name == ":authority") {
        auto& shared = origin_->authority;
        if (shared == nullptr || *shared != value) shared = std::make_shared<const std::string>(value);
        authority_ = shared;
    }
}

void ServerCall::on_context_field(std::string_view name, std::string_view value) {
    if (name == "traceparent") {
        append_joined(traceparent_, value);  // of several none counts, which shows when they are read
    } else if (name == "tracestate") {
        append_joined(tracestate_, value);
    } else if (name == "baggage") {
        append_joined(baggage_, value);
    } else if (name == "idempotency-key") {
        idempotency_key_ = value;
    } else if (name == "grpc-accept-encoding") {
        accepts_gzip_ = accepts_gzip_ || lists_gzip(value);
    }
}

void ServerCall::on_fields_end() {
    if (std::exchange(has_fields_, true)) return;
    origin_->header_began.reset();
    ++core_->calls.started;
    if (!refused()) begin();
    origin_ = nullptr;
}

void ServerCall::note_answer(bool succeeded) {
    answered_ = true;
    ++(succeeded ? core_->calls.succeeded : core_->calls.failed);
}

bool ServerCall::refused() {
    const auto answer_http = [this](std::string_view status) {
        note_answer(false);
        const net::H2Field fields[] = {{":status", status, true, true}};
        send_headers(fields, true);
    };
    if (refusal_ == Refusal::none && !is_grpc_) refusal_ = Refusal::not_grpc;
    switch (refusal_) {
        case Refusal::not_post:
            answer_http("405");
            return true;
        case Refusal::not_grpc:
            answer_http("415");
            return true;
        case Refusal::too_much_metadata:
            answer_error(
                Error{Code::resource_exhausted, "METADATA_TOO_LARGE",
                      "The metadata exceeds the limit of " + std::to_string(core_->limits.metadata_bytes_max) + " bytes."}
                    .with_retryable(false));
            return true;
        case Refusal::bad_timeout:
            answer_error(Error{Code::invalid_argument, "MALFORMED_TIMEOUT", "grpc-timeout is not as gRPC defines it."});
            return true;
        case Refusal::none:
            break;
    }
    if (entry_ != nullptr) return false;
    answer_error(Error{Code::unimplemented, "UNKNOWN_METHOD", "There is no method " + unknown_path_ + " here."});
    return true;
}

void ServerCall::begin() {
    const auto& method = *entry_->handler->method;
    auto time = std::chrono::nanoseconds{method.deadline};
    if (timeout_ && *timeout_ < time) time = *timeout_;
    scope_.emplace(core_->loop, Deadline::after(origin_->now, time));
    hook_.emplace(*scope_, [this](const Error& why) { on_over(why); });
    context_.emplace(core_->loop, *scope_);
    const auto& propagators = entry_->telemetry.propagators;
    const ContextFields fields{*this};
    if (auto trace = propagators.extract_trace(fields)) context_ = context_->with_trace(std::move(*trace));
    auto baggage = propagators.extract_baggage(fields);
    if (idempotency_key_.empty() && baggage.empty()) {
        context_ = context_->with_attributes(origin_->attributes);
    } else {
        auto attributes = std::make_shared<CallAttributes>(*origin_->attributes);
        attributes->idempotency_key = idempotency_key_;
        attributes->baggage = std::move(baggage);
        context_ = context_->with_attributes(std::move(attributes));
    }
    info_.emplace(CallInfo{method, request_metadata_, initial_metadata_, trailing_metadata_});
    context_ = context_->with_served(&*info_);
    if (method.shape == Shape::unary) {
        set_unbounded();
    } else {
        start_handler();
    }
}

void ServerCall::on_data(std::string_view bytes) {
    if (answered_) return;
    deliver(bytes);
    if (entry_ != nullptr && entry_->handler->method->shape == Shape::unary) take_message();
}

void ServerCall::take_message() {
    if (request_.data() != nullptr) return answer_error(too_many_messages());
    auto next = decoder().next();
    if (!next) {
        answer_error(std::move(next).error());
    } else if (*next) {
        request_ = **next;
        info_->read_compressed = decoder().compressed();
    }
}

void ServerCall::on_end() {
    if (answered_ || entry_ == nullptr) return;
    if (entry_->handler->method->shape != Shape::unary) return deliver_end();
    if (decoder().partial()) return answer_error(request_.data() != nullptr ? too_many_messages() : truncated_message());
    if (request_.data() == nullptr) {
        return answer_error(Error{Code::unimplemented, "NO_MESSAGE", "The method takes one message, none came."});
    }
    start_handler();
}

void ServerCall::start_handler() {
    started_ = true;
    pin();
    const Serving serving{*entry_, core_->interceptors, *info_, authority_ ? std::string_view{*authority_} : std::string_view{}};
    spawn(core_->gate.get(), serve_call(serving, *context_, *this));
}

Task<Result<void>> ServerCall::run(const CallContext& ctx) {
    const auto& handler = *entry_->handler;
    if (handler.unary_bytes == nullptr) return handler.stream(*entry_->service, ctx, *this);
    response_.assign(kPrefixBytes, '\0');
    return handler.unary_bytes(*entry_->service, ctx, request_, response_);
}

void ServerCall::on_outcome(Result<void> outcome) {
    started_ = false;
    answer(outcome);
    unpin();
}

void ServerCall::on_over(const Error& why) {
    pin();
    // The client is not kept waiting for a handler that may not look at its scope for a while.
    answer(public_part(why));
    if (open()) {
        // What a client does not take is kept for it, but not for good (a window of zero).
        patience_.emplace(core_->loop.timers(), [this] { reset(net::H2Code::cancel); });
        patience_->arm(core_->loop.now() + core_->limits.answer_time_max);
    }
    break_off(why);
    unpin();
}

void ServerCall::on_close(net::H2Code) {
    if (has_fields_ && !answered_) note_answer(false);
    answered_ = true;
    patience_.reset();
    if (origin_ != nullptr) std::exchange(origin_, nullptr)->header_began.reset();
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

Task<Result<void>> ServerCall::write(const Message& response, WriteOptions options) {
    if (!answered_) send_initial();
    return write_message(response, packs_ && options.compress ? Compression::gzip : Compression::identity);
}

}  // namespace tw::rpc
