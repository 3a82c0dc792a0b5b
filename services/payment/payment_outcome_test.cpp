#include "kit/testing/failing_database.hpp"
#include "services/payment/payment_service_fixture.hpp"

// The error says whether the provider may have charged although the call failed.
namespace tw::payment {
namespace {

class PaymentOutcomeTest : public PaymentServiceTest {
 protected:
    PaymentOutcomeTest() { failing_table_.add(failing_service_, db_.telemetry()); }

    Result<::payment::Payment> pay() { return db_.run(payments_.create_payment(db_.context(), wanted("tok_ok"))); }

    test::FailingDatabase database_{db_.database()};
    PaymentStore failing_store_{database_, db_.telemetry()};
    PaymentService failing_service_{failing_store_, provider_, clock_, random_, db_.telemetry()};
    rpc::ServiceTable failing_table_;
    std::unique_ptr<rpc::Channel> failing_channel_ = rpc::make_local_channel(db_.loop(), failing_table_, db_.telemetry());
    ::payment::PaymentServiceClient payments_{*failing_channel_};
};

TEST_F(PaymentOutcomeTest, a_payment_that_was_charged_but_not_written_down_may_have_been_done) {
    database_.write_error = unavailable("the database cannot be reached now");
    database_.writes_fail_from = 2;
    const auto paid = pay();
    ASSERT_FALSE(paid);
    EXPECT_EQ(provider_.charges.size(), 1u);
    EXPECT_TRUE(paid.error().outcome_open());
    EXPECT_TRUE(paid.error().retryable()) << "the same attempt is charged once, however often it is asked for";

    database_.write_error.reset();
    const auto again = pay();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status(), "succeeded");
}

TEST_F(PaymentOutcomeTest, a_payment_that_was_not_written_down_was_not_charged) {
    database_.write_error = unavailable("the database cannot be reached now");
    const auto refused = pay();
    ASSERT_FALSE(refused);
    EXPECT_TRUE(provider_.charges.empty());
    EXPECT_FALSE(refused.error().outcome_open());
}

TEST_F(PaymentOutcomeTest, a_capture_that_another_call_stored_in_vain_is_stored_by_this_one) {
    auto request = wanted("tok_ok");
    request.set_capture_method("manual");
    const auto made = create(request).value();
    ::payment::CapturePaymentRequest capture;
    capture.set_id(made.id());
    // The capture is under way: the provider has captured, and its answer is not stored.
    database_.write_error = unavailable("the answer was not stored");
    database_.writes_fail_from = 2;
    ASSERT_FALSE(db_.run(payments_.capture_payment(db_.context(), capture)));
    // The next write is refused, and the row is still as it was.
    database_.write_error = Error{Code::failed_precondition, "ROWS_UNEXPECTED", "another number of rows"};
    database_.failures_left = 1;
    const auto captured = db_.run(payments_.capture_payment(db_.context(), capture));
    ASSERT_TRUE(captured) << captured.error().detail();
    EXPECT_EQ(captured->status(), "succeeded");
    for (const auto& asked : provider_.captures) EXPECT_EQ(asked.key, provider_.captures.front().key);
}

TEST_F(PaymentOutcomeTest, a_capture_whose_answer_was_not_written_down_is_repeated_with_the_same_key) {
    for (const bool written_down : {true, false}) {
        auto request = wanted("tok_ok", written_down ? 1 : 2);
        request.set_order_id(written_down ? request.order_id() : std::string{kOtherOrder});
        request.set_capture_method("manual");
        const auto made = create(request).value();
        ::payment::CapturePaymentRequest capture;
        capture.set_id(made.id());
        provider_.captures.clear();
        test::FailingDatabase database{db_.database()};
        PaymentStore store{database, db_.telemetry()};
        PaymentService service{store, provider_, clock_, random_, db_.telemetry()};
        database.write_error = unavailable("the answer to the commit was lost");
        // The first write stores what the provider is going to be asked for.
        database.writes_fail_from = 2;
        database.failures_left = 1;
        database.done_nevertheless = written_down;
        const auto open = db_.run(service.capture_payment(db_.context(), capture));
        ASSERT_FALSE(open);
        EXPECT_TRUE(open.error().outcome_open());
        const auto again = db_.run(service.capture_payment(db_.context(), capture));
        ASSERT_TRUE(again);
        EXPECT_EQ(again->status(), "succeeded");
        EXPECT_EQ(again->version(), made.version() + 2);
        ASSERT_EQ(provider_.captures.size(), written_down ? 1U : 2U);
        EXPECT_EQ(provider_.captures.front().key, provider_.captures.back().key);
    }
}

TEST_F(PaymentOutcomeTest, a_capture_that_could_not_be_begun_was_not_asked_for) {
    auto request = wanted("tok_ok");
    request.set_capture_method("manual");
    const auto made = create(request).value();
    database_.write_error = unavailable("the database cannot be reached now");
    ::payment::CapturePaymentRequest capture;
    capture.set_id(made.id());
    EXPECT_FALSE(db_.run(payments_.capture_payment(db_.context(), capture)));
    EXPECT_TRUE(provider_.captures.empty());
    EXPECT_EQ(get(made.id())->SerializeAsString(), made.SerializeAsString());
}

}  // namespace
}  // namespace tw::payment
