#include "kit/rpc/network/network_call.hpp"

#include "kit/rpc/client.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"

#include <algorithm>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

/// The usual number of fields: the eight of every call, and those of most calls (timeout, encoding,
/// trace context, baggage, idempotency key).
constexpr std::size_t kFieldsUsual = 14;

std::size_t response_bytes_max(const CallInfo& call, const ChannelOptions& options) {
    return call.options != nullptr ? call.options->response_bytes_max.value_or(options.message_bytes_max)
                                   : options.message_bytes_max;
}

std::size_t request_bytes_max(const CallInfo& call, const ChannelOptions& options) {
    return call.options != nullptr ? call.options->request_bytes_max.value_or(options.request_bytes_max)
                                   : options.request_bytes_max;
}

/// Marks errors that are found on this side, after the callee may have done the call.
Error after_sending(Error error) { return std::move(error).with_outcome_open(true); }

}  // namespace

NetworkCall::NetworkCall(const CallContext& ctx, CallInfo& call, const CallSettings& settings, Replica* replica)
    : MessageStream{response_bytes_max(call, settings.options), request_bytes_max(call, settings.options), Code::internal},
      ctx_{ctx},
      info_{call},
      settings_{settings},
      replica_{replica},
      compression_{call.options != nullptr ? call.options->compression.value_or(settings.options.compression)
                                           : settings.options.compression} {}

NetworkCall::~NetworkCall() {
    // The caller has left the call, so the call counts as failed.
    if (replica_ != nullptr && hook_ && !outcome_) replica_->on_failure(Verdict::unknown, ctx_.loop().now());
}

bool NetworkCall::start(net::H2Session& session, int previous_attempts) {
    // One allocation holds the usual fields and the caller's own.
    std::vector<net::H2Field> fields;
    fields.reserve(kFieldsUsual + info_.request_metadata.size());
    fields.assign({{":method", "POST", true, true},
                   {":scheme", settings_.options.tls ? "https" : "http", true, true},
                   {":path", info_.method.path, true, true},
                   {":authority", settings_.authority, false, true},
                   {"te", "trailers", true, true},
                   {"content-type", "application/grpc", true, true},
                   {"user-agent", settings_.options.user_agent, true, true},
                   {"grpc-accept-encoding", kAcceptedEncodings, true, true}});
    if (compression_ != Compression::identity) fields.push_back({"grpc-encoding", encoding_name(compression_), true, true});
    std::string previous;
    if (previous_attempts > 0) {
        previous = std::to_string(previous_attempts);
        fields.push_back({"grpc-previous-rpc-attempts", previous});
    }
    // The next fields differ from call to call, so at most their names are indexed in the peer's
    // table.
    std::string timeout;
    started_ = ctx_.loop().now();
    if (!ctx_.deadline().is_never()) {
        timeout = format_timeout(ctx_.deadline().remaining(started_));
        fields.push_back({"grpc-timeout", timeout, false, false, true});
    }
    const telemetry::InjectedFields injected{settings_.propagators, ctx_};
    for (const auto& [name, value] : injected.get()) fields.push_back({name, value, false, false, name == "traceparent"});
    const auto& idempotency_key = ctx_.attributes().idempotency_key;
    if (!idempotency_key.empty()) fields.push_back({"idempotency-key", idempotency_key});
    if (const auto* const authorization = authorization_to_pass_on()) fields.push_back({"authorization", *authorization});
    std::vector<std::string> values;
    append_fields(info_.request_metadata, fields, values);
    if (!session.request(*this, fields, false)) return false;
    hook_.emplace(ctx_.scope(), [this](const Error& why) { on_over(why); });
    if (replica_ != nullptr) replica_->on_start(started_);
    return true;
}

