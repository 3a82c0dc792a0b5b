#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::rpc {

/// The callee's end of a streaming call, over the network or local. It allows one reader and one
/// writer at a time. It is valid while the handler runs.
class ServerStream {
 public:
    virtual ~ServerStream() = default;
    /// Reads the next request and validates it against the contract. Returns false at the end of
    /// the requests. Fails with CANCELLED if the caller went away.
    virtual Task<Result<bool>> read(Message& request) = 0;
    /// Returns when there is room for more responses.
    virtual Task<Result<void>> write(const Message& response, WriteOptions options) = 0;
    /// Sends the head of the answer, with the initial metadata, if nothing has been sent. Metadata
    /// that is added later is not sent.
    virtual void send_head() = 0;
};

/// Reads the requests of one streaming call as messages of their type.
template <class Request>
class Reader {
 public:
    explicit Reader(ServerStream& stream) : stream_{stream} {}
    /// Returns nothing at the end of the requests.
    Task<Result<std::optional<Request>>> read() {
        Request request;
        auto more = co_await stream_.read(request);
        if (!more) co_return std::move(more).error();
        if (!*more) co_return std::optional<Request>{};
        co_return std::optional{std::move(request)};
    }

 private:
    ServerStream& stream_;
};

/// Writes the answers of one streaming call as messages of their type.
template <class Response>
class Writer {
 public:
    explicit Writer(ServerStream& stream) : stream_{stream} {}
    Task<Result<void>> write(const Response& response, WriteOptions options = {}) { return stream_.write(response, options); }
    /// Tells the caller that the call is being served, as the first response does. Call it where
    /// the first response may come late: a caller whose circuit breaker is open learns by it that
    /// this replica works.
    void send_head() { stream_.send_head(); }

 private:
    ServerStream& stream_;
};

class Service;

/// Says how one method of a service is called. Handlers are generated.
struct Handler {
    const Method* method;
    /// Serves a unary call from bytes: parses and validates the request, calls the method, and
    /// appends the serialised response to `response`. Null for streaming methods.
    Task<Result<void>> (*unary_bytes)(Service&, const CallContext&, std::string_view request, std::string& response);
    /// Serves a unary call from a message. `request` and `response` have the method's types. Null
    /// for streaming methods.
    Task<Result<void>> (*unary)(Service&, const CallContext&, const Message& request, Message& response);
    /// Serves a streaming call of any of the three shapes. Null for unary methods.
    Task<Result<void>> (*stream)(Service&, const CallContext&, ServerStream&);
    /// Exchanges the contents of two responses of the method's type. If it is null, reflection
    /// exchanges them, which takes ten times as long.
    void (*swap_responses)(Message&, Message&) = nullptr;
};

/// The base of generated service classes, through which a server and a local channel call them.
/// There is one instance per loop.
class Service {
 public:
    virtual ~Service() = default;
    /// The full name of the service, such as "user.UserService".
    virtual std::string_view service_name() const = 0;
    virtual std::span<const Handler> handlers() const = 0;
};

}  // namespace tw::rpc
