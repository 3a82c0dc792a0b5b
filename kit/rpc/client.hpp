#pragma once

#include "kit/rpc/channel.hpp"

#include <optional>
#include <utility>

namespace tw::rpc {

/// Generated clients make these typed calls over a Channel. `options`, where given, must outlive
/// the call.

/// The errors of a method with one response that sent none, or sent several: UNIMPLEMENTED with the
/// reason NO_MESSAGE or TOO_MANY_MESSAGES (grpc/doc/statuscodes.md). The callee has answered, so
/// the outcome is open.
Error no_response();
Error too_many_responses();

template <class Response, class Request>
Task<Result<Response>> call_unary(Channel& channel, const CallContext& ctx, const Method& method, const Request& request,
                                  CallOptions* options = nullptr) {
    Response response;
    auto done = co_await channel.unary(ctx, method, request, response, options);
    if (!done) co_return std::move(done).error();
    co_return std::move(response);
}

/// The caller's end of a call that streams in both directions.
template <class Request, class Response>
class ClientCall {
 public:
    explicit ClientCall(std::unique_ptr<ClientStream> stream) : stream_{std::move(stream)} {}

    Task<Result<void>> write(const Request& request, WriteOptions options = {}) { return stream_->write(request, options); }
    Task<Result<void>> finish_writes() { return stream_->finish_writes(); }
    /// Reads the next response. Returns nothing at the end of a call that succeeded.
    Task<Result<std::optional<Response>>> read() {
        Response response;
        auto more = co_await stream_->read(response);
        if (!more) co_return std::move(more).error();
        if (!*more) co_return std::optional<Response>{};
        co_return std::optional{std::move(response)};
    }

 private:
    std::unique_ptr<ClientStream> stream_;
};

template <class Request, class Response>
Task<Result<ClientCall<Request, Response>>> open_call(Channel& channel, const CallContext& ctx, const Method& method,
                                                      CallOptions* options = nullptr) {
    auto stream = co_await channel.open(ctx, method, options);
    if (!stream) co_return std::move(stream).error();
    co_return ClientCall<Request, Response>{std::move(*stream)};
}

/// The caller's end of a call with one request and a stream of answers.
template <class Response>
class ServerStreamingCall {
 public:
    explicit ServerStreamingCall(std::unique_ptr<ClientStream> stream) : stream_{std::move(stream)} {}

    /// Reads the next response. Returns nothing at the end of a call that succeeded.
    Task<Result<std::optional<Response>>> read() {
        Response response;
        auto more = co_await stream_->read(response);
        if (!more) co_return std::move(more).error();
        if (!*more) co_return std::optional<Response>{};
        co_return std::optional{std::move(response)};
    }

 private:
    std::unique_ptr<ClientStream> stream_;
};

template <class Response, class Request>
Task<Result<ServerStreamingCall<Response>>> call_server_streaming(Channel& channel, const CallContext& ctx, const Method& method,
                                                                  const Request& request, CallOptions* options = nullptr) {
    auto stream = co_await channel.open(ctx, method, options);
    if (!stream) co_return std::move(stream).error();
    auto sent = co_await (*stream)->write(request, {});
    if (sent) sent = co_await (*stream)->finish_writes();
    if (!sent) co_return std::move(sent).error();
    co_return ServerStreamingCall<Response>{std::move(*stream)};
}

/// The caller's end of a call with a stream of requests and one answer.
template <class Request, class Response>
class ClientStreamingCall {
 public:
    explicit ClientStreamingCall(std::unique_ptr<ClientStream> stream) : stream_{std::move(stream)} {}

    Task<Result<void>> write(const Request& request, WriteOptions options = {}) { return stream_->write(request, options); }
    /// Ends the requests, and waits for the answer and for the status after it. An answer without a
    /// status does not count.
    Task<Result<Response>> finish() {
        auto ended = co_await stream_->finish_writes();
        if (!ended) co_return std::move(ended).error();
        Response response;
        auto got = co_await stream_->read(response);
        if (!got) co_return std::move(got).error();
        if (!*got) co_return no_response();
        Response surplus;
        auto more = co_await stream_->read(surplus);
        if (!more) co_return std::move(more).error();
        if (*more) co_return too_many_responses();
        co_return std::move(response);
    }

 private:
    std::unique_ptr<ClientStream> stream_;
};

template <class Request, class Response>
Task<Result<ClientStreamingCall<Request, Response>>> open_client_streaming(Channel& channel, const CallContext& ctx,
                                                                           const Method& method, CallOptions* options = nullptr) {
    auto stream = co_await channel.open(ctx, method, options);
    if (!stream) co_return std::move(stream).error();
    co_return ClientStreamingCall<Request, Response>{std::move(*stream)};
}

}  // namespace tw::rpc
