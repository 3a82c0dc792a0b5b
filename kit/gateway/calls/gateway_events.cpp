#include "kit/gateway/calls/gateway.hpp"
#include "kit/gateway/calls/media_type.hpp"
#include "kit/gateway/calls/policed_call.hpp"
#include "kit/gateway/calls/request_reader.hpp"
#include "kit/gateway/events/event_stream.hpp"
#include "kit/gateway/events/event_text.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/streamed_body.hpp"
#include "kit/rpc/adapter.hpp"

#include <memory>
#include <optional>
#include <utility>

#include <google/protobuf/message.h>

/// The calls of methods that stream their answers, which the gateway shows as server-sent events.
namespace tw::gateway {
namespace {

/// The clocks of caller and callee differ, so an end that comes this much before the deadline is
/// still the end by the deadline.
constexpr std::chrono::seconds kDeadlineTolerance{1};

/// Makes the call on a channel. Reads the request from `stream` and passes the answers on to it.
Task<Result<void>> forward_events(rpc::Channel& channel, const CallContext& ctx, const rpc::Method& method,
                                  rpc::ServerStream& stream) {
    const std::unique_ptr<rpc::Message> request{method.request_prototype().New()};
    const std::unique_ptr<rpc::Message> answer{method.response_prototype().New()};
    auto got = co_await stream.read(*request);
    if (!got) co_return std::move(got).error();
    auto opened = co_await channel.open(ctx, method);
    if (!opened) co_return std::move(opened).error();
    auto& call = **opened;
    auto sent = co_await call.write(*request, {});
    if (sent) sent = co_await call.finish_writes();
    // A call that could not be sent says why when it is read.
    while (true) {
        auto more = co_await call.read(*answer);
        if (!more) co_return std::move(more).error();
        if (!*more) co_return Result<void>{};
        auto passed = co_await stream.write(*answer, {});
        if (!passed) co_return passed;
    }
}

/// Fills `after_version`, if the request message has it, with the id of the last event that the
/// client got.
Result<void> read_last_event_id(const http::Request& request, rpc::Message& message) {
    const auto id = request.headers.find("last-event-id");
    const auto* const field = message.GetDescriptor()->FindFieldByName("after_version");
    using google::protobuf::FieldDescriptor;
    if (!id || id->empty() || field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_INT64) return {};
    // The query may have filled the field already.
    message.GetReflection()->ClearField(&message, field);
    std::vector<Violation> violations;
    http::set_field_from_text(message, field->name(), *id, violations);
    if (violations.empty()) return {};
    return invalid("/after_version", "Last-Event-ID is not the id of an event of this stream");
}

http::Response events_head() {
    http::Response head;
    head.content_type = "text/event-stream";
    head.headers.add("cache-control", "no-store");
    // nginx would otherwise collect events before it passes them on.
    head.headers.add("x-accel-buffering", "no");
    return head;
}

}  // namespace

/// A streaming call, from its request to the end of its events. The gateway and the request outlive
/// it.
class Gateway::StreamedCall final : public http::StreamedBody {
 public:
    StreamedCall(const Gateway& gateway, const Call& call, const http::Request& request, http::Router::Match match)
        : gateway_{gateway},
          call_{call},
          request_{request},
          match_{std::move(match)},
          policed_{*call.route->method, call.policies, request} {}

    /// Asks the policies and reads the request message.
    Task<Result<void>> prepare(const CallContext& ctx) {
        auto& admission = policed_.admission();
        auto asked = admission.ask(ctx);
        auto passed = co_await std::move(asked);
        if (!passed) co_return passed;
        if (!accepts_events(request_)) {
            co_return Error{Code::invalid_argument, reason::kNotAcceptable, "this route answers with text/event-stream only"};
        }
        auto read = read_request(*call_.route, request_, match_.variables);
        if (!read) co_return std::move(read).error();
        message_ = std::move(*read);
        if (auto resumed = read_last_event_id(request_, *message_); !resumed) co_return resumed;
        co_return rpc::check(method(), *message_);
    }

