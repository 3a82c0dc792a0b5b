#include "kit/rpc/network/outcome_fixture.hpp"

// These tests cover what a channel says of a call that failed: whether the callee may have done it,
// and whether it may be repeated.
namespace tw::rpc::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Shapes, OutcomeTest, testing::Values(true, false),
                         [](const auto& info) { return info.param ? "unary" : "stream"; });

TEST_P(OutcomeTest, a_callee_that_cannot_be_reached_has_done_nothing) {
    connecting_fails = true;
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, false, true}));
}

TEST_P(OutcomeTest, a_call_whose_context_is_over_has_done_nothing) {
    connect();
    const auto call = [](OutcomeTest& at) -> Task<Result<void>> {
        RootCall root{at.loop};
        root.scope().cancel(cancelled());
        Result<void> ended;
        auto task = unary() ? say(at, root.context(), ended) : chat(at, root.context(), ended);
        co_await std::move(task);
        co_return ended;
    };
    EXPECT_EQ(outcome_of(run_until_done(loop, call(*this)).error()), (Outcome{Code::cancelled, false, false}));
}

TEST_P(OutcomeTest, a_call_that_ends_while_it_waits_for_a_connection_has_done_nothing) {
    connecting_takes_for_ever = true;
    EXPECT_EQ(outcome_of(failure([](OutcomeTest& at, CancelScope& scope) -> Task<void> {
                  co_await at.turns();
                  scope.cancel(cancelled());
              })),
              (Outcome{Code::cancelled, false, false}));
    time = std::chrono::milliseconds{20};
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::deadline_exceeded, false, false}));
}

TEST_P(OutcomeTest, a_call_that_is_cancelled_before_its_headers_are_written_has_done_nothing) {
    warm_up();
    EXPECT_EQ(outcome_of(failure([](OutcomeTest&, CancelScope& scope) -> Task<void> {
                  scope.cancel(cancelled());
                  co_return;
              })),
              (Outcome{Code::cancelled, false, false}));
    run_until_done(loop, turns());
    EXPECT_TRUE(callee.calls.empty());
}

TEST_P(OutcomeTest, a_call_that_ends_after_it_was_sent_may_have_been_done) {
    for (const auto& why : {cancelled(), deadline_exceeded()}) {
        callee.calls.clear();
        callee.answers = {{.hold = true}};
        EXPECT_EQ(outcome_of(failure([&why](OutcomeTest& at, CancelScope& scope) -> Task<void> {
                      while (at.callee.calls.empty()) co_await hop_to(at.loop);
                      scope.cancel(why);
                  })),
                  (Outcome{why.code(), true, false}));
    }
}

TEST_P(OutcomeTest, a_connection_that_is_lost_after_sending_leaves_the_outcome_open) {
    for (const auto idempotency : {Idempotency::none, Idempotency::keyed}) {
        contract(idempotency);
        callee.answers = {{.break_connection = true}};
        EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, true, false}));
    }
    attributes.idempotency_key = "once";
    for (const auto idempotency : {Idempotency::safe, Idempotency::idempotent, Idempotency::keyed}) {
        contract(idempotency);
        callee.answers = {{.break_connection = true}};
        EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, true, true}));
    }
}

TEST_P(OutcomeTest, a_callee_that_refuses_the_stream_has_done_nothing) {
    callee.answers.assign(100, {.refuse = true});
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, false, true}));
}

TEST_P(OutcomeTest, a_callee_that_refuses_a_stream_which_it_has_begun_to_answer_may_have_done_it) {
    callee.answers = {{.hold = true}};
    EXPECT_EQ(outcome_of(failure([](OutcomeTest& at, CancelScope&) -> Task<void> {
                  while (at.callee.calls.empty() || !at.callee.calls[0]->remote_ended()) co_await hop_to(at.loop);
                  at.callee.calls[0]->reply_in_part();
                  co_await at.turns();
                  at.callee.calls[0]->reset(net::H2Code::refused_stream);
              })),
              (Outcome{Code::unavailable, true, false}));
    EXPECT_EQ(callee.calls.size(), 1u);
}

TEST_P(OutcomeTest, a_reset_leaves_the_outcome_open_whatever_its_code) {
    for (const auto code :
         {net::H2Code::cancel, net::H2Code::internal_error, net::H2Code::enhance_your_calm, net::H2Code::inadequate_security}) {
        callee.calls.clear();
        callee.answers = {{.hold = true}};
        const auto error = failure([code](OutcomeTest& at, CancelScope&) -> Task<void> {
            while (at.callee.calls.empty()) co_await hop_to(at.loop);
            at.callee.calls[0]->reset(code);
        });
        EXPECT_TRUE(error.outcome_open()) << code_name(error.code());
        EXPECT_FALSE(error.retryable()) << code_name(error.code());
    }
}

TEST_P(OutcomeTest, our_own_services_report_the_outcome_of_the_call) {
    callee.answers = {answer_of(unavailable("no database")), answer_of(unavailable("lost").with_outcome_open(true)),
                      answer_of(deadline_exceeded().with_outcome_open(false)), answer_of(not_found("user", "1"))};
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, false, true}));
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, true, false}));
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::deadline_exceeded, false, false}));
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::not_found, false, false}));
}

