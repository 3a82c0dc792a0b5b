#pragma once

#include "kit/http/message.hpp"
#include "kit/rpc/method.hpp"
#include "kit/rpc/policy.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace tw::gateway {

/// What a service answered to a call by its route.
struct ServiceAnswer {
    const rpc::Route& route;
    const rpc::Message& message;
};

/// A call that came as JSON, for the policies that stand around it. Lasts until the request has been answered.
class JsonCall {
 public:
    JsonCall(const http::Request& from, const rpc::Route& to);
    JsonCall(const JsonCall&) = delete;
    JsonCall& operator=(const JsonCall&) = delete;
    virtual ~JsonCall();

    /// The GET route that shows what the call is about: that of the request's path or, for an action such as ".../{id}/cancel",
    /// that of its object. Null where there is none.
    virtual const rpc::Route* shown_by() const = 0;
    /// Calls that route, which must be there. Returns null where it shows nothing. The policies of calls do not apply to it.
    virtual Task<Result<std::unique_ptr<rpc::Message>>> show(const CallContext& ctx) = 0;

    const http::Request& request;
    const rpc::Route& route;
    /// What the service is sent. It has not been checked against the contract yet.
    std::unique_ptr<rpc::Message> message;
    /// What the service answered; filled where `next` succeeded.
    std::unique_ptr<rpc::Message> answer;
    /// Set by a policy: goes to the client in place of `answer`.
    std::optional<http::Response> response;
};

/// A policy of the HTTP port that sees HTTP's side of requests too. The gateway's list has such policies and those that see calls
/// only; each does its part in the order of the list:
///
/// 1. `before` of each policy, before the message is made of the request;
/// 2. `around_json` of each, where the call came as JSON, the first of the list outermost;
/// 3. `around` of each, the first of the list outermost;
/// 4. on the way back `on_answer` of each, the first of the list last.
class EdgePolicy : public rpc::Policy {
 public:
    /// Makes the rest of the call: the policies further inside, and the service. May be called again after it failed.
    using NextJson = std::function<Task<Result<void>>(const CallContext& ctx)>;

    Part part_in(const rpc::Method&) const override { return {}; }
    bool reads_metadata() const override { return false; }

    /// Whether it stands around the call that `request` makes. Asked for each request in JSON, so it is cheap.
    virtual bool wants(const http::Request&) const { return false; }
    /// A call for which that was true.
    virtual Task<Result<void>> around_json(const CallContext& ctx, JsonCall& call, NextJson next);

    /// Completes an answer, whatever has made it: a service, a page, a policy, or a refusal before any of them. `from` is what a
    /// service answered to a call in JSON; null otherwise.
    virtual void on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response);
};

}  // namespace tw::gateway
