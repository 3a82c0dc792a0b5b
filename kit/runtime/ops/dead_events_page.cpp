#include "kit/runtime/ops/dead_events_page.hpp"

#include "kit/http/problem.hpp"
#include "kit/outbox/outbox_store.hpp"
#include "kit/runtime/ops/operated.hpp"
#include "kit/runtime/ops/operator_request.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::runtime {
namespace {

namespace json = boost::json;
using outbox::DeadEvent;

constexpr std::string_view kDeadRoute = "/events/dead";
constexpr std::chrono::seconds kDeadTimeout{10};
constexpr std::array<std::string_view, 5> kDeadParameters{"module", "id", "consumer", "page_size", "page_token"};
constexpr std::array<std::string_view, 4> kDeadMembers{"action", "id", "consumer", "module"};
constexpr std::string_view kDeadWhat = "consumers of events";

Error no_dead_event(std::string_view id, std::string_view consumer) {
    return Error{Code::not_found, reason::kDeadEventNotFound, fmt::format("the consumer {} has no dead event {}", consumer, id)};
}

using DeadModules = std::vector<const OperatedModule*>;

json::object dead_json(const OperatedModule& module, const DeadEvent& dead) {
    json::object shown{{"module", module.name},
                       {"id", dead.event.id},
                       {"consumer", dead.consumer},
                       {"stream", dead.stream},
                       {"type", dead.event.type},
                       {"aggregate_id", dead.event.aggregate_id},
                       {"payload_bytes", dead.event.payload.size()},
                       {"error", dead.error},
                       {"died_at", dead.died_at.to_string()}};
    if (auto trace = trace_id_of(dead.event.traceparent); !trace.empty()) shown.emplace("trace_id", std::move(trace));
    return shown;
}

/// Where a page begins: a module by its index, and the position in its list.
struct DeadStart {
    std::size_t module = 0;
    outbox::DeadPosition after;
};

Result<DeadStart> read_dead_start(const std::string& token, const DeadModules& modules) {
    if (token.empty()) return DeadStart{};
    const auto parts = read_page_token(token, 4);
    if (!parts) return parts.error();
    const auto time = parse_time_text((*parts)[1]);
    if (!time) return time.error();
    for (std::size_t i = 0; i < modules.size(); ++i) {
        if (modules[i]->name == (*parts)[0]) return DeadStart{i, {*time, (*parts)[2], (*parts)[3]}};
    }
    return invalid("/page_token", "belongs to a list with other parameters");
}

std::string token_of(const OperatedModule& module, const DeadEvent& last) {
    const std::array<std::string, 4> parts{std::string{module.name}, time_text(last.died_at), last.event.id, last.consumer};
    return make_page_token(parts);
}

Task<Result<json::object>> list_dead(const CallContext& ctx, const DeadModules& modules, const OperatorRequest& request) {
    const auto size = read_page_size(request.text("page_size"));
    if (!size) co_return size.error();
    const auto start = read_dead_start(request.text("page_token"), modules);
    if (!start) co_return start.error();
    json::array events;
    json::object answer;
    for (std::size_t i = start->module; i < modules.size(); ++i) {
        const auto& module = *modules[i];
        outbox::OutboxStore store{*module.database, module.telemetry};
        const auto room = *size - static_cast<std::int64_t>(events.size());
        const auto after = i == start->module ? start->after : outbox::DeadPosition{};
        // One more than fits says whether there is another page.
        const auto found = co_await store.dead(ctx, room + 1, after);
        if (!found) co_return found.error();
        const auto shown = std::min<std::size_t>(found->size(), static_cast<std::size_t>(room));
        for (std::size_t k = 0; k < shown; ++k) events.push_back(dead_json(module, (*found)[k]));
        if (found->size() == shown) continue;
        const DeadEvent before_all{};
        answer["next_page_token"] = token_of(module, shown > 0 ? (*found)[shown - 1] : before_all);
        break;
    }
    answer["events"] = std::move(events);
    co_return answer;
}

struct FoundDead {
    const OperatedModule* module = nullptr;
    DeadEvent event;
};

Task<Result<FoundDead>> find_dead(const CallContext& ctx, const DeadModules& modules, const OperatorRequest& request) {
    const auto& id = request.text("id");
    const auto& consumer = request.text("consumer");
    if (id.empty()) co_return invalid("/id", "is required");
    if (consumer.empty()) co_return invalid("/consumer", "is required: an event is dead for one consumer");
    for (const auto* const module : modules) {
        outbox::OutboxStore store{*module->database, module->telemetry};
        auto event = co_await store.find_dead(ctx, id, consumer);
        if (!event) co_return event.error();
        if (*event) co_return FoundDead{module, std::move(**event)};
    }
    co_return no_dead_event(id, consumer);
}

Task<Result<json::object>> show_dead(const CallContext& ctx, const DeadModules& modules, const OperatorRequest& request) {
    const auto found = co_await find_dead(ctx, modules, request);
    if (!found) co_return found.error();
    co_return dead_json(*found->module, found->event);
}

Task<Result<json::object>> change_dead(const CallContext& ctx, const DeadModules& modules, const Clock& clock,
                                       const OperatorRequest& request) {
    const auto& action = request.text("action");
    if (action != "redrive" && action != "drop") co_return invalid("/action", "must be redrive or drop");
    const auto found = co_await find_dead(ctx, modules, request);
    if (!found) co_return found.error();
    const auto& module = *found->module;
    const auto& event = found->event;
    outbox::OutboxStore store{*module.database, module.telemetry};
    const bool redrives = action == "redrive";
    const OperatorChange change{ctx, redrives ? "operations/events/redrive" : "operations/events/drop", "event", event.event.id};
    auto changing = redrives ? store.redrive(change.context(), event.event.id, event.consumer, clock.now())
                             : store.drop(change.context(), event.event.id, event.consumer);
    const auto changed = co_await std::move(changing);
    if (!changed) co_return changed.error();
    if (!*changed) co_return no_dead_event(event.event.id, event.consumer);
    module.telemetry.log.info(ctx, redrives ? "event.redriven" : "event.dropped",
                              {{"messaging.message.id", event.event.id}, {"messaging.consumer.group.name", event.consumer}},
                              fmt::format("an operator has {} the dead event {} of {}", redrives ? "published" : "dropped",
                                          event.event.id, event.consumer));
    co_return dead_json(module, event);
}

Task<Result<json::object>> answer_dead(const CallContext& ctx, OperatedModules& operated, const Clock& clock,
                                       const http::Request& request) {
    const bool changes = request.method == "POST";
    auto asked =
        changes ? OperatorRequest::of_body(request, kDeadMembers) : OperatorRequest::of_query(request.query, kDeadParameters);
    if (!asked) co_return asked.error();
    auto pass = operated.enter();
    if (!pass) co_return not_serving();
    const auto modules = find_operated(operated, asked->text("module"), &OperatedModule::has_outbox, kDeadWhat);
    if (!modules) co_return modules.error();
    if (changes) co_return co_await change_dead(ctx, *modules, clock, *asked);
    if (!asked->text("id").empty()) co_return co_await show_dead(ctx, *modules, *asked);
    co_return co_await list_dead(ctx, *modules, *asked);
}

}  // namespace

Task<http::Response> dead_events_page(const CallContext& ctx, OperatedModules& modules, const Clock& clock,
                                      http::Request request) {
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kDeadTimeout), &ctx.scope()};
    const auto inside = ctx.with_scope(scope).with_trace(TraceContext::no_trace());
    const auto answer = co_await answer_dead(inside, modules, clock, request);
    auto response = answer ? http::Response{.body = json::serialize(*answer)} : http::problem(answer.error(), {}, request.path);
    response.route = kDeadRoute;
    co_return response;
}

}  // namespace tw::runtime
