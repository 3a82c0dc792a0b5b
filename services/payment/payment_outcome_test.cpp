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

}  // namespace
}  // namespace tw::payment
