#include "kit/gateway/calls/gateway.hpp"
#include "kit/gateway/calls/media_type.hpp"
#include "kit/gateway/calls/policed_call.hpp"
#include "kit/gateway/calls/request_reader.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/reasons.hpp"

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

/// The calls that come to the gateway as JSON.
namespace tw::gateway {
namespace {

/// The initial capacity in bytes. Most single objects fit, so that their text is not moved while it
/// grows.
constexpr std::size_t kBodyBytes = 384;

/// Returns whether `path` is `prefix` or an action below it.
bool is_at_or_below(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

/// Returns the request of a GET route, filled only with the path's variables; null if they do not
/// make a valid request.
std::unique_ptr<rpc::Message> request_of(const rpc::Route& route, std::span<const PathVariable> variables) {
    std::unique_ptr<rpc::Message> message{route.method->request_prototype().New()};
    std::vector<Violation> violations;
    for (const auto& [name, value] : variables) http::set_field_from_text(*message, name, value, violations);
    if (violations.empty()) route.method->validate(*message, violations);
    return violations.empty() ? std::move(message) : nullptr;
}

http::Response write_response(const rpc::Message& answer) {
    http::Response response;
    response.body.reserve(kBodyBytes);
    http::write_json(answer, response.body);
    return response;
}

}  // namespace

/// A call in JSON, from its request to its response.
class Gateway::RoutedCall final : public JsonCall {
 public:
    RoutedCall(const Gateway& gateway, const Call& call, const http::Request& from, http::Router::Match match)
        : JsonCall{from, *call.route},
          policed{*call.route->method, call.policies, from},
          gateway_{gateway},
          call_{&call},
          failed_{&call},
          match_{std::move(match)} {}

    /// Fills `message` from the request.
    Result<void> read() {
        const auto most = route.method->request_bytes_max;
        if (most > 0 && request.body.size() > most)
            return Error{Code::invalid_argument, reason::kBodyTooLarge,
                         "the body is larger than " + std::to_string(most) + " bytes"};
        auto read = read_request(route, request, match_.variables);
        if (!read) return std::move(read).error();
        message = std::move(*read);
        answer.reset(route.method->response_prototype().New());
        return {};
    }

    /// Calls the service, with the policies around the call.
    Task<Result<void>> run(const CallContext& ctx) { return step(0, ctx); }

    const rpc::Route* shown_by() const override {
        const auto* const shown = gateway_.shown_by(*call_);
        return shown == nullptr ? nullptr : shown->route;
    }

    Task<Result<std::unique_ptr<rpc::Message>>> show(const CallContext& ctx) override {
        const auto& shown = *gateway_.shown_by(*call_);
        const auto asked = request_of(*shown.route, match_.variables);
        if (asked == nullptr) co_return std::unique_ptr<rpc::Message>{};
        std::unique_ptr<rpc::Message> found{shown.route->method->response_prototype().New()};
        auto done = co_await shown.channel->unary(ctx, *shown.route->method, *asked, *found);
        if (done) co_return found;
        if (done.error().code() == Code::not_found) co_return std::unique_ptr<rpc::Message>{};
        failed_ = &shown;
        co_return std::move(done).error();
    }

    /// Returns the response of a call that succeeded: the response that a policy set, or the
    /// service's answer in JSON.
    http::Response take_response() { return response ? std::move(*response) : write_response(*answer); }
    /// Returns the call whose failure is the failure of the request.
    const Call& failed() const { return *failed_; }
    std::string_view matched() const { return match_.route; }

    PolicedCall policed;

 private:
    Task<Result<void>> step(std::size_t index, const CallContext& ctx) {
        const auto& policies = gateway_.edge_;
        while (index < policies.size() && !policies[index]->wants(request)) ++index;
        if (index == policies.size()) return pass_on(ctx, *call_, policed.info(), *message, *answer);
        return policies[index]->around_json(ctx, *this,
                                            [this, index](const CallContext& inner) { return step(index + 1, inner); });
    }

    const Gateway& gateway_;
    const Call* call_;
    const Call* failed_;
    http::Router::Match match_;
};

Task<http::Response> Gateway::answer_call(const CallContext& ctx, const http::Request& request, const Call& call,
                                          http::Router::Match match) const {
    RoutedCall routed{*this, call, request, std::move(match)};
    auto& admission = routed.policed.admission();
    auto asked = admission.ask(ctx);
    auto done = co_await std::move(asked);
    if (done) done = routed.read();
    if (done) {
        done = co_await routed.run(admission.context());
        log_failure(ctx, routed.failed(), done);
        if (!done) done = explain_plus(std::move(done).error(), request.query);
    }
    done = admission.conclude(std::move(done));
    admission.close();
    co_return finish(ctx, routed, done);
}

http::Response Gateway::finish(const CallContext& ctx, RoutedCall& routed, const Result<void>& done) const {
    const auto& request = routed.request;
    std::optional<ServiceAnswer> from;
    if (done && !routed.response) from.emplace(routed.route, *routed.answer);
    auto response = done ? routed.take_response() : http::problem(done.error(), ctx.trace(), request.path);
    if (!done) add_challenge(done.error(), response);
    if (response.status == 415) tell_accepted(request.method, response);
    add_fields(routed.policed.answer_metadata(), response);
    complete(request, from ? &*from : nullptr, response);
    response.route = routed.matched();
    return response;
}

const Gateway::Call* Gateway::shown_by(const Call& call) const {
    const Call* best = nullptr;
    for (const auto& endpoint : endpoints_) {
        const auto* const shown = std::get_if<Call>(&endpoint);
        if (shown == nullptr || shown->route->verb != "GET" || !is_at_or_below(call.route->path, shown->route->path)) continue;
        const auto answers = [](const Call& each) { return each.route->method->response_prototype().GetDescriptor(); };
        if (shown->route->path != call.route->path && answers(*shown) != answers(call)) continue;
        if (best == nullptr || best->route->path.size() < shown->route->path.size()) best = shown;
    }
    return best;
}

}  // namespace tw::gateway