TEST_P(OutcomeTest, a_status_without_an_outcome_leaves_it_open_unless_it_is_a_refusal) {
    for (const int open : {1, 2, 4, 8, 13, 14, 15}) {
        callee.answers = {{.status = open}};
        const auto error = failure();
        EXPECT_TRUE(error.outcome_open()) << open;
        EXPECT_FALSE(error.retryable()) << open;
    }
    for (const int refusal : {3, 5, 6, 7, 9, 10, 11, 12, 16}) {
        callee.answers = {{.status = refusal}};
        EXPECT_FALSE(failure().outcome_open()) << refusal;
    }
}

TEST_P(OutcomeTest, the_page_of_a_proxy_leaves_the_outcome_open_unless_it_is_a_refusal) {
    for (const auto* status : {"503", "502", "504", "429", "500", "200"}) {
        callee.answers = {proxy_page(status)};
        const auto error = failure();
        EXPECT_TRUE(error.outcome_open()) << status;
        EXPECT_FALSE(error.retryable()) << status;
    }
    for (const auto* status : {"401", "403", "404"}) {
        callee.answers = {proxy_page(status)};
        EXPECT_FALSE(failure().outcome_open()) << status;
    }
}

TEST_P(OutcomeTest, an_answer_that_is_cut_off_here_was_an_answer) {
    options.metadata_bytes_max = 1000;
    callee.answers = {{.metadata = {{"filler", std::string(1500, 'x')}}}};
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::resource_exhausted, true, false}));
    std::string large(5, '\0');
    large[1] = 1;  // announces a message of sixteen million bytes
    callee.answers = {{.body = large}};
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::resource_exhausted, true, false}));
    callee.answers = {{.body = std::string(3, '\0')}};
    EXPECT_TRUE(failure().outcome_open()) << "half a message";
}

TEST_P(OutcomeTest, an_earlier_attempt_that_may_have_been_done_leaves_the_outcome_open) {
    contract(Idempotency::idempotent);
    options.retry.attempts_max = 3;
    // The callee that refuses the second attempt cannot know of the first one.
    callee.answers = {{.break_connection = true}, answer_of(Error{Code::failed_precondition, "OUT_OF_STOCK", "none left"})};
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::failed_precondition, true, false}));
}

TEST_P(OutcomeTest, an_attempt_followed_by_one_that_reaches_no_callee_leaves_the_outcome_open) {
    contract(Idempotency::idempotent);
    options.retry.attempts_max = 2;
    options.backoff_first = options.backoff_last = std::chrono::hours{1};
    callee.answers = {{.hold = true}};
    EXPECT_EQ(outcome_of(failure([](OutcomeTest& at, CancelScope&) -> Task<void> {
                  while (at.callee.calls.empty()) co_await hop_to(at.loop);
                  at.connecting_fails = true;
                  at.callee.connections.back()->close();
              })),
              (Outcome{Code::unavailable, true, true}));
}

TEST_P(OutcomeTest, a_call_that_ends_while_it_waits_for_its_next_attempt_may_have_been_done) {
    contract(Idempotency::idempotent);
    options.retry.attempts_max = 2;
    const auto cancel_in_the_pause = [](OutcomeTest& at, CancelScope& scope) -> Task<void> {
        while (at.channel->state().retries == 0) co_await hop_to(at.loop);
        scope.cancel(cancelled());
    };
    callee.answers = {{.status = 14, .pushback = "10000"}};
    EXPECT_EQ(outcome_of(failure(cancel_in_the_pause)), (Outcome{Code::cancelled, true, false}));
}

TEST_P(OutcomeTest, attempts_that_certainly_did_nothing_do_not_leave_the_outcome_open) {
    contract(Idempotency::idempotent);
    options.retry.attempts_max = 2;
    callee.answers = {answer_of(unavailable("starting")), answer_of(unavailable("starting"))};
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, false, true}));
    EXPECT_EQ(callee.calls.size(), 2u);
}

TEST_P(OutcomeTest, an_answer_that_forbids_a_retry_is_final) {
    contract(Idempotency::safe);
    options.retry.attempts_max = 3;
    callee.answers = {answer_of(unavailable("for good").with_retryable(false))};
    EXPECT_EQ(outcome_of(failure()), (Outcome{Code::unavailable, false, false}));
    EXPECT_EQ(callee.calls.size(), 1u);
}

TEST_P(OutcomeTest, a_call_of_a_keyed_method_is_repeated_if_it_has_a_key) {
    contract(Idempotency::keyed);
    options.retry.attempts_max = 2;
    for (const auto* key : {"", "once"}) {
        attributes.idempotency_key = key;
        for (const auto& answer : {kDown, Answer{.break_connection = true}, answer_of(unavailable("starting"))}) {
            callee.calls.clear();
            callee.answers = {answer, kDown};
            EXPECT_EQ(failure().code(), Code::unavailable);
            EXPECT_EQ(callee.calls.size(), attributes.idempotency_key.empty() ? 1u : 2u);
            callee.answers.clear();
        }
    }
}

}  // namespace
}  // namespace tw::rpc::test
