#pragma once

#include "kit/rpc/channel.hpp"
#include "kit/rpc/interceptor.hpp"
#include "kit/rpc/make_channel.hpp"
#include "kit/rpc/message_stream.hpp"
#include "kit/telemetry/propagators.hpp"

#include <coroutine>
#include <optional>
#include <string>
#include <string_view>

namespace tw::rpc {

/// The two messages of a unary call, each as an object or as its bytes: who has the bytes already need not make an object.
struct UnaryExchange {
    const Message* request = nullptr;
    std::string_view request_bytes;
    Message* response = nullptr;
    std::string* response_bytes = nullptr;
};

/// One gRPC call on the client: a stream that sends its own headers and makes a status of what comes. Destroying it before its
/// end resets the stream. `ctx`, `call`, `authority`, the options and the propagators outlive it.
class NetworkCall final : public MessageStream, public ClientStream {
 public:
    NetworkCall(const CallContext& ctx, CallInfo& call, std::string_view authority, const ChannelOptions& options,
                const telemetry::Propagators& propagators);

    /// False when the session takes no new stream.
    bool start(net::H2Session& session);
    /// Sends the one request and waits for the one answer.
    Task<Result<void>> exchange(const UnaryExchange& unary);
    /// The callee has certainly not seen the call.
    bool unprocessed() const { return unprocessed_; }

    Task<Result<void>> write(const Message& request, WriteOptions options) override;
    Task<Result<void>> finish_writes() override;
    Task<Result<bool>> read(Message& response) override;

 private:
    void on_field(std::string_view name, std::string_view value) override;
    void on_fields_end() override;
    void on_data(std::string_view bytes) override;
    void on_end() override;
    void on_close(net::H2Code code) override;

    void on_over(const Error& why);
    /// The status of the call is known.
    void conclude(Result<void> outcome);
    Result<void> status() const;
    Result<void> send(const UnaryExchange& unary);
    Result<void> parse(std::string_view bytes, Message& message);
    Error too_few_messages() const;

    const CallContext& ctx_;
    CallInfo& info_;
    std::string_view authority_;
    const ChannelOptions& options_;
    const telemetry::Propagators& propagators_;
    std::optional<CancelScope::Hook> hook_;
    std::optional<Result<void>> outcome_;
    std::coroutine_handle<> waiter_;
    Compression compression_;
    bool unary_ = false;
    bool unprocessed_ = false;

    int http_status_ = 0;
    std::optional<int> grpc_status_;
    std::string message_;
    std::string details_;
    bool in_trailers_ = false;
};

}  // namespace tw::rpc
