#include "kit/runtime/ops/flows_page.hpp"

#include "kit/http/problem.hpp"
#include "kit/runtime/ops/operated.hpp"
#include "kit/runtime/ops/operator_request.hpp"
#include "kit/runtime/reasons.hpp"

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
using durable::FlowRecord;
using durable::State;

constexpr std::string_view kFlowsRoute = "/flows";
constexpr std::chrono::seconds kFlowsTimeout{10};
constexpr std::array<std::string_view, 6> kFlowParameters{"module", "state", "kind", "id", "page_size", "page_token"};
constexpr std::array<std::string_view, 3> kFlowMembers{"action", "id", "module"};
/// The states of flows that have not ended, the most urgent one first.
constexpr std::array kOpenStates{State::parked, State::waiting, State::running};
constexpr std::string_view kFlowsWhat = "durable flows";

using FoundModules = std::vector<const OperatedModule*>;

json::object error_json(const Error& error) {
    return {{"code", code_name(error.code())}, {"reason", error.reason()}, {"detail", error.detail()}};
}

json::object flow_json(const OperatedModule& module, const FlowRecord& flow) {
    json::object shown{{"module", module.name},
                       {"id", flow.id},
                       {"kind", flow.kind},
                       {"version", flow.version},
                       {"state", state_name(flow.state)},
                       {"attempts", flow.attempts},
                       {"owner", flow.owner},
                       {"created_at", flow.created_at.to_string()}};
    if (flow.due_at) shown.emplace("due_at", flow.due_at->to_string());
    if (flow.done_at) shown.emplace("done_at", flow.done_at->to_string());
    if (flow.error) shown.emplace("error", error_json(*flow.error));
    if (auto trace = trace_id_of(flow.traceparent); !trace.empty()) shown.emplace("trace_id", std::move(trace));
    return shown;
}

/// The lists that a page goes through: each state of each module.
struct FlowList {
    const OperatedModule* module;
    State state;
};

Result<std::vector<State>> read_states(const std::string& text) {
    if (text.empty()) return std::vector<State>{kOpenStates.begin(), kOpenStates.end()};
    const auto state = durable::parse_state(text);
    if (!state) return invalid("/state", "must be running, waiting, parked, done or canceled");
    return std::vector<State>{*state};
}

/// Where a page begins: a list by its index, and the position in it.
struct FlowStart {
    std::size_t list = 0;
    durable::FlowPosition after;
};

Result<FlowStart> read_start(const std::string& token, const std::vector<FlowList>& lists) {
    if (token.empty()) return FlowStart{};
    const auto parts = read_page_token(token, 4);
    if (!parts) return parts.error();
    const auto time = parse_time_text((*parts)[2]);
    if (!time) return time.error();
    for (std::size_t i = 0; i < lists.size(); ++i) {
        if (lists[i].module->name == (*parts)[0] && state_name(lists[i].state) == (*parts)[1])
            return FlowStart{i, {*time, (*parts)[3]}};
    }
    return invalid("/page_token", "belongs to a list with other parameters");
}

std::string token_of(const FlowList& list, const FlowRecord& last) {
    const std::array<std::string, 4> parts{std::string{list.module->name}, std::string{state_name(list.state)},
                                           time_text(last.created_at), last.id};
    return make_page_token(parts);
}

Task<Result<json::object>> list_flows(const CallContext& ctx, const FoundModules& modules, const OperatorRequest& request) {
    const auto states = read_states(request.text("state"));
    if (!states) co_return states.error();
    const auto size = read_page_size(request.text("page_size"));
    if (!size) co_return size.error();
    std::vector<FlowList> lists;
    for (const auto* const module : modules) {
        for (const auto state : *states) lists.push_back({module, state});
    }
    auto start = read_start(request.text("page_token"), lists);
    if (!start) co_return start.error();

    json::array flows;
    json::object answer;
    for (std::size_t i = start->list; i < lists.size(); ++i) {
        const auto& list = lists[i];
        durable::FlowStore store{*list.module->database, list.module->telemetry};
        const auto room = *size - static_cast<std::int64_t>(flows.size());
        const auto after = i == start->list ? start->after : durable::FlowPosition{};
        // One more than fits says whether there is another page.
        const auto found = co_await store.list(ctx, request.text("kind"), list.state, room + 1, after);
        if (!found) co_return found.error();
        const auto shown = std::min<std::size_t>(found->size(), static_cast<std::size_t>(room));
        for (std::size_t k = 0; k < shown; ++k) flows.push_back(flow_json(*list.module, (*found)[k]));
        const bool more_here = found->size() > shown;
        if (!more_here) continue;
        if (shown > 0) answer["next_page_token"] = token_of(list, (*found)[shown - 1]);
        if (shown == 0) {
            const FlowRecord before_all{};
            answer["next_page_token"] = token_of(list, before_all);
        }
        break;
    }
    answer["flows"] = std::move(flows);
    co_return answer;
}

