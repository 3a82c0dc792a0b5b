#include "kit/durable/run/flow_run.hpp"

#include "kit/async/sleep.hpp"
#include "kit/durable/flow_metrics.hpp"
#include "kit/durable/reasons.hpp"
#include "kit/durable/run/detached_task.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace tw::durable {
namespace {

/// Pauses shorter than this are waited for in memory. Longer ones are stored, so that they cost
/// neither memory nor a lease.
constexpr std::chrono::milliseconds kPauseInMemoryMax{250};
constexpr BackoffOptions kWriteBackoff{
    .first = std::chrono::milliseconds{20}, .last = std::chrono::seconds{1}, .part_least = 0.5};

Error flow_changed(std::string detail) { return Error{Code::failed_precondition, reason::kFlowChanged, std::move(detail)}; }

Error lease_lost() { return Error{Code::cancelled, reason::kLeaseLost, "another replica has taken the flow over"}; }

/// The context of a run: that of the request for the trace, without its deadline and its caller.
CallContext context_of(const RootCall& root, const CallContext* parent) {
    if (parent == nullptr) return root.context();
    auto attributes = std::make_shared<CallAttributes>();
    attributes->baggage = parent->attributes().baggage;
    return root.context().with_trace(parent->trace()).with_attributes(std::move(attributes));
}

std::string_view outcome_name(const Result<std::string>& answer, bool retried) {
    if (answer) return "done";
    return retried ? "failed" : "refused";
}

}  // namespace

FlowRun::FlowRun(EventLoop& loop, const RunParts& parts, const FlowKind& kind, FlowRecord flow, std::vector<StepRecord> steps,
                 const CallContext* parent)
    : parts_{parts},
      kind_{kind},
      flow_{std::move(flow)},
      next_position_{steps.empty() ? 0 : steps.back().position + 1},
      root_{loop},
      context_{context_of(root_, parent)},
      write_backoff_{kWriteBackoff} {
    const auto mark = std::ranges::find(steps, kCanceledStep, &StepRecord::name);
    canceled_ = mark != steps.end();
    if (canceled_) steps.erase(steps.begin(), mark + 1);
    not_asked_for_ = steps.size();
    for (auto& step : steps) {
        auto name = step.name;
        steps_.emplace(std::move(name), StoredStep{std::move(step)});
    }
}

Task<RunEnd> FlowRun::run() {
    auto span = parts_.telemetry.tracer.start(ctx(), fmt::format("flow {}", flow_.kind), telemetry::SpanKind::internal);
    const auto origin = telemetry::parse_traceparent(flow_.traceparent);
    if (origin && origin->trace_id != span.context().trace().trace_id) span.link(*origin);
    span.set("tw.flow.id", flow_.id);
    span.set("tw.flow.kind", flow_.kind);
    context_ = context_.with_trace(span.context().trace());

    DetachedTask code{execute()};
    code.start();
    const auto end = co_await ended_;
    if (end == RunEnd::parked && flow_.error) span.fail(*flow_.error);
    co_return end;
}

void FlowRun::lose() { root_.scope().cancel(lease_lost()); }

void FlowRun::end_later(RunEnd end) {
    // The code of the flow is destroyed when the run ends, so that must not happen inside of it.
    ctx().loop().post([this, end] { ended_.set(end); });
}

Task<void> FlowRun::execute() {
    std::optional<Error> fault;
    try {
        auto running = run_code();
        result_ = co_await std::move(running);
    } catch (const std::exception& exception) {
        fault.emplace(Code::internal, reason::kFlowFailed, exception.what());
    } catch (...) {
        fault.emplace(Code::internal, reason::kFlowFailed, "something that is no std::exception was thrown");
    }
    if (fault) co_await park(*fault);
    if (canceled_ && !result_) co_await park(result_.error());
    if (!finished_) co_await finish(result_);
    end_later(RunEnd::done);
}

Task<Result<std::string>> FlowRun::run_code() {
    if (!canceled_) co_return co_await kind_.run(*this, flow_.input);
    if (!kind_.canceled) co_return std::string{};
    co_return co_await kind_.canceled(*this, flow_.input);
}

std::string FlowRun::stored_name(std::string_view step) const {
    return canceled_ ? fmt::format("cancel: {}", step) : std::string{step};
}

