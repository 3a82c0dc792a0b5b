#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/gateway/calls/grpc_form.hpp"
#include "kit/gateway/edge_policy.hpp"
#include "kit/gateway/standard/standard_services.hpp"
#include "kit/http/message.hpp"
#include "kit/http/router.hpp"
#include "kit/rpc/body_call.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/forwarded_service.hpp"
#include "kit/rpc/method.hpp"
#include "kit/rpc/method_policies.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tw::gateway {

/// Serves the contract over HTTP. The gateway finds the route, converts JSON into the request
/// message, calls the service, and converts its answer or error into JSON. It knows no route,
/// message or field by name. The only rule of HTTP that it knows is which methods a path has; the
/// other rules are policies (edge_policy.hpp). A gateway belongs to one event loop.
///
/// A method that streams its answers is answered with server-sent events (WHATWG HTML §9.2).
///
/// A unary method that has a route may also be called by gRPC and gRPC-Web, at its own path
/// ("/user.UserService/GetUser"). Such a call is a served call of kit/rpc (body_call.hpp): the
/// service is in a table of the gateway, with the same policies, and forwards the call. Only the
/// context's metadata is passed on.
class Gateway {
 public:
    /// Makes a page, which is a response that needs no service.
    using Page = std::function<http::Response(const http::Request&)>;

    /// The gateway uses `telemetry` to log failures, and to count and trace gRPC calls. The objects
    /// that `telemetry` refers to outlive the gateway.
    explicit Gateway(telemetry::Telemetry telemetry) : telemetry_{telemetry} {}

    /// Sends calls of `routes` to `channel`. `routes` have static storage, and `channel` outlives
    /// the gateway. Fails if a route exists already.
    Result<void> add(std::span<const rpc::Route> routes, rpc::Channel& channel);
    /// Answers GET of `path` with `page`.
    Result<void> add_page(std::string_view path, Page page);

    /// Applies `policies`, which outlive the gateway, to the calls of all routes: JSON, gRPC and
    /// gRPC-Web. Pages and standard services are called without `before` and `around`, so that
    /// probes are always answered. The policies that are EdgePolicies complete every response.
    void set_policies(std::span<rpc::Policy* const> policies);
    /// Answers calls of `standard`, which outlives the gateway, as well as calls of the routes.
    void serve_standard(const StandardServices& standard) { standard_ = &standard; }
    /// Sets the largest size of a gRPC message in bytes, which holds for compressed and for other
    /// messages. It is the limit of a request's body.
    void bound_messages(std::size_t bytes_max) { limits_.message_bytes_max = bytes_max; }
    /// Sets how long an event stream may be silent before the client gets a comment line.
    void set_heartbeat(std::chrono::milliseconds interval) { heartbeat_ = interval; }
    /// Sets the domain of the reasons in errors for gRPC clients (ErrorInfo.domain).
    void name_errors(std::string domain) { error_domain_ = std::move(domain); }
    /// Completes a refusal that the server made before it asked the gateway. `why` is its error. A
    /// gRPC client gets the refusal in gRPC's form, and policies add their fields.
    void complete_refusal(const http::Request& request, const Error& why, http::Response& response) const;

    /// Returns the response to a request. It never fails: an error becomes a response.
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request) const;

 private:
    struct Call {
        const rpc::Route* route;
        rpc::Channel* channel;
        rpc::MethodPolicies policies;
    };
    class RoutedCall;
    class StreamedCall;

    /// Adds the services of `routes` to the table.
    void serve_by_grpc(std::span<const rpc::Route> routes, rpc::Channel& channel);
    Task<http::Response> answer_grpc(const CallContext& ctx, const http::Request& request, GrpcForm form) const;
    /// Answers a request in JSON that makes a call.
    Task<http::Response> answer_call(const CallContext& ctx, const http::Request& request, const Call& call,
                                     http::Router::Match match) const;
    /// Answers a request for a method that streams its answers, as server-sent events.
    Task<http::Response> answer_events(const CallContext& ctx, const http::Request& request, const Call& call,
                                       http::Router::Match match) const;
    http::Response finish(const CallContext& ctx, RoutedCall& routed, const Result<void>& done) const;
    /// Returns the GET route that shows the object of `call`; null if there is none.
    const Call* shown_by(const Call& call) const;
    /// Lets the policies complete the response. The last of the list acts first.
    void complete(const http::Request& request, const ServiceAnswer* from, http::Response& response) const;
    /// Calls the service, with the policies of the route around the call.
    static Task<Result<void>> pass_on(const CallContext& ctx, const Call& call, rpc::CallInfo& info, const rpc::Message& message,
                                      rpc::Message& answer);
    static Task<Result<void>> pass_around(const CallContext& ctx, const Call& call, rpc::CallInfo& info,
                                          const rpc::Message& message, rpc::Message& answer);
    void log_failure(const CallContext& ctx, const Call& call, const Result<void>& outcome) const;
    /// Returns the call that a request makes; null if it makes none.
    const Call* called(const http::Router::Match& match) const;
    /// Answers what needs no service: pages, OPTIONS, and paths and methods that do not exist.
    Task<http::Response> answer_alone(const CallContext& ctx, const http::Request& request, http::Router::Match match) const;
    Result<http::Response> find_page(const http::Request& request, const http::Router::Match& match) const;

    http::Router router_;
    std::vector<std::variant<Call, Page>> endpoints_;
    /// The services of the routes, for calls by gRPC and gRPC-Web.
    std::vector<std::unique_ptr<rpc::ForwardedService>> services_;
    rpc::ServiceTable table_;
    telemetry::Telemetry telemetry_;
    const StandardServices* standard_ = nullptr;
    std::vector<rpc::Policy*> policies_;
    /// The policies in `policies_` that are EdgePolicies.
    std::vector<EdgePolicy*> edge_;
    rpc::BodyCallLimits limits_{.message_bytes_max = 1024 * 1024, .responses_bytes_max = rpc::kMessageBytesMost};
    std::string error_domain_;
    std::chrono::milliseconds heartbeat_{15'000};
};

}  // namespace tw::gateway
