#pragma once

#include "kit/base/backoff.hpp"
#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"

#include <chrono>
#include <optional>

/// Whether and when a call that failed is made again (gRFC A6): decisions without I/O.
namespace tw::rpc {

struct RetryOptions {
    /// In all, the first one included; 1: nothing is tried again but what the callee certainly has not seen.
    int attempts_max = 3;
    /// The wait before the next attempt is a random time up to a bound that doubles from the first to the last.
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{1'000};
    /// The retry budget: a bucket that begins full, from which each attempt that fails takes a token and to which each call that
    /// succeeds gives this share of one. While it is no more than half full, nothing is tried again.
    double budget_share = 0.1;
    double budget_tokens_max = 500;
};

/// One a channel. Half of its tokens are what the loss of a whole connection with all its calls may take; beyond that, a callee
/// that is in trouble gets the share of its good answers as additional calls, however many there are who would try again.
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

/// How an attempt failed, as far as that decides about the next one.
struct Failure {
    Code code = Code::unavailable;
    /// The callee has certainly not looked at the call: the connection took no more, or refused it.
    bool unprocessed = false;
    /// Something of an answer has come, after which the call is not made again.
    bool answered = false;
    /// Whoever answered says that the call is not to be made again (Error::retryable).
    bool no_retry = false;
    /// What the callee said in "grpc-retry-pushback-ms"; negative, or anything that is no number: not again.
    std::optional<std::chrono::milliseconds> pushback{};
};

/// The attempts of one call.
class RetryPlan {
 public:
    RetryPlan(const RetryOptions& options, RetryBudget& budget, bool repeatable)
        : options_{options},
          budget_{budget},
          repeatable_{repeatable},
          backoff_{{.first = options.backoff_first, .last = options.backoff_last}} {}

    /// How long to wait before the next attempt; nothing where the failure stands. `random` is uniform in [0, 1). What was not
    /// processed goes out again at once, a few times at most, and costs neither an attempt nor a token.
    std::optional<std::chrono::nanoseconds> after(const Failure& failure, double random);
    /// Notes that an attempt failed with `error`. Each failure is noted before `conclude` is asked.
    void note(const Error& error) { outcome_open_ = outcome_open_ || error.outcome_open(); }
    /// The error of the whole call, which is that of one attempt: the outcome is open if that of any attempt is, since an earlier
    /// one may have been done, or may still arrive.
    Error conclude(Error error) const;

    /// Whether trying again is this channel's business at all, so that it should not be its caller's as well.
    bool responsible() const { return repeatable_ && options_.attempts_max > 1; }
    /// Attempts that the callee may have seen: what "grpc-previous-rpc-attempts" says in the next one.
    int previous_attempts() const { return attempts_; }
    /// Attempts beyond the first, of whichever kind.
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