Task<std::optional<Result<std::string>>> FlowRun::recall(std::string_view asked) {
    co_await halt_if_lost();
    const auto name = stored_name(asked);
    const auto objection = objection_to(name);
    if (objection) co_await park(*objection);
    const auto stored = steps_.find(name);
    if (stored == steps_.end()) co_return std::nullopt;
    stored->second.asked_for = true;
    --not_asked_for_;
    co_return stored->second.record.answer;
}

std::optional<Error> FlowRun::objection_to(std::string_view name) const {
    if (finished_) return flow_changed(fmt::format("the flow has ended, and asks for the step \"{}\"", name));
    const auto stored = steps_.find(name);
    if (stored != steps_.end()) {
        if (!stored->second.asked_for) return std::nullopt;
        return flow_changed(fmt::format("the flow asks for two steps named \"{}\"", name));
    }
    if (not_asked_for_ == 0) return std::nullopt;
    const StepRecord* left_out = nullptr;
    for (const auto& [other, step] : steps_) {
        if (!step.asked_for && (left_out == nullptr || step.record.position < left_out->position)) left_out = &step.record;
    }
    return flow_changed(fmt::format("the step \"{}\" is stored, and the code goes on with \"{}\" without having asked for it",
                                    left_out->name, name));
}

Task<Result<std::string>> FlowRun::do_step(std::string_view name, StepOptions options, StepBody body) {
    auto stored = co_await recall(name);
    if (stored) co_return *std::move(stored);
    while (true) {
        co_await stop_if_asked();
        auto answer = co_await attempt(name, options, body);
        co_await halt_if_lost();
        const bool retried = !answer && options.retried(answer.error());
        parts_.telemetry.meter
            .counter(kFlowSteps,
                     {{"tw.flow.kind", kind_.name}, {"tw.flow.step", name}, {"tw.flow.outcome", outcome_name(answer, retried)}})
            .add();
        if (retried) {
            co_await back_off(name, options, answer.error());
            continue;
        }
        flow_.attempts = 0;
        flow_.error.reset();
        co_await keep(name, answer, options.journal);
        co_return answer;
    }
}

telemetry::Span FlowRun::start_step(const CallContext& parent, std::string_view name) {
    auto span = parts_.telemetry.tracer.start(parent, fmt::format("step {}", name), telemetry::SpanKind::internal);
    span.set("tw.flow.step", name);
    span.set("tw.flow.attempt", flow_.attempts + 1);
    return span;
}

Task<Result<std::string>> FlowRun::attempt(std::string_view name, const StepOptions& options, StepBody& body) {
    CancelScope scope{ctx().loop(), Deadline::after(ctx().loop().now(), options.attempt_timeout), &ctx().scope()};
    auto attributes = std::make_shared<CallAttributes>(ctx().attributes());
    attributes->idempotency_key = key(name);
    const auto parent = ctx().with_scope(scope).with_attributes(std::move(attributes));
    auto span = start_step(parent, name);
    auto running = body(span.context());
    auto answer = co_await std::move(running);
    if (!answer) span.fail(answer.error());
    co_return answer;
}

Task<void> FlowRun::back_off(std::string_view name, const StepOptions& options, const Error& why) {
    ++flow_.attempts;
    flow_.error = Error{why.code(), why.reason(), fmt::format("step \"{}\": {}", name, why.detail())};
    if (flow_.attempts >= options.attempts_max) co_await park(*flow_.error);
    Backoff backoff{{.first = options.retry_first, .last = options.retry_last, .part_least = 0.5}};
    auto pause = backoff.next(parts_.random.uniform());
    for (std::int64_t i = 1; i < flow_.attempts; ++i) pause = backoff.next(parts_.random.uniform());
    if (why.retry_after()) pause = std::max<std::chrono::nanoseconds>(pause, *why.retry_after());
    if (pause > kPauseInMemoryMax) {
        co_await suspend_until(parts_.clock.now() + std::chrono::duration_cast<std::chrono::microseconds>(pause));
    }
    std::ignore = co_await tw::sleep_for(ctx(), pause);
    co_await halt_if_lost();
}

Task<void> FlowRun::keep(std::string_view step, Result<std::string> answer, Journal journal) {
    const auto name = stored_name(step);
    StepRecord record{.name = name, .position = next_position_++, .answer = std::move(answer), .created_at = parts_.clock.now()};
    pending_.push_back(record);
    steps_.emplace(name, StoredStep{std::move(record), true});
    if (journal == Journal::with_next) co_return;
    auto written = co_await write(sql::Unit{}, name, State::running);
    if (!written) co_await park(written.error());
}

