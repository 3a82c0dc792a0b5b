#pragma once

#include "kit/async/cancel.hpp"
#include "kit/http/server/connection_host.hpp"
#include "kit/http/server/request_id.hpp"

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace tw::http {

class ServedStream;

/// Returns the text of an exception, for the log.
std::string what_of(const std::exception_ptr& exception);

/// The work on one request from its last byte to its answer: context, span, handler, metrics and
/// access log. It is the same for every HTTP version. The connection sends the answer.
class RequestWork {
 public:
    /// Begins the work. `scope` is the request's, with its deadline. `started` is the time of the
    /// request's first byte. All arguments must outlive the work.
    RequestWork(ConnectionHost& host, ClientOrigin& origin, const Request& request, CancelScope& scope, SteadyTime started);

    /// Returns the answer to a request that concerns the protocol and not the handler, or nothing.
    std::optional<Response> answer_without_handler();
    /// Calls the handler. An exception becomes a 500, and sets `failed`.
    Task<Response> call_handler();
    bool failed() const { return failed_; }
    /// The context of the request. It is valid as long as this object.
    const CallContext& context() const { return span_.context(); }
    /// Returns the answer to a request that is refused for the reason `why`.
    Response refuse(const Error& why) const;
    /// Reports an exception and returns its answer. `failed` is true from now on.
    Response fail(const std::string& what);
    /// Ends the work: span, metrics, access log. Call it once. `stream` is the stream that made the
    /// body; null for usual answers.
    void finish(const Response& response, const ServedStream* stream = nullptr);
    /// Returns the id of the request; empty if this port does not name requests. It is valid as
    /// long as this object and the request.
    std::string_view request_id() const { return id_ ? id_->text() : std::string_view{}; }

    /// Counts the answer to a request that was refused before there was work. `request` is null if
    /// even its method is unknown.
    static void count_refusal(ConnectionHost& host, bool secure, Version version, const Request* request,
                              const Response& response, SteadyTime started);

 private:
    RequestWork(ConnectionHost& host, ClientOrigin& origin, const Request& request, CancelScope& scope, SteadyTime started,
                const RequestClient& client);
    CallContext make_context(CancelScope& scope, const RequestClient& client) const;
    const std::string& client_address() const { return span_.context().attributes().peer; }
    void describe(const Response& response);
    void describe_stream(const Response& response, const ServedStream& stream, double seconds);
    void log_access(const Response& response, std::size_t body_bytes, double seconds) const;

    ConnectionHost& host_;
    ClientOrigin& origin_;
    const Request& request_;
    SteadyTime started_;
    bool secure_;
    telemetry::Span span_;
    std::optional<RequestId> id_;
    bool failed_ = false;
};

}  // namespace tw::http
