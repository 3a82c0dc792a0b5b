#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/http/router.hpp"
#include "kit/rpc/body_call.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/forwarded_service.hpp"
#include "kit/rpc/method.hpp"
#include "kit/rpc/method_policies.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "services/gateway/edge_policy.hpp"
#include "services/gateway/grpc_form.hpp"
#include "services/gateway/standard_services.hpp"

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

/// The contract over HTTP: finds the route, turns JSON into its request message, calls the service that has it, and turns
/// answer or error into JSON again. Knows no route, message or field by name, and no rule of HTTP beside the methods of paths:
/// those are policies (edge_policy.hpp). Belongs to one loop.
///
/// A unary method that has a route may also be called by gRPC and gRPC-Web, at its own path ("/user.UserService/GetUser").
/// Such a call is a served call of kit/rpc (body_call.hpp): the service is in a table of the gateway, with the same policies,
/// and forwards the call. Metadata beyond the context's is not passed on.
class Gateway {
 public:
    /// A page that no service answers.
    using Page = std::function<http::Response(const http::Request&)>;

    /// Failures are logged, and gRPC calls are counted and traced, with `telemetry`, whose referents outlive the gateway.
    explicit Gateway(telemetry::Telemetry telemetry) : telemetry_{telemetry} {}

    /// Sends `routes`, which have static storage, to `channel`, which outlives the gateway. Fails where a route is known already.
    Result<void> add(std::span<const rpc::Route> routes, rpc::Channel& channel);
    /// Answers GET of `path` with `page`.
    Result<void> add_page(std::string_view path, Page page);

    /// Has `policies`, which outlive the gateway, apply to the calls of all routes, whichever way they come. Neither `before` nor
    /// `around` applies to pages, so that probes are always answered, nor to standard services. Those of them that are
    /// EdgePolicies complete every answer.
    void set_policies(std::span<rpc::Policy* const> policies);
    /// Answers calls of `standard`, which outlives the gateway, beside those of the routes.
    void serve_standard(const StandardServices& standard) { standard_ = &standard; }
    /// What a gRPC message may have, compressed or not: as much as the body of a request.
    void bound_messages(std::size_t bytes_max) { limits_.message_bytes_max = bytes_max; }
    /// Whose reasons the errors have that clients of gRPC get (ErrorInfo.domain).
    void name_errors(std::string domain) { error_domain_ = std::move(domain); }
    /// Gives a refusal that the server made before the gateway was asked (`why`) the form that its client reads: gRPC's, where it
    /// speaks that, and what policies add to answers.
    void complete_refusal(const http::Request& request, const Error& why, http::Response& response) const;

    /// Never fails: what goes wrong is the response.
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request) const;

 private:
    struct Call {
        const rpc::Route* route;
        rpc::Channel* channel;
        rpc::MethodPolicies policies;
    };
    class RoutedCall;

    /// Adds the services of `routes` to the table.
    void serve_by_grpc(std::span<const rpc::Route> routes, rpc::Channel& channel);
    Task<http::Response> answer_grpc(const CallContext& ctx, const http::Request& request, GrpcForm form) const;
    /// Answers a request in JSON that means a call.
    Task<http::Response> answer_call(const CallContext& ctx, const http::Request& request, const Call& call,
                                     http::Router::Match match) const;
    http::Response finish(const CallContext& ctx, RoutedCall& routed, const Result<void>& done) const;
    /// The GET route that shows what `call` is about; null where there is none.
    const Call* shown_by(const Call& call) const;
    /// Has the policies complete the answer, the last of the list first.
    void complete(const http::Request& request, const ServiceAnswer* from, http::Response& response) const;
    /// Calls the service, with the policies of the route around that.
    static Task<Result<void>> pass_on(const CallContext& ctx, const Call& call, rpc::CallInfo& info, const rpc::Message& message,
                                      rpc::Message& answer);
    static Task<Result<void>> pass_around(const CallContext& ctx, const Call& call, rpc::CallInfo& info,
                                          const rpc::Message& message, rpc::Message& answer);
    void log_failure(const CallContext& ctx, const Call& call, const Result<void>& outcome) const;
    /// The call that a request means; null where it means none.
    const Call* called(const http::Router::Match& match) const;
    /// Answers what needs no service: pages, OPTIONS, and paths and methods that there are not.
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
    /// Those of `policies_` that see HTTP.
    std::vector<EdgePolicy*> edge_;
    rpc::BodyCallLimits limits_{.message_bytes_max = 1024 * 1024, .responses_bytes_max = rpc::kMessageBytesMost};
    std::string error_domain_;
};

}  // namespace tw::gateway
