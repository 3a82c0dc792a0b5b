#include "kit/rpc/metadata.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/server/server_call.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/telemetry/propagators.hpp"

#include <memory>
#include <string>
#include <utility>

/// How a ServerCall reads its headers, decides whether the call can be served, and makes the call's
/// context.
namespace tw::rpc {
namespace {

void append_joined(std::string& list, std::string_view value) {
    if (!list.empty()) list.push_back(',');
    list.append(value);
}

}  // namespace

/// Gives propagators the header fields that describe the call's context.
class ServerCall::ContextFields final : public telemetry::FieldSource {
 public:
    explicit ContextFields(const ServerCall& call) : call_{call} {}

    std::string_view get(std::string_view name, std::string& joined) const override {
        if (name == "traceparent") return call_.traceparent_;
        if (name == "tracestate") return call_.tracestate_;
        if (name == "baggage") return call_.baggage_;
        // The names of B3 fields are not reserved, because B3 may be turned off. B3 fields are
        // therefore in the metadata.
        for (const auto& [field, value] : call_.request_metadata_) {
            if (field == name) append_joined(joined, value);
        }
        return joined;
    }

 private:
    const ServerCall& call_;
};

void ServerCall::on_field(std::string_view name, std::string_view value) {
    if (has_fields_) return;  // trailers of a request mean nothing in gRPC
    if (field_bytes() > core_->limits.metadata_bytes_max) {
        refusal_ = Refusal::too_much_metadata;
        return;
    }
    if (name.front() == ':') return on_pseudo_field(name, value);
    if (name == "content-type") {
        is_foreign_ = !is_grpc_content_type(value);
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
        append_joined(traceparent_, value);  // several values together are malformed, so none of them counts
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
    ++core_->calls.started;
    if (!refused()) begin();
    origin_ = nullptr;
}

bool ServerCall::refused() {
    const auto answer_http = [this](std::string_view status) {
        note_answer(false);
        const net::H2Field fields[] = {{":status", status, true, true}};
        send_headers(fields, true);
    };
    if (refusal_ == Refusal::none && is_foreign_) refusal_ = Refusal::not_grpc;
    switch (refusal_) {
        case Refusal::not_post:
            answer_http("405");
            return true;
        case Refusal::not_grpc:
            answer_http("415");
            return true;
        case Refusal::too_much_metadata:
            refuse(Error{Code::resource_exhausted, reason::kMetadataTooLarge,
                         "The metadata exceeds the limit of " + std::to_string(core_->limits.metadata_bytes_max) + " bytes."}
                       .with_retryable(false));
            return true;
        case Refusal::bad_timeout:
            refuse(Error{Code::invalid_argument, reason::kMalformedTimeout, "grpc-timeout is not valid."});
            return true;
        case Refusal::none:
            break;
    }
    if (entry_ != nullptr) return !admitted();
    refuse(Error{Code::unimplemented, reason::kUnknownMethod, "There is no method " + unknown_path_ + " here."});
    return true;
}

/// Whether the call may be served. Answers a streaming call with an error if too many are open.
bool ServerCall::admitted() {
    const auto& share = core_->streams;
    if (!share || entry_->handler->method->shape == Shape::unary) return true;
    auto place = net::ConnectionCount{share->count}.admit(*origin_->peer, share->limits);
    if (place) {
        place_.emplace(std::move(*place));
        return true;
    }
    refuse(Error{Code::resource_exhausted, "TOO_MANY_CALLS", "The limit of open streaming calls is reached."});
    return false;
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
    context_ = context_->with_attached(&*info_);
    if (method.shape == Shape::unary) {
        set_unbounded();
    } else {
        start_handler();
    }
}

}  // namespace tw::rpc
