#pragma once

#include "kit/async/cancel.hpp"
#include "kit/http/server/connection_host.hpp"

#include <optional>

namespace tw::http {

/// One request from its last byte to its answer: context, span, handler, metrics and access log, the same for every version of
/// HTTP. How the answer goes out is the connection's business.
class RequestWork {
 public:
    /// Begins. `scope` is the request's, with its deadline; `started` when its first byte came. All outlive the work.
    RequestWork(ConnectionHost& host, ClientOrigin& origin, const Request& request, CancelScope& scope, SteadyTime started);

    /// What concerns the protocol and not the handler.
    std::optional<Response> answer_without_handler();
    /// Asks the handler. An exception becomes a 500, and `failed`.
    Task<Response> call_handler();
    bool failed() const { return failed_; }
    /// Ends: span, metrics, access log. Call it once.
    void finish(const Response& response);

    /// Counts the answer to a request that was refused before there was work; `request` null where even its method is unknown.
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
