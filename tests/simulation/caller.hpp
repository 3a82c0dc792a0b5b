#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/combine.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/sleep.hpp"
#include "kit/async/task.hpp"
#include "kit/rpc/method.hpp"
#include "kit/simulation/simulation.hpp"
#include "tests/simulation/books.hpp"
#include "tests/simulation/journal.hpp"
#include "tests/simulation/keyed_request.hpp"
#include "tests/simulation/street.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tw::shop {

template <class Response>
Told told_of(const Result<Response>& answer) {
    if (answer) return Told::done;
    return answer.error().outcome_open() ? Told::open : Told::refused;
}

/// Makes one call as clients do: with a timeout of its own, and hanging up now and then. Checks that it ends in time.
class Caller {
 public:
    Caller(Street& street, std::string name) : street_{street}, name_{std::move(name)} {}

    template <class Response>
    Task<Result<Response>> call(std::string_view what, std::function<Task<Result<Response>>(const CallContext&)> make,
                                std::chrono::nanoseconds timeout = kTimeout,
                                std::shared_ptr<const CallAttributes> attributes = {}) const {
        auto& loop = street_.loop;
        ++street_.journal.requests;
        const auto begun = loop.now();
        RootCall root{loop, Deadline::after(begun, timeout)};
        std::optional<Timer> hang_up;
        if (street_.simulation.faults().happens("client hangs up", what, 0.02)) {
            hang_up.emplace(loop.timers(), [&root] { root.scope().cancel(cancelled()); });
            hang_up->arm(begun + std::chrono::microseconds{street_.simulation.faults().pick(200'000)});
        }
        const auto ctx = root.context().with_attributes(std::move(attributes));
        auto answer = co_await make(ctx);
        hang_up.reset();
        ++street_.journal.answered;
        const auto took = loop.now() - begun;
        tell(what, answer ? "done" : answer.error().reason() + (answer.error().outcome_open() ? " (open)" : ""));
        if (took > timeout + kSlack) broken(what, "took longer than its deadline");
        co_return answer;
    }

    /// Makes a call of a KEYED method, about every second one with an idempotency key. A call with a key is sent again as the
    /// guide for API clients says, now and then although it has succeeded, and now and then twice at once. `effect` is the text
    /// by which the databases show the call's effect (key_invariants.cpp). The error of a call with a key is open if any attempt
    /// left it open.
    template <class Response>
    Task<Result<Response>> keyed(std::string_view what, const rpc::Method& method, std::string effect,
                                 std::function<Task<Result<Response>>(const CallContext&)> make,
                                 std::chrono::nanoseconds timeout = kTimeout) {
        if (street_.simulation.choose(2) == 0) {
            auto once = call<Response>(what, std::move(make), timeout);
            co_return co_await std::move(once);
        }
        KeyedRequest request{street_, method, std::move(effect)};
        std::optional<Result<Response>> outcome;
        bool again = true;
        while (again) {
            request.begin_attempt();
            std::vector<Task<Result<Response>>> attempts;
            for (int left = request.copies(); left > 0; --left) {
                attempts.push_back(call<Response>(what, make, request.timeout(timeout), request.attributes()));
            }
            auto sending = all(std::move(attempts));
            auto answers = co_await std::move(sending);
            for (auto& answer : answers) {
                const auto fault = answer ? request.note_answer(answer->SerializeAsString()) : request.note(answer.error());
                if (fault) broken(what, *fault);
                if (!outcome || !*outcome) outcome.emplace(std::move(answer));
            }
            again = request.wants_again();
            if (again) co_await pause(request.pause());
        }
        if (!*outcome && request.open()) co_return std::move(*outcome).error().with_outcome_open(true);
        co_return *std::move(outcome);
    }

    void tell(std::string_view what, const std::string& came) const;
    void broken(std::string_view what, const std::string& promise) const;

    Task<void> pause(std::chrono::nanoseconds time) const;

    static constexpr std::chrono::seconds kTimeout{8};
    static constexpr std::chrono::seconds kSlack{1};

 private:
    Street& street_;
    std::string name_;
};

}  // namespace tw::shop
