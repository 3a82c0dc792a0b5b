#include "kit/durable/flows.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/sleep.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/durable/flow_metrics.hpp"
#include "kit/durable/reasons.hpp"
#include "kit/durable/run/flow_run.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace tw::durable {
namespace {

/// How many flows of a kind are taken in one round.
constexpr std::int64_t kTakenMax = 32;
/// How many flows that have ended are removed in one round.
constexpr std::int64_t kRemovedMax = 100;
constexpr std::chrono::seconds kObserveInterval{15};
/// How long one round of background work may take.
constexpr std::chrono::seconds kRoundTimeout{10};
constexpr BackoffOptions kPollPauses{
    .first = std::chrono::milliseconds{50}, .last = std::chrono::milliseconds{1000}, .part_least = 0.5};

}  // namespace

struct Flows::Running {
    Running(SteadyTime lease, FlowRun& of) : lease_until{lease}, run{&of} {}

    SteadyTime lease_until;
    /// Valid until the run has ended.
    FlowRun* run;
    /// Requests that wait for the flow, and how the run has ended.
    WaitList waiters{};
    std::optional<RunEnd> end{};
    std::optional<Result<std::string>> result{};
};

Flows::Flows(EventLoop& loop, sql::Database& database, const Clock& clock, Random& random, telemetry::Telemetry telemetry,
             std::string owner, const FlowOptions& options)
    : loop_{loop},
      clock_{clock},
      random_{random},
      telemetry_{telemetry},
      owner_{std::move(owner)},
      options_{options},
      store_{database, telemetry},
      rest_{options.poll_interval},
      polling_{loop, telemetry.log, "flows.poll", options.poll_interval, [this](const CallContext& ctx) { return poll(ctx); }},
      observing_{loop, telemetry.log, "flows.observe", kObserveInterval,
                 [this](const CallContext& ctx) { return observe(ctx); }} {}

Flows::~Flows() = default;

void Flows::add_kind(FlowKind kind) {
    const auto name = std::string{kind.name};
    if (!kinds_.emplace(name, std::move(kind)).second) throw std::logic_error{"two kinds of flows are named " + name};
}

void Flows::start() {
    polling_.start();
    observing_.start();
}

Task<void> Flows::stop(Deadline deadline) {
    stopping_ = true;
    co_await polling_.stop();
    co_await observing_.stop();
    CancelScope scope{loop_, deadline};
    const CancelScope::Hook lose_all{scope, [this](const Error&) {
                                         for (const auto& [id, running] : runs_) running->run->lose();
                                     }};
    co_await close_and_wait(gate_);
}

AddedFlow Flows::add_encoded(const CallContext& ctx, sql::Unit& unit, std::string_view kind, std::string id, std::string input) {
    const auto known = kinds_.find(kind);
    if (known == kinds_.end()) throw std::logic_error{"there is no kind of flow named " + std::string{kind}};
    const auto now = clock_.now();
    // A flow that cannot run here at once is left to whoever looks first.
    const bool runs_here = !stopping_ && runs_.size() < options_.running_max;
    FlowRecord flow{.id = std::move(id),
                    .kind = std::string{kind},
                    .version = known->second.version,
                    .state = runs_here ? State::running : State::waiting,
                    .due_at = runs_here ? lease_end() : now,
                    .fence = 1,
                    .owner = owner_,
                    .input = std::move(input),
                    .traceparent = ctx.trace().valid() ? telemetry::format_traceparent(ctx.trace()) : std::string{},
                    .created_at = now};
    FlowStore::insert(unit, flow);
    return AddedFlow{std::move(flow), loop_.now() + options_.lease};
}

void Flows::run(const CallContext& ctx, AddedFlow added) {
    if (added.flow_.state != State::running) return wake();
    if (stopping_) return;
    const auto& kind = kinds_.find(added.flow_.kind)->second;
    spawn(gate_, drive(kind, std::move(added.flow_), {}, added.lease_until_, ctx));
}

Task<void> Flows::drive(const FlowKind& kind, FlowRecord flow, std::vector<StepRecord> steps, SteadyTime lease_until,
                        std::optional<CallContext> parent) {
    const auto id = flow.id;
    FlowRun run{loop_,
                {.store = store_, .clock = clock_, .random = random_, .telemetry = telemetry_, .stopping = stopping_},
                kind,
                std::move(flow),
                std::move(steps),
                parent ? &*parent : nullptr};
    auto running = std::make_shared<Running>(lease_until, run);
    // A run of before has lost its lease, since this one could take the flow.
    const auto before = runs_.find(id);
    if (before != runs_.end()) before->second->run->lose();
    runs_.insert_or_assign(id, running);
    const auto end = co_await run.run();
    const auto mine = runs_.find(id);
    if (mine != runs_.end() && mine->second == running) runs_.erase(mine);
    running->end = end;
    const bool has_result = !run.is_canceled() || (run.result() && !run.result()->empty());
    if (end == RunEnd::done && has_result) running->result = run.result();
    report(run, end);
    // The flow goes on when its time has come. Whoever rests for longer then would keep it waiting.
    if (end == RunEnd::waiting) wake();
    running->waiters.wake_all();
}