    /// Makes `head` the answer to a call that is over before its first message.
    void conclude(const CallContext& ctx, Result<void> outcome, http::Response& head) {
        if (!outcome) outcome = explain_plus(std::move(outcome).error(), request_.query);
        outcome = policed_.admission().conclude(std::move(outcome));
        policed_.admission().close();
        // A client that gets 204 does not connect again (WHATWG HTML §9.2.3).
        head = outcome ? http::Response{.status = 204} : http::problem(outcome.error(), ctx.trace(), request_.path);
        if (outcome) head.content_type.clear();
        if (!outcome) add_challenge(outcome.error(), head);
        add_fields(policed_.answer_metadata(), head);
        gateway_.complete(request_, nullptr, head);
        head.route = match_.route;
    }

    Task<void> begin(const CallContext& ctx, http::Response& head) override {
        auto ready = co_await prepare(ctx);
        if (!ready) co_return conclude(ctx, std::move(ready), head);
        const auto& inner = policed_.admission().context();
        started_ = ctx.loop().now();
        events_.emplace(inner, *message_, EventStream::Times{.heartbeat = gateway_.heartbeat_});
        EventStream::Call call = [this, &inner](rpc::ServerStream& stream) { return step(0, inner, stream); };
        auto starting = events_->start(std::move(call));
        auto ended = co_await std::move(starting);
        if (!ended) co_return add_fields(policed_.answer_metadata(), head);
        gateway_.log_failure(ctx, call_, *ended);
        conclude(ctx, std::move(*ended), head);
    }

    Task<Result<void>> run(const CallContext& ctx, http::BodyWriter& body) override {
        auto outcome = co_await events_->write_events(body);
        if (!ctx.over()) {
            outcome = policed_.admission().conclude(std::move(outcome));
            gateway_.log_failure(ctx, call_, outcome);
        }
        policed_.admission().close();
        if (outcome || ctx.over() || is_end_of_time(ctx, outcome.error())) co_return Result<void>{};
        const auto problem = http::problem(outcome.error(), ctx.trace(), request_.path);
        const auto text = error_event(problem.body);
        co_return co_await body.write(text);
    }

 private:
    const rpc::Method& method() const { return *call_.route->method; }

    /// Runs the call, with the policies from `index` on around it.
    Task<Result<void>> step(std::size_t index, const CallContext& ctx, rpc::ServerStream& stream) {
        const auto& around = call_.policies.around;
        if (index == around.size()) return forward_events(*call_.channel, ctx, method(), stream);
        return around[index]->around_stream(
            ctx, policed_.info(), stream,
            [this, index](const CallContext& inner, rpc::ServerStream& next) { return step(index + 1, inner, next); });
    }

    /// Whether the error says that the call has lasted as long as its contract allows. That is no
    /// failure: the client connects again and goes on.
    bool is_end_of_time(const CallContext& ctx, const Error& error) const {
        return error.code() == Code::deadline_exceeded && ctx.loop().now() + kDeadlineTolerance >= started_ + method().deadline;
    }

    const Gateway& gateway_;
    const Call& call_;
    const http::Request& request_;
    http::Router::Match match_;
    PolicedCall policed_;
    std::unique_ptr<rpc::Message> message_;
    SteadyTime started_{};
    std::optional<EventStream> events_;
};

Task<http::Response> Gateway::answer_events(const CallContext& ctx, const http::Request& request, const Call& call,
                                            http::Router::Match match) const {
    const auto route = match.route;
    auto events = std::make_shared<StreamedCall>(*this, call, request, std::move(match));
    auto head = events_head();
    if (request.method == "HEAD") {
        auto ready = co_await events->prepare(ctx);
        if (!ready) {
            events->conclude(ctx, std::move(ready), head);
            co_return head;
        }
    }
    complete(request, nullptr, head);
    head.route = route;
    head.stream = std::move(events);
    co_return head;
}

}  // namespace tw::gateway
