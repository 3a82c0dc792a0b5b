#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/base/uuid.hpp"
#include "kit/durable/codec.hpp"
#include "kit/durable/step_options.hpp"
#include "kit/sql/statement.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tw::durable {

/// A change of the module's own database, and what the step that makes it answers.
template <class T = Done>
struct Change {
    sql::Unit unit;
    T answer{};
};

namespace detail {
template <class T>
struct TaskOfResult;
template <class T>
struct TaskOfResult<Task<Result<T>>> {
    using type = T;
};
/// The T of a body that returns Task<Result<T>>.
template <class Body>
using Answer = typename TaskOfResult<std::invoke_result_t<Body&, const CallContext&>>::type;
/// The T of a body that returns Task<Result<Change<T>>>.
template <class Body>
using ChangeAnswer = decltype(Answer<Body>::answer);
}  // namespace detail

/// The one run of a flow: business code that continues after a crash, here or on another replica.
/// The code is an ordinary coroutine. What it does to the world it does in steps, which have names:
///
///     Task<Result<Receipt>> transfer(durable::Flow& flow, Transfer input) {
///         auto taken = co_await flow.step("withdraw", [&](const CallContext& ctx) {
///             return accounts.withdraw(ctx, input.from, input.amount, flow.key("withdraw"));
///         });
///         if (!taken) co_return std::move(taken).error();
///         …
///
/// The answer of each step is stored. When the flow is run again, a step that has an answer is not
/// run: it answers what it answered. So a body runs at least once, and the flow goes on from where
/// it was. Everything outside of steps runs again each time. It must do the same then, so it reads
/// no clock, draws no random number and looks at nothing that changes: `now` and `id` are steps for
/// that.
///
/// Steps are found by their names. A flow that asks for a second step of a name, or goes on to a
/// new step although stored ones were not asked for, is parked: the code is not the one that
/// stored them. Steps of one flow run one after the other.
///
/// Where these functions cannot go on, they do not return: the flow waits, is parked, or has been
/// taken over by another replica, and the coroutine is destroyed. Keep nothing in its variables
/// that must not be destroyed, such as a lock of your own. An exception that leaves the flow's code
/// parks the flow.
///
/// A Flow belongs to one loop.
class Flow {
 public:
    virtual ~Flow() = default;

    /// The flow's id, at most 120 characters.
    virtual const std::string& id() const = 0;
    /// The version of the code with which the flow was started.
    virtual std::int64_t version() const = 0;
    /// Returns the idempotency key for the step's calls. It is the same whenever the flow is run.
    /// The contexts of steps carry the key of their step already.
    std::string key(std::string_view step) const { return id() + "/" + std::string{step}; }

    /// Runs `body(const CallContext&)`, which returns a Task<Result<T>>, and stores what it
    /// answers. An error that may pass (StepOptions::retried) lets it run again later; after too
    /// many attempts the flow is parked. Any other error is the answer.
    template <class Body>
    Task<Result<detail::Answer<Body>>> step(std::string_view name, Body body, StepOptions options = {}) {
        using T = detail::Answer<Body>;
        StepBody encoding = [&body](const CallContext& ctx) { return encoded<T>(body, ctx); };
        auto answer = co_await do_step(name, options, std::move(encoding));
        co_return decoded<T>(std::move(answer));
    }

    /// Changes the module's own database: the change and the stored answer are one transaction, so
    /// the change is made exactly once. `body(const CallContext&)` returns a
    /// Task<Result<Change<T>>>. It reads what it needs and decides. It is called again if a
    /// statement of its unit found another number of rows than it expected (Unit::add_one_row),
    /// since somebody else has changed the row meanwhile. An error of the body, or of the change,
    /// is the answer, unless it may pass.
    template <class Body>
    Task<Result<detail::ChangeAnswer<Body>>> commit(std::string_view name, Body body) {
        return commit_as<detail::ChangeAnswer<Body>>(name, std::move(body), false);
    }
    /// Commits like `commit`, and ends the flow in the same transaction with the answer as its
    /// result. The code then returns this answer and makes no further steps. If the answer is an
    /// error, the flow has not ended.
    template <class Body>
    Task<Result<detail::ChangeAnswer<Body>>> finish(std::string_view name, Body body) {
        return commit_as<detail::ChangeAnswer<Body>>(name, std::move(body), true);
    }

    /// Waits until the time has come. `until` must be the same whenever the code runs.
    virtual Task<void> sleep_until(std::string_view name, Timestamp until) = 0;
    /// Waits for this long, counted from when the code first asked for it.
    Task<void> sleep_for(std::string_view name, std::chrono::microseconds delay) {
        const auto since = co_await now(std::string{name} + " since");
        co_await sleep_until(name, since + delay);
    }
    /// Waits for a signal of this name (Flows::signal) and returns its payload; nothing if it has
    /// not come by `until`, which must be the same whenever the code runs. A signal that came
    /// before counts.
    template <class T = std::string>
    Task<std::optional<T>> wait_until(std::string_view signal, Timestamp until) {
        auto payload = co_await do_wait_until(signal, until);
        if (!payload) co_return std::nullopt;
        co_return Codec<T>::decode(*payload);
    }
    /// Waits like `wait_until`, for this long from when the code first asked for it.
    template <class T = std::string>
    Task<std::optional<T>> wait_for(std::string_view signal, std::chrono::microseconds delay) {
        const auto since = co_await now(std::string{signal} + " since");
        co_return co_await wait_until<T>(signal, since + delay);
    }

    /// Returns the time at which this step first ran.
    virtual Task<Timestamp> now(std::string_view name) = 0;
    /// Returns an id that is made when this step first runs.
    virtual Task<Uuid> new_id(std::string_view name) = 0;

 protected:
    using StepBody = std::move_only_function<Task<Result<std::string>>(const CallContext&)>;
    using CommitBody = std::move_only_function<Task<Result<Change<std::string>>>(const CallContext&)>;

 private:
    virtual Task<Result<std::string>> do_step(std::string_view name, StepOptions options, StepBody body) = 0;
    virtual Task<Result<std::string>> do_commit(std::string_view name, CommitBody body, bool last) = 0;
    virtual Task<std::optional<std::string>> do_wait_until(std::string_view signal, Timestamp until) = 0;

    template <class T, class Body>
    static Task<Result<std::string>> encoded(Body& body, const CallContext& ctx) {
        auto answer = co_await body(ctx);
        if (!answer) co_return std::move(answer).error();
        co_return Codec<T>::encode(*std::move(answer));
    }
    template <class T>
    static Result<T> decoded(Result<std::string> answer) {
        if (!answer) return std::move(answer).error();
        return Codec<T>::decode(*answer);
    }
    template <class T, class Body>
    static Task<Result<Change<std::string>>> encoded_change(Body& body, const CallContext& ctx) {
        auto change = co_await body(ctx);
        if (!change) co_return std::move(change).error();
        Change<std::string> encoded{.unit = std::move(change->unit), .answer = Codec<T>::encode(std::move(change->answer))};
        co_return encoded;
    }
    template <class T, class Body>
    Task<Result<T>> commit_as(std::string_view name, Body body, bool last) {
        CommitBody encoding = [&body](const CallContext& ctx) { return encoded_change<T>(body, ctx); };
        auto answer = co_await do_commit(name, std::move(encoding), last);
        co_return decoded<T>(std::move(answer));
    }
};

}  // namespace tw::durable
