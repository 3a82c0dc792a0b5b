#pragma once

#include "kit/async/signal.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/interceptor.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/rpc/network/answer_fields.hpp"
#include "kit/rpc/network/replica.hpp"
#include "kit/rpc/network/retry.hpp"
#include "kit/rpc/wire/message_stream.hpp"
#include "kit/telemetry/propagators.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tw::rpc {

/// The settings that all calls of a channel share.
struct CallSettings {
    /// The value of ":authority".
    std::string authority;
    /// The name of the callee in errors. Errors may travel to callers that must not learn the
    /// callee's address.
    std::string callee;
    /// The name of the callee in telemetry and in the causes of errors, which stay in this process,
    /// such as "user:50051".
    std::string address;
    ChannelOptions options;
    telemetry::Propagators propagators{};
};

/// The two messages of a unary call, each as an object or as its bytes. A caller that has the bytes
/// already needs no object.
struct UnaryExchange {
    const Message* request = nullptr;
    std::string_view request_bytes;
    Message* response = nullptr;
    std::string* response_bytes = nullptr;
};

/// One gRPC call on the client: a stream that sends its own headers and makes a status of the
/// answer. Destroying it before its end resets the stream. `ctx`, `call`, the settings and the
/// replica must outlive it.
class NetworkCall final : public MessageStream, public ClientStream {
 public:
    /// `replica` learns how the call ends. It may be null.
    NetworkCall(const CallContext& ctx, CallInfo& call, const CallSettings& settings, Replica* replica = nullptr);
    ~NetworkCall() override;

    /// Starts the call. Returns false if the session takes no new stream. `previous_attempts` is
    /// the number of earlier attempts of the same call.
    bool start(net::H2Session& session, int previous_attempts = 0);
    /// Sends the one request and waits for the one answer.
    Task<Result<void>> exchange(const UnaryExchange& unary);
    /// Whether the connection ended before the call did.
    bool connection_lost() const { return connection_lost_; }
    /// Describes how the call failed. Valid after it has failed.
    Failure failure() const;
    /// The error that the caller would get. Null unless the call has failed.
    const Error* error() const { return outcome_ && !*outcome_ ? &outcome_->error() : nullptr; }

    Task<Result<void>> write(const Message& request, WriteOptions options) override;
    Task<Result<void>> finish_writes() override;
    Task<Result<bool>> read(Message& response) override;

 private:
    const std::string* authorization_to_pass_on() const;
    void on_field(std::string_view name, std::string_view value) override;
    void on_fields_end() override;
    void on_data(std::string_view bytes) override;
    void on_end() override;
    void on_close(net::H2Code code) override;

    void on_over(const Error& why);
    /// Sets the status of the call.
    void conclude(Result<void> outcome);
    void tell_replica();
    Result<void> status() const { return answer_.status(settings_.callee, settings_.options.error_domain); }
    /// Returns what a reset with `code` means for the call.
    Error reset_error(net::H2Code code) const;
    /// Sets the status of the call before the callee has sent everything, and resets the stream.
    void cut_off(Result<void> outcome);
    Result<void> send(const UnaryExchange& unary);
    Result<void> parse(std::string_view bytes, Message& message);

    const CallContext& ctx_;
    CallInfo& info_;
    const CallSettings& settings_;
    Replica* replica_;
    SteadyTime started_{};
    std::optional<CancelScope::Hook> hook_;
    std::optional<Result<void>> outcome_;
    Signal ended_;
    Compression compression_;
    bool unary_ = false;
    bool unprocessed_ = false;
    bool connection_lost_ = false;
    /// Whether a message has come, or headers that are not the end as well.
    bool answered_ = false;
    AnswerFields answer_;
    /// Whether the first block of fields is complete.
    bool has_head_ = false;
};

}  // namespace tw::rpc