/// The module whose database has the flow, and the flow.
struct FoundFlow {
    const OperatedModule* module = nullptr;
    FlowRecord flow;
};

Task<Result<FoundFlow>> find_flow(const CallContext& ctx, const FoundModules& modules, const std::string& id) {
    FoundFlow found;
    for (const auto* const module : modules) {
        durable::FlowStore store{*module->database, module->telemetry};
        auto flow = co_await store.find(ctx, id);
        if (!flow) co_return flow.error();
        if (!*flow) continue;
        if (found.module != nullptr) {
            co_return invalid("/module", fmt::format("is needed: the modules {} and {} have a flow of this id",
                                                     found.module->name, module->name));
        }
        found = {module, std::move(**flow)};
    }
    if (found.module == nullptr) co_return not_found("flow", id);
    co_return found;
}

Task<Result<json::object>> show_flow(const CallContext& ctx, const FoundModules& modules, const std::string& id) {
    const auto found = co_await find_flow(ctx, modules, id);
    if (!found) co_return found.error();
    durable::FlowStore store{*found->module->database, found->module->telemetry};
    const auto steps = co_await store.steps(ctx, id);
    if (!steps) co_return steps.error();
    auto shown = flow_json(*found->module, found->flow);
    json::array listed;
    for (const auto& step : *steps) {
        json::object entry{{"name", step.name}, {"at", step.created_at.to_string()}};
        entry.emplace("outcome", step.answer ? "done" : "refused");
        if (!step.answer) entry.emplace("error", error_json(step.answer.error()));
        listed.push_back(std::move(entry));
    }
    shown.emplace("steps", std::move(listed));
    co_return shown;
}

Error wrong_state(const FlowRecord& flow, std::string_view action) {
    return Error{Code::failed_precondition, reason::kFlowState,
                 fmt::format("the flow {} is {}; {}", flow.id, state_name(flow.state),
                             action == "retry" ? "only a parked or waiting flow can be retried"
                                               : "only a flow that has not ended can be canceled, and only once")};
}

Task<Result<json::object>> change_flow(const CallContext& ctx, const FoundModules& modules, const Clock& clock,
                                       const OperatorRequest& request) {
    const auto& action = request.text("action");
    const auto& id = request.text("id");
    if (action != "retry" && action != "cancel" && action != "end") {
        co_return invalid("/action", "must be retry, cancel or end");
    }
    if (id.empty()) co_return invalid("/id", "is required");
    const auto found = co_await find_flow(ctx, modules, id);
    if (!found) co_return found.error();
    const auto& module = *found->module;
    durable::FlowStore store{*module.database, module.telemetry};
    const bool retries = action == "retry";
    const OperatorChange change{ctx, retries ? "operations/flows/retry" : "operations/flows/cancel", "flow", id};
    auto changing = retries              ? store.retry(change.context(), id, clock.now())
                    : action == "cancel" ? store.cancel(change.context(), id, clock.now())
                                         : store.end(change.context(), id, clock.now());
    const auto changed = co_await std::move(changing);
    if (!changed) co_return changed.error();
    if (!*changed) co_return wrong_state(found->flow, action);
    module.telemetry.log.info(ctx, retries ? "flow.retried" : "flow.canceled",
                              {{"tw.flow.kind", found->flow.kind}, {"tw.flow.id", id}},
                              fmt::format("an operator has {} the flow {}", retries ? "retried" : "canceled", id));
    module.wake_flows();
    co_return co_await show_flow(ctx, modules, id);
}

Task<Result<json::object>> answer_flows(const CallContext& ctx, OperatedModules& operated, const Clock& clock,
                                        const http::Request& request) {
    const bool changes = request.method == "POST";
    auto asked =
        changes ? OperatorRequest::of_body(request, kFlowMembers) : OperatorRequest::of_query(request.query, kFlowParameters);
    if (!asked) co_return asked.error();
    auto pass = operated.enter();
    if (!pass) co_return not_serving();
    const auto modules = find_operated(operated, asked->text("module"), &OperatedModule::has_flows, kFlowsWhat);
    if (!modules) co_return modules.error();
    if (changes) co_return co_await change_flow(ctx, *modules, clock, *asked);
    const auto& id = asked->text("id");
    if (!id.empty()) co_return co_await show_flow(ctx, *modules, id);
    co_return co_await list_flows(ctx, *modules, *asked);
}

}  // namespace

Task<http::Response> flows_page(const CallContext& ctx, OperatedModules& modules, const Clock& clock, http::Request request) {
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kFlowsTimeout), &ctx.scope()};
    const auto inside = ctx.with_scope(scope).with_trace(TraceContext::no_trace());
    const auto answer = co_await answer_flows(inside, modules, clock, request);
    auto response = answer ? http::Response{.body = json::serialize(*answer)} : http::problem(answer.error(), {}, request.path);
    response.route = kFlowsRoute;
    co_return response;
}

}  // namespace tw::runtime