void Flows::report(const FlowRun& run, RunEnd end) {
    const auto& flow = run.record();
    const auto count = [&](std::string_view outcome) {
        telemetry_.meter.counter(kFlowsEnded, {{"tw.flow.kind", flow.kind}, {"tw.flow.outcome", outcome}}).add();
    };
    if (end == RunEnd::done) count(run.is_canceled() ? "canceled" : run.result() ? "done" : "refused");
    if (end != RunEnd::parked) return;
    count("parked");
    telemetry_.log.log(telemetry::Severity::error, "flow.parked",
                       {{"tw.flow.kind", flow.kind}, {"tw.flow.id", flow.id}, {"error.type", flow.error->reason()}},
                       fmt::format("flow {} of kind {} is parked until somebody retries or cancels it: {}", flow.id, flow.kind,
                                   flow.error->detail()));
}

Task<Flows::Next> Flows::poll(const CallContext& ctx) {
    CancelScope scope{loop_, Deadline::after(loop_.now(), kRoundTimeout), &ctx.scope()};
    const auto round = ctx.with_scope(scope);
    co_await renew_leases(round);
    auto next = Next::rest;
    if (!draining_) next = co_await take_due(round);
    polling_.set_interval(rest_);
    rest_ = std::min(2 * rest_, options_.poll_idle);
    co_return next;
}

void Flows::wake() {
    rest_ = options_.poll_interval;
    polling_.wake();
}

Task<void> Flows::renew_leases(const CallContext& ctx) {
    std::vector<Task<bool>> renewals;
    for (const auto& [id, running] : runs_) {
        const auto left = running->lease_until - loop_.now();
        if (left <= left.zero()) {
            running->run->lose();
        } else if (left < options_.lease * 2 / 3) {
            renewals.push_back(renew(ctx, running));
        }
    }
    if (!renewals.empty()) co_await all(std::move(renewals));
}

Task<bool> Flows::renew(const CallContext& ctx, std::shared_ptr<Running> running) {
    const auto until = loop_.now() + options_.lease;
    const auto id = running->run->id();
    const auto fence = running->run->record().fence;
    const auto renewed = co_await store_.renew(ctx, id, fence, lease_end());
    if (renewed) running->lease_until = until;
    // The run may have ended meanwhile: then it has not lost anything.
    const bool lost = !renewed && renewed.error().reason() == reason::kRowsUnexpected;
    if (lost && !running->end) running->run->lose();
    co_return renewed.has_value();
}

Task<Flows::Next> Flows::take_due(const CallContext& ctx) {
    if (runs_.size() >= options_.running_max) co_return Next::rest;
    const auto room = std::min<std::int64_t>(kTakenMax, static_cast<std::int64_t>(options_.running_max - runs_.size()));
    const auto groups = kinds_by_version();
    std::vector<Task<Result<std::vector<DueFlow>>>> looks;
    for (const auto& [version, names] : groups) looks.push_back(store_.find_due(ctx, names, version, clock_.now(), room));
    auto found = co_await all(std::move(looks));
    auto next = Next::rest;
    for (auto& due : found) {
        if (!due || due->empty()) continue;
        if (ctx.over() || draining_) break;
        const bool may_be_more = std::ssize(*due) == room;
        const auto taken = co_await take_all(ctx, *std::move(due));
        if (taken > 0) rest_ = options_.poll_interval;
        if (taken > 0 && may_be_more) next = Next::at_once;
    }
    co_return next;
}

Task<void> Flows::take_wrong_leases(const CallContext& ctx) {
    const auto beyond = clock_.now() + 2 * options_.lease;
    const auto groups = kinds_by_version();
    for (const auto& [version, names] : groups) {
        if (ctx.over() || draining_) co_return;
        auto found = co_await store_.find_leased_beyond(ctx, names, version, beyond, kTakenMax);
        if (found && !found->empty()) std::ignore = co_await take_all(ctx, *std::move(found));
    }
}

std::vector<Flows::KindsOfVersion> Flows::kinds_by_version() const {
    std::vector<KindsOfVersion> groups;
    for (const auto& [name, kind] : kinds_) {
        const auto group = std::ranges::find_if(groups, [&kind](const KindsOfVersion& one) {
            return one.version == kind.version && one.names.size() < FlowStore::kKindsMax;
        });
        if (group == groups.end()) {
            groups.push_back({kind.version, {kind.name}});
        } else {
            group->names.push_back(kind.name);
        }
    }
    return groups;
}

Task<std::size_t> Flows::take_all(const CallContext& ctx, std::vector<DueFlow> due) {
    std::vector<Task<bool>> takes;
    for (auto& flow : due) {
        if (runs_.size() + takes.size() >= options_.running_max) break;
        const auto kind = kinds_.find(flow.kind);
        if (kind != kinds_.end() && !runs_.contains(flow.id)) takes.push_back(take(ctx, kind->second, std::move(flow)));
    }
    const auto taken = co_await all(std::move(takes));
    co_return static_cast<std::size_t>(std::ranges::count(taken, true));
}