Task<Result<std::string>> FlowRun::do_commit(std::string_view name, CommitBody body, bool last) {
    auto stored = co_await recall(name);
    if (stored) co_return *std::move(stored);
    const StepOptions options;
    while (true) {
        co_await stop_if_asked();
        auto answer = co_await attempt_commit(name, body, last);
        co_await halt_if_lost();
        if (!answer) {
            const Error contended{Code::failed_precondition, reason::kRowsUnexpected, "others change the same rows"};
            co_await back_off(name, options, contended);
            continue;
        }
        if (*answer) {
            flow_.attempts = 0;
            flow_.error.reset();
            co_return *std::move(answer);
        }
        if (options.retried(answer->error())) {
            co_await back_off(name, options, answer->error());
            continue;
        }
        // The refusal is stored before the flow acts on it. Otherwise the commit could succeed when
        // the flow is run again.
        co_await keep(name, *answer, Journal::at_once);
        co_return *std::move(answer);
    }
}

Task<std::optional<Result<std::string>>> FlowRun::attempt_commit(std::string_view step, CommitBody& body, bool last) {
    CancelScope scope{ctx().loop(), Deadline::after(ctx().loop().now(), StepOptions{}.attempt_timeout), &ctx().scope()};
    auto span = start_step(ctx().with_scope(scope), step);
    const auto name = stored_name(step);
    auto deciding = body(span.context());
    auto change = co_await std::move(deciding);
    if (!change) co_return Result<std::string>{std::move(change).error()};
    co_await halt_if_lost();
    StepRecord record{.name = name, .position = next_position_, .answer = change->answer, .created_at = parts_.clock.now()};
    auto unit = std::move(change->unit);
    FlowStore::insert_step(unit, flow_.id, record);
    if (last) FlowStore::finish(unit, flow_.id, flow_.fence, record.answer, record.created_at, end_state());
    auto written = co_await write(std::move(unit), name, last ? end_state() : State::running);
    if (!written) co_return Result<std::string>{std::move(written).error()};
    if (*written == Written::refused) co_return std::nullopt;
    ++next_position_;
    finished_ = last;
    steps_.emplace(name, StoredStep{record, true});
    co_return record.answer;
}

Task<void> FlowRun::sleep_until(std::string_view name, Timestamp until) {
    const auto stored = co_await recall(name);
    if (stored) co_return;
    // A signal may end the pause early.
    while (parts_.clock.now() < until) co_await suspend_until(until);
    co_await keep(name, std::string{}, Journal::with_next);
}

Task<std::optional<std::string>> FlowRun::do_wait_until(std::string_view signal, Timestamp until) {
    using Payload = Codec<std::optional<std::string>>;
    const auto stored = co_await recall(signal);
    if (stored) co_return Payload::decode(**stored);
    while (true) {
        co_await stop_if_asked();
        // The number of signals is read first. If one comes in between, the flow does not wait.
        auto flow = co_await parts_.store.find(ctx(), flow_.id);
        auto payload = co_await parts_.store.find_signal(ctx(), flow_.id, signal);
        co_await halt_if_lost();
        if (!flow || !payload) {
            const StepOptions options;
            const auto& why = !flow ? flow.error() : payload.error();
            co_await back_off(signal, options, why);
            continue;
        }
        if (*flow) flow_.signals = (**flow).signals;
        const bool too_late = !*payload && parts_.clock.now() >= until;
        if (*payload || too_late) {
            // A signal that has come stays. That none has come is true only now, so it is stored.
            co_await keep(signal, Payload::encode(*payload), too_late ? Journal::at_once : Journal::with_next);
            co_return *std::move(payload);
        }
        co_await suspend_until(until);
    }
}

Task<Timestamp> FlowRun::now(std::string_view name) {
    auto stored = co_await recall(name);
    const auto micros = stored ? Codec<std::int64_t>::decode(**stored) : parts_.clock.now().unix_micros();
    if (!stored) co_await keep(name, Codec<std::int64_t>::encode(micros), Journal::with_next);
    co_return Timestamp::from_unix_micros(micros);
}

Task<Uuid> FlowRun::new_id(std::string_view name) {
    auto stored = co_await recall(name);
    if (stored) {
        const auto id = Uuid::parse(**stored);
        if (!id) throw Unreadable{"a stored text is no id"};
        co_return *id;
    }
    const auto id = parts_.random.uuid_v7(parts_.clock.now());
    co_await keep(name, id.to_string(), Journal::with_next);
    co_return id;
}

}  // namespace tw::durable
