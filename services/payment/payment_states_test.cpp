#include "services/payment/payment_service_fixture.hpp"

#include <array>

// What each call of the service does to a payment in each status.
namespace tw::payment {
namespace {

/// What comes of a call: the status that callers see, or the reason of the error.
struct StatusCase {
    Status status;
    std::string_view confirmed;
    std::string_view captured;
    std::string_view canceled;
};

constexpr std::array kStatusCases{
    StatusCase{Status::requires_confirmation, "succeeded", "ILLEGAL_TRANSITION", "canceled"},
    StatusCase{Status::requires_action, "PAYMENT_EXISTS", "ILLEGAL_TRANSITION", "canceled"},
    StatusCase{Status::processing, "PAYMENT_EXISTS", "PAYMENT_PROCESSING", "PAYMENT_PROCESSING"},
    StatusCase{Status::requires_capture, "PAYMENT_EXISTS", "succeeded", "canceled"},
    StatusCase{Status::capturing, "PAYMENT_EXISTS", "succeeded", "ILLEGAL_TRANSITION"},
    StatusCase{Status::voiding, "PAYMENT_EXISTS", "ILLEGAL_TRANSITION", "canceled"},
    StatusCase{Status::succeeded, "PAYMENT_EXISTS", "succeeded", "ILLEGAL_TRANSITION"},
    StatusCase{Status::canceled, "PAYMENT_EXISTS", "ILLEGAL_TRANSITION", "canceled"},
    StatusCase{Status::conflicted, "PAYMENT_EXISTS", "ILLEGAL_TRANSITION", "ILLEGAL_TRANSITION"},
};

class PaymentStatesTest : public PaymentServiceTest, public testing::WithParamInterface<std::string_view> {
 protected:
    PaymentStatesTest() : PaymentServiceTest{GetParam()} {}

    /// Stores a payment in this status, which was charged by tok_declined.
    std::string stored_in(Status status) {
        const Currency euro = *Currency::parse("EUR");
        const Money amount{2500, euro};
        const Money nothing{0, euro};
        const bool authorised = public_status(status) == Status::requires_capture;
        Payment payment{.id = PaymentId{random_.uuid_v7(clock_.now())},
                        .order_id = OrderId{random_.uuid_v7(clock_.now())},
                        .user_id = UserId{random_.uuid_v7(clock_.now())},
                        .amount = amount,
                        .capturable = authorised ? amount : nothing,
                        .captured = status == Status::succeeded ? amount : nothing,
                        .refunded = nothing,
                        .status = status,
                        .token_hash = token_hash("tok_declined"),
                        .provider_ref = "sim_1",
                        .created_at = clock_.now(),
                        .updated_at = clock_.now()};
        EXPECT_TRUE(db_.run(store_.insert(db_.context(), payment, "fake")));
        return payment.id.to_string();
    }
    /// Checks what came of a call, and that a refused call has changed nothing but what was under
    /// way.
    void check(Status status, std::string_view id, const Result<::payment::Payment>& came, std::string_view expected) {
        EXPECT_EQ(came ? came->status() : came.error().reason(), expected) << status_name(status);
        const auto now = get(std::string{id}).value();
        if (came) {
            EXPECT_EQ(now.SerializeAsString(), came->SerializeAsString());
        } else if (!is_under_way(status)) {
            EXPECT_EQ(now.status(), status_name(status));
            EXPECT_EQ(now.version(), 1);
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, PaymentStatesTest, testing::ValuesIn(test::kDatabases));

TEST_P(PaymentStatesTest, each_call_does_to_each_status_what_the_table_says) {
    for (const auto& [status, confirmed, captured, canceled] : kStatusCases) {
        auto id = stored_in(status);
        check(status, id, confirm(id, "tok_ok"), confirmed);
        id = stored_in(status);
        check(status, id, capture(id), captured);
        id = stored_in(status);
        check(status, id, cancel(id, "no"), canceled);
    }
}

TEST_P(PaymentStatesTest, the_same_call_again_changes_nothing_more) {
    for (const auto& [status, confirmed, captured, canceled] : kStatusCases) {
        const auto id = stored_in(status);
        const auto first = cancel(id, "no");
        const auto second = cancel(id, "no again");
        ASSERT_EQ(first.has_value(), second.has_value()) << status_name(status);
        EXPECT_EQ(first ? second->SerializeAsString() : "", first ? first->SerializeAsString() : "");
        const auto other = stored_in(status);
        const auto third = capture(other);
        const auto fourth = capture(other);
        ASSERT_EQ(third.has_value(), fourth.has_value()) << status_name(status);
        EXPECT_EQ(third ? fourth->SerializeAsString() : "", third ? third->SerializeAsString() : "");
    }
}

TEST_P(PaymentStatesTest, the_token_that_was_charged_returns_the_payment_as_it_is) {
    for (const auto& status_case : kStatusCases) {
        if (status_case.status == Status::processing) continue;
        const auto id = stored_in(status_case.status);
        const auto before = get(id);
        EXPECT_EQ(confirm(id, "tok_declined")->SerializeAsString(), before->SerializeAsString());
        EXPECT_TRUE(provider_.charges.empty());
    }
}

TEST_P(PaymentStatesTest, a_row_whose_status_does_not_fit_to_what_is_under_way_is_refused) {
    constexpr sql::Statement kSetUnderWay{.summary = "UPDATE payments",
                                          .text = "UPDATE payments SET under_way = $2 WHERE id = $1"};
    const auto id = stored_in(Status::processing);
    for (const auto* text : {"capture", "something"}) {
        sql::Unit unit;
        unit.add_one_row(kSetUnderWay, id, text);
        const auto written = db_.run(db_.database().write(db_.context(), std::move(unit)));
        ASSERT_FALSE(written);
        EXPECT_TRUE(sql::violates(written.error(), "payments_under_way_check"));
    }
}

}  // namespace
}  // namespace tw::payment
