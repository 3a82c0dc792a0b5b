#pragma once

#include "kit/async/cancel.hpp"
#include "kit/http/server/connection_host.hpp"

#include <optional>

namespace tw::http {

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
    /// Ends the work: span, metrics, access log. Call it once.
    void finish(const Response& response);

    /// Counts the answer to a request that was refused before there was work. `request` is null if
    /// even its method is unknown.
    static void count_refusal(ConnectionHost& host, bool secure, Version version, const Request* request,
                              const Response& response, SteadyTime started);

 private:
    Response refuse(const Error& why) const;
    CallContext make_context(CancelScope& scope) const;
    void describe(const Response& response);
    void log_access(const Response& response, double seconds) const;

    ConnectionHost& host_;
    ClientOrigin& origin_;
    const Request& request_;
    SteadyTime started_;
    telemetry::Span span_;
    bool failed_ = false;
};

}  // namespace tw::http