Task<bool> Flows::take(const CallContext& ctx, const FlowKind& kind, DueFlow due) {
    const auto lease_until = loop_.now() + options_.lease;
    const auto claimed = co_await store_.claim(ctx, due, owner_, lease_end());
    if (!claimed) co_return false;
    auto flow = co_await store_.find(ctx, due.id);
    if (!flow || !*flow || (**flow).fence != due.fence + 1) co_return false;
    auto steps = co_await store_.steps(ctx, due.id);
    if (!steps || stopping_) co_return false;
    const bool canceled = std::ranges::find(*steps, kCanceledStep, &StepRecord::name) != steps->end();
    if ((**flow).version < kind.version_oldest && !canceled) {
        co_await park_too_old(ctx, kind, **flow);
        co_return true;
    }
    spawn(gate_, drive(kind, std::move(**flow), *std::move(steps), lease_until, std::nullopt));
    co_return true;
}

Task<void> Flows::park_too_old(const CallContext& ctx, const FlowKind& kind, const FlowRecord& flow) {
    const Error why{Code::failed_precondition, reason::kFlowTooOld,
                    fmt::format("the flow has version {}, and this program continues versions {} to {}", flow.version,
                                kind.version_oldest, kind.version)};
    sql::Unit unit;
    FlowStore::park(unit, flow.id, flow.fence, why);
    const auto parked = co_await store_.write(ctx, std::move(unit));
    if (!parked) co_return;
    telemetry_.log.error(ctx, "flow.parked", {{"tw.flow.kind", flow.kind}, {"tw.flow.id", flow.id}, {"error.type", why.reason()}},
                         fmt::format("flow {} of kind {} is parked: {}", flow.id, flow.kind, why.detail()));
}

Task<Result<std::optional<Result<std::string>>>> Flows::wait_encoded(const CallContext& ctx, std::string id, Deadline until) {
    using Outcome = std::optional<Result<std::string>>;
    CancelScope scope{loop_, until, &ctx.scope()};
    Backoff pauses{kPollPauses};
    while (true) {
        if (const auto here = runs_.find(id); here != runs_.end()) {
            const auto running = here->second;
            co_await wait_for_news(ctx.with_scope(scope), id, pauses);
            if (running->result) co_return Outcome{*running->result};
        }
        if (ctx.over()) co_return *ctx.over();
        auto flow = co_await store_.find(ctx, id);
        if (!flow) co_return std::move(flow).error();
        if (!*flow) co_return not_found("flow", id);
        const auto state = (**flow).state;
        if (state == State::done) co_return Outcome{(**flow).error ? Result<std::string>{*(**flow).error} : (**flow).result};
        if (state == State::canceled && !(**flow).result.empty()) co_return Outcome{(**flow).result};
        if (state == State::parked || state == State::canceled || scope.error()) co_return Outcome{};
        co_await wait_for_news(ctx.with_scope(scope), id, pauses);
    }
}

Task<void> Flows::wait_for_news(const CallContext& ctx, const std::string& id, Backoff& pauses) {
    if (ctx.over()) co_return;
    const auto here = runs_.find(id);
    if (here == runs_.end()) {
        std::ignore = co_await sleep_for(ctx, pauses.next(random_.uniform()));
        co_return;
    }
    const auto running = here->second;
    WaitList::Waiter waiter{running->waiters, loop_, ctx.scope()};
    co_await waiter;
}

Task<Flows::Next> Flows::observe(const CallContext& ctx) {
    CancelScope scope{loop_, Deadline::after(loop_.now(), kRoundTimeout), &ctx.scope()};
    const auto round = ctx.with_scope(scope);
    co_await take_wrong_leases(round);
    const auto removed = co_await store_.remove_done(round, clock_.now() - options_.kept, kRemovedMax);
    const auto counts = co_await store_.count_open(round);
    if (!counts) co_return Next::rest;
    const auto gauge = [this](const std::string& kind, State state) {
        return telemetry_.meter.counter(kFlowsOpen, {{"tw.flow.kind", kind}, {"tw.flow.state", state_name(state)}});
    };
    // A kind without open flows is reported as 0, so that its absence means that nobody looks.
    for (const auto& [kind, code] : kinds_) {
        for (const auto state : {State::running, State::waiting, State::parked}) reported_.emplace(kind, state);
    }
    std::map<std::string, double> oldest;
    for (const auto& [kind, state] : reported_) {
        gauge(kind, state).set(0);
        oldest[kind] = 0;
    }
    for (const auto& count : *counts) {
        if (!kinds_.contains(count.kind)) continue;
        reported_.emplace(count.kind, count.state);
        gauge(count.kind, count.state).set(static_cast<double>(count.flows));
        const std::chrono::duration<double> age = clock_.now() - count.oldest;
        oldest[count.kind] = std::max(oldest[count.kind], age.count());
    }
    for (const auto& [kind, age] : oldest) telemetry_.meter.counter(kFlowsOldest, {{"tw.flow.kind", kind}}).set(age);
    co_return removed && *removed == kRemovedMax ? Next::at_once : Next::rest;
}

}  // namespace tw::durable