/// Returns the credentials of the call that this call is made for. Returns null if there are none,
/// or if the caller gives others.
const std::string* NetworkCall::authorization_to_pass_on() const {
    const auto given = [](const auto& entry) { return entry.first == "authorization"; };
    const bool others = std::ranges::any_of(info_.request_metadata, given);
    return others ? nullptr : ctx_.attributes().authorization.get();
}

Result<void> NetworkCall::send(const UnaryExchange& unary) {
    auto sent = unary.request != nullptr ? append_message(*unary.request, compression_, write_bytes_max(), outgoing())
                                         : append_message(unary.request_bytes, compression_, write_bytes_max(), outgoing());
    if (sent) finish();
    return sent;
}

Task<Result<void>> NetworkCall::exchange(const UnaryExchange& unary) {
    unary_ = true;
    set_unbounded();
    if (auto sent = send(unary); !sent) {
        reset(net::H2Code::cancel);
        co_return sent;
    }
    if (!outcome_) co_await ended_;
    hook_.reset();
    if (!*outcome_) co_return *outcome_;
    auto next = decoder().next();
    if (!next) co_return after_sending(std::move(next).error());
    if (!*next) co_return decoder().partial() ? truncated_message() : no_response();
    info_.read_compressed = decoder().compressed();
    if (unary.response != nullptr) co_return parse(**next, *unary.response);
    *unary.response_bytes = **next;
    co_return Result<void>{};
}

Result<void> NetworkCall::parse(std::string_view bytes, Message& message) {
    if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
    return Error{Code::internal, reason::kMalformedMessage, "The answer is not a message of the method's response type."};
}

Task<Result<void>> NetworkCall::write(const Message& request, WriteOptions options) {
    if (outcome_) co_return *outcome_;
    auto done = co_await write_message(request, options.compress ? compression_ : Compression::identity);
    if (outcome_) co_return *outcome_;
    co_return done;
}

Task<Result<void>> NetworkCall::finish_writes() {
    if (outcome_) co_return *outcome_;
    finish();
    co_return Result<void>{};
}

Task<Result<bool>> NetworkCall::read(Message& response) {
    auto bytes = co_await read_bytes();
    if (bytes && *bytes) {
        info_.read_compressed = decoder().compressed();
        auto parsed = parse(**bytes, response);
        if (parsed) co_return true;
        reset(net::H2Code::cancel);
        co_return std::move(parsed).error();
    }
    if (!bytes) {
        reset(net::H2Code::cancel);
        // The call's status says more than the error of reading.
        if (outcome_ && !*outcome_) co_return outcome_->error();
        co_return after_sending(std::move(bytes).error());
    }
    if (outcome_ && !*outcome_) co_return outcome_->error();
    co_return false;
}

void NetworkCall::on_field(std::string_view name, std::string_view value) {
    if (outcome_) return;
    if (field_bytes() > settings_.options.metadata_bytes_max) {
        return cut_off(after_sending(Error{
            Code::resource_exhausted, reason::kMetadataTooLarge,
            "The answer's metadata exceeds the limit of " + std::to_string(settings_.options.metadata_bytes_max) + " bytes."}
                                         .with_retryable(false)));
    }
    if (answer_.take(name, value) || is_reserved_name(name)) return;
    add_received(has_head_ ? info_.trailing_metadata : info_.initial_metadata, name, value);
}

void NetworkCall::on_fields_end() {
    if (answer_.http_status() < 200) return;  // an interim answer
    // A single block that ends the call is a complete answer. A block followed by another one, or
    // by a message, is the head of an answer.
    answered_ = answered_ || has_head_;
    if (std::exchange(has_head_, true)) return;
    decoder().set_encoding(answer_.encoding());
    if (replica_ != nullptr && !unary_ && answer_.is_grpc() && !answer_.has_status()) replica_->on_answer_begun();
}

