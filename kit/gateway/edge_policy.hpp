#pragma once

#include "kit/http/message.hpp"
#include "kit/rpc/method.hpp"
#include "kit/rpc/policy.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace tw::gateway {

/// A service's answer to a call, and the route by which the call came.
struct ServiceAnswer {
    const rpc::Route& route;
    const rpc::Message& message;
};

/// A call that came as JSON, as the policies around it see it. It lives until the request has been
/// answered.
class JsonCall {
 public:
    JsonCall(const http::Request& from, const rpc::Route& to);
    JsonCall(const JsonCall&) = delete;
    JsonCall& operator=(const JsonCall&) = delete;
    virtual ~JsonCall();

    /// Returns the GET route that shows the object of the call: the GET route of the request's path
    /// or, for an action such as ".../{id}/cancel", the GET route of the object's path. Null if
    /// there is none.
    virtual const rpc::Route* shown_by() const = 0;
    /// Calls the route that `shown_by` returns, which must not be null. Returns null if the object
    /// does not exist. Policies of calls do not apply to this call.
    virtual Task<Result<std::unique_ptr<rpc::Message>>> show(const CallContext& ctx) = 0;

    const http::Request& request;
    const rpc::Route& route;
    /// The request message for the service. It has not been checked against the contract yet.
    std::unique_ptr<rpc::Message> message;
    /// The service's answer. It is filled if `next` succeeded.
    std::unique_ptr<rpc::Message> answer;
    /// A policy may set this response. It then goes to the client in place of `answer`.
    std::optional<http::Response> response;
};

/// A policy of the HTTP port that also sees HTTP's side of requests. The gateway's list has such
/// policies and policies that see calls only. Each acts in the order of the list:
///
/// 1. `before` of each policy, before the request message is made;
/// 2. `around_json` of each policy, if the call came as JSON; the first of the list is outermost;
/// 3. `around` of each policy; the first of the list is outermost;
/// 4. on the way back, `on_answer` of each policy; the first of the list is last.
class EdgePolicy : public rpc::Policy {
 public:
    /// Makes the rest of the call: the policies further inside, and the service. It may be called
    /// again after it failed.
    using NextJson = std::function<Task<Result<void>>(const CallContext& ctx)>;

    Part part_in(const rpc::Method&) const override { return {}; }
    bool reads_metadata() const override { return false; }

    /// Returns whether `around_json` has to run for the call that `request` makes. It is asked for
    /// each request in JSON, so it is cheap.
    virtual bool wants(const http::Request&) const { return false; }
    /// Runs around a call for which `wants` returned true.
    virtual Task<Result<void>> around_json(const CallContext& ctx, JsonCall& call, NextJson next);

    /// Completes a response, no matter what made it: a service, a page, a policy, or a refusal
    /// before any of them. `from` is the service's answer to a call in JSON; null otherwise.
    virtual void on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response);
};

}  // namespace tw::gateway
