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

/// The callee's end of a streaming call, over the network or local. One reader and one writer at a time; valid while the
/// handler runs.
class ServerStream {
 public:
    virtual ~ServerStream() = default;
    /// False at the end of the requests. What it delivers has been validated against the contract. CANCELLED when the caller went
    /// away.
    virtual Task<Result<bool>> read(Message& request) = 0;
    /// Returns when there is room for more.
    virtual Task<Result<void>> write(const Message& response, WriteOptions options) = 0;
};

/// The requests of one streaming call, typed.
template <class Request>
class Reader {
 public:
    explicit Reader(ServerStream& stream) : stream_{stream} {}
    /// Nothing at the end.
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

/// The answers of one streaming call, typed.
template <class Response>
class Writer {
 public:
    explicit Writer(ServerStream& stream) : stream_{stream} {}
    Task<Result<void>> write(const Response& response, WriteOptions options = {}) { return stream_.write(response, options); }

 private:
    ServerStream& stream_;
};

class Service;

/// How one method of a service is called. Generated.
struct Handler {
    const Method* method;
    /// Unary, from bytes: parses and validates the request, calls, appends the serialised response to `response`.
    /// Null for streaming methods.
    Task<Result<void>> (*unary_bytes)(Service&, const CallContext&, std::string_view request, std::string& response);
    /// Unary, messages handed over: `request` and `response` have the method's types. Null for streaming methods.
    Task<Result<void>> (*unary)(Service&, const CallContext&, const Message& request, Message& response);
    /// The other three shapes. Null for unary methods.
    Task<Result<void>> (*stream)(Service&, const CallContext&, ServerStream&);
    /// Exchanges the contents of two responses, by their type. Null: by reflection, which takes ten times as long.
    void (*swap_responses)(Message&, Message&) = nullptr;
};

/// What a generated service base class is, so that a server and a local channel can call it. One instance per loop.
class Service {
 public:
    virtual ~Service() = default;
    /// "user.UserService"
    virtual std::string_view service_name() const = 0;
    virtual std::span<const Handler> handlers() const = 0;
};

}  // namespace tw::rpc