void NetworkCall::on_data(std::string_view bytes) {
    if (outcome_) return;
    // The status of a proxy's page says all that the page says.
    if (!answer_.is_grpc()) return cut_off(status());
    answered_ = true;
    if (!unary_) return deliver(bytes);
    deliver(bytes);  // wakes nobody, because a unary call waits for its end
    // The first bytes already show a message that is too large, or one too many. The rest is
    // neither awaited nor kept.
    if (const auto more = decoder().more_than_one(); !more) {
        cut_off(after_sending(more.error()));
    } else if (*more) {
        cut_off(too_many_responses());
    }
}

void NetworkCall::on_end() {
    // The only block of an answer holds trailing metadata, although it came first.
    if (!answered_) info_.trailing_metadata.swap(info_.initial_metadata);
    conclude(status());
}

void NetworkCall::on_close(net::H2Code code) {
    if (outcome_) return;
    if (answer_.has_status() && code == net::H2Code::no_error) return conclude(status());
    // A callee that has answered in part has looked at the call, whatever its reset says.
    unprocessed_ = !has_head_ && (code == net::H2Code::refused_stream || !headers_sent());
    connection_lost_ = code == net::H2Code::connection_lost;
    conclude(reset_error(code).with_outcome_open(!unprocessed_));
}

Error NetworkCall::reset_error(net::H2Code code) const {
    const auto meaning = code_from_h2(code);
    // The callee's timer fired before ours, which is about to fire.
    const bool in_time = ctx_.deadline().is_never() || ctx_.deadline().remaining(ctx_.loop().now()).count() > 0;
    if (meaning == Code::cancelled && !in_time) return deadline_exceeded();
    if (meaning == Code::unavailable) {
        return unavailable(settings_.callee +
                           (unprocessed_ ? " did not accept the call." : " closed the connection before it answered."))
            .with_cause("the connection to " + settings_.address + " ended");
    }
    return Error{meaning, "STREAM_RESET", settings_.callee + " reset the call."}.with_cause(
        "HTTP/2 error code " + std::to_string(static_cast<std::uint32_t>(code)));
}

void NetworkCall::on_over(const Error& why) {
    // Headers that have not left this process are never sent, because the reset removes them from
    // the queue.
    if (outcome_) return;
    const bool waited_in_vain = why.code() == Code::deadline_exceeded && headers_sent();
    if (waited_in_vain) report_silence(started_, ctx_.loop().now());
    cut_off(Error{why}.with_outcome_open(headers_sent()));
}

void NetworkCall::cut_off(Result<void> outcome) {
    reset(net::H2Code::cancel);
    conclude(std::move(outcome));
}

void NetworkCall::conclude(Result<void> outcome) {
    if (outcome_) return;
    outcome_ = std::move(outcome);
    if (replica_ != nullptr) tell_replica();
    if (ended_.awaited()) return ended_.notify();
    if (unary_) return;
    // Messages that came before the end can still be read. After a call was cut off, none is worth
    // reading.
    if (*outcome_ || remote_ended()) {
        end_both();
    } else {
        break_off(outcome_->error());
    }
}

void NetworkCall::tell_replica() {
    if (*outcome_) return replica_->on_success();
    const auto now = ctx_.loop().now();
    // The end of a connection concerns the subchannel, which connects again.
    const bool from_connection = unprocessed_ || connection_lost_;
    const auto verdict = from_connection ? Verdict::unknown
                                         : verdict_of(outcome_->error(), info_.method.shape, now - started_, replica_->options());
    replica_->on_failure(verdict, now);
}

Failure NetworkCall::failure() const {
    // A connection that broke between the head of an answer and its message has answered too.
    const bool head_alone = has_head_ && answer_.is_grpc() && !answer_.has_status();
    return {.code = outcome_ && !*outcome_ ? outcome_->error().code() : Code::unknown,
            .unprocessed = unprocessed_,
            .answered = answered_ || head_alone,
            .no_retry = outcome_ && !*outcome_ && !outcome_->error().retryable(),
            .pushback = answer_.pushback()};
}

}  // namespace tw::rpc
