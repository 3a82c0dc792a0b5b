#pragma once

#include "kit/base/backoff.hpp"
#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"

#include <chrono>
#include <optional>

/// Decides whether and when a call that failed is made again (gRFC A6), without I/O.
namespace tw::rpc {

struct RetryOptions {
    /// The greatest number of attempts, including the first. With 1, a call is repeated only if the
    /// callee certainly has not seen it.
    int attempts_max = 3;
    /// The wait before the next attempt is random. Its bound doubles from the first value to the
    /// last.
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{1'000};
    /// The retry budget is a bucket of tokens that starts full. Each attempt that fails takes one
    /// token. Each call that succeeds gives back `budget_share` of a token. No call is repeated
    /// while the bucket is at most half full.
    double budget_share = 0.1;
    double budget_tokens_max = 500;
};

/// The retry budget of one channel. Half of its tokens cover the loss of a whole connection with
/// all its calls. After that, a callee that is in trouble gets at most `budget_share` additional
/// calls for each good answer, however many callers retry.
class RetryBudget {
 public:
    explicit RetryBudget(const RetryOptions& options)
        : share_{options.budget_share}, tokens_max_{options.budget_tokens_max}, tokens_{tokens_max_} {}

    void on_success() {
        if (tokens_ < tokens_max_) tokens_ = tokens_ + share_ < tokens_max_ ? tokens_ + share_ : tokens_max_;
    }
    void on_failure() { tokens_ = tokens_ > 1 ? tokens_ - 1 : 0; }
    bool allows() const { return tokens_ > tokens_max_ / 2; }

 private:
    double share_;
    double tokens_max_;
    double tokens_;
};

/// How an attempt failed, as far as that decides about the next attempt.
struct Failure {
    Code code = Code::unavailable;
    /// The callee has certainly not looked at the call, because the connection took no more calls
    /// or refused this one.
    bool unprocessed = false;
    /// The channel did not send the call, to spare the callee. Such a call is not made again, and
    /// does not concern the budget.
    bool spared = false;
    /// A part of the answer has come. Such a call is not made again.
    bool answered = false;
    /// The status says that the call is not to be made again (Error::retryable).
    bool no_retry = false;
    /// The callee's "grpc-retry-pushback-ms". The call is not made again if it is negative or is
    /// not a number.
    std::optional<std::chrono::milliseconds> pushback{};
};

/// Describes the failure of a call that was not sent, by its error.
Failure failure_before_start(const Error& error);

/// The attempts of one call.
class RetryPlan {
 public:
    RetryPlan(const RetryOptions& options, RetryBudget& budget, bool repeatable)
        : options_{options},
          budget_{budget},
          repeatable_{repeatable},
          backoff_{{.first = options.backoff_first, .last = options.backoff_last}} {}

    /// Returns how long to wait before the next attempt, or nothing if there is to be none.
    /// `random` must be uniform in [0, 1). A call that was not processed is sent again at once, a
    /// few times at most, which costs neither an attempt nor a token.
    std::optional<std::chrono::nanoseconds> after(const Failure& failure, double random);
    /// Records that an attempt failed with `error`. Record each failure before calling `conclude`.
    void note(const Error& error) { outcome_open_ = outcome_open_ || error.outcome_open(); }
    /// Returns the error of the whole call, given the error of one attempt. The outcome is open if
    /// that of any attempt is, because an earlier attempt may have been done, or may still arrive.
    Error conclude(Error error) const;

    /// Whether this channel repeats the call, so that its caller should not repeat it too.
    bool responsible() const { return repeatable_ && options_.attempts_max > 1; }
    /// The number of attempts that the callee may have seen. The next attempt sends it in
    /// "grpc-previous-rpc-attempts".
    int previous_attempts() const { return attempts_; }
    /// The number of attempts of any kind after the first.
    int retries() const { return retries_; }

 private:
    const RetryOptions& options_;
    RetryBudget& budget_;
    bool repeatable_;
    Backoff backoff_;
    int attempts_ = 0;
    int unprocessed_ = 0;
    int retries_ = 0;
    bool outcome_open_ = false;
};

}  // namespace tw::rpc
