#include "services/payment/payment_store.hpp"

#include "kit/base/random.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/testing/temporary_database.hpp"
#include "proto/payment.tw.hpp"
#include "services/payment/schema.hpp"

#include <gtest/gtest.h>

namespace tw::payment {
namespace {

Money in_euros(std::int64_t minor) { return Money{minor, *Currency::parse("EUR")}; }

/// A served call of a user who may reach the own objects alone.
struct OwnPaymentsCall {
    OwnPaymentsCall(const CallContext& ctx, std::string user_id) : context{ctx} {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->principal =
            Principal{.kind = Principal::Kind::user, .proof = Principal::Proof::token, .id = std::move(user_id)};
        info.own_objects_only = true;
        context = ctx.with_attributes(std::move(attributes)).with_attached(&info);
    }

    rpc::Metadata none;
    rpc::CallInfo info{::payment::PaymentServiceMethods::get_payment, none, none, none};
    CallContext context;
};

class PaymentStoreTest : public testing::TestWithParam<std::string_view> {
 protected:
    Payment payment() {
        const auto now = Timestamp::from_unix_micros(1'767'225'600'123'456);
        return {.id = PaymentId{random_.uuid_v7(now)},
                .order_id = OrderId{random_.uuid_v7(now)},
                .user_id = UserId{random_.uuid_v7(now)},
                .amount = in_euros(500),
                .capturable = in_euros(0),
                .captured = in_euros(0),
                .refunded = in_euros(0),
                .status = Status::processing,
                .created_at = now,
                .updated_at = now};
    }
    Result<void> insert(Payment made) { return db_.run(store_.insert(db_.context(), std::move(made), "simulated")); }
    Result<void> update(Payment made) { return db_.run(store_.update(db_.context(), std::move(made))); }
    Result<Payment> find(PaymentId id) { return db_.run(store_.find(db_.context(), id)); }

    test::TemporaryDatabase db_{GetParam(), schema()};
    Random random_{1};
    PaymentStore store_{db_.database(), db_.telemetry()};
};

TEST_P(PaymentStoreTest, a_user_finds_the_own_payments_alone) {
    const auto hers = payment();
    auto his = payment();
    ASSERT_TRUE(insert(hers));
    ASSERT_TRUE(insert(his));
    const OwnPaymentsCall call{db_.context(), hers.user_id.to_string()};
    EXPECT_TRUE(db_.run(store_.find(call.context, hers.id)));
    EXPECT_EQ(db_.run(store_.find(call.context, his.id)).error().reason(), "PAYMENT_NOT_FOUND");
    const OwnPaymentsCall stranger{db_.context(), "client-of-the-issuer"};
    EXPECT_EQ(db_.run(store_.find(stranger.context, hers.id)).error().reason(), "PAYMENT_NOT_FOUND");
}

TEST_P(PaymentStoreTest, gives_back_what_was_inserted) {
    const auto made = payment();
    ASSERT_TRUE(insert(made));
    const auto found = find(made.id);
    ASSERT_TRUE(found);
    EXPECT_TRUE(same_attempt(*found, made));
    EXPECT_EQ(found->status, Status::processing);
    EXPECT_EQ(found->created_at, made.created_at);
    EXPECT_EQ((*db_.run(store_.find_attempt(db_.context(), made.order_id, 1)))->id, made.id);
    EXPECT_FALSE(db_.run(store_.find_attempt(db_.context(), made.order_id, 2))->has_value());
}

TEST_P(PaymentStoreTest, an_attempt_is_made_once) {
    auto made = payment();
    made.status = Status::requires_confirmation;
    ASSERT_TRUE(insert(made));
    auto again = payment();
    again.order_id = made.order_id;
    const auto refused = insert(again);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "ATTEMPT_EXISTS");
    again.attempt = 2;
    EXPECT_TRUE(insert(again));
    again.id = PaymentId{random_.uuid_v7(again.created_at)};
    again.attempt = 3;
    EXPECT_EQ(insert(again).error().reason(), "ORDER_CHARGED");
}

TEST_P(PaymentStoreTest, an_update_writes_the_next_version_and_only_that) {
    const auto made = payment();
    ASSERT_TRUE(insert(made));
    auto charged = *after(made, Event::charge, made.created_at + std::chrono::seconds{1});
    charged.provider_ref = "sim_1";
    ASSERT_TRUE(update(charged));
    EXPECT_EQ(find(made.id)->status, Status::succeeded);
    EXPECT_EQ(find(made.id)->captured, in_euros(500));
    EXPECT_EQ(find(made.id)->provider_ref, "sim_1");
    const auto late = update(charged);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Code::aborted);
}

TEST_P(PaymentStoreTest, the_database_refuses_to_take_or_refund_too_much) {
    const auto made = payment();
    ASSERT_TRUE(insert(made));
    auto wrong = *after(made, Event::charge, {});
    wrong.captured = in_euros(501);
    EXPECT_TRUE(sql::violates(update(wrong).error(), "payments_authorized_check"));
    wrong.captured = in_euros(100);
    wrong.refunded = in_euros(101);
    EXPECT_TRUE(sql::violates(update(wrong).error(), "payments_refunded_check"));
}

TEST_P(PaymentStoreTest, a_row_that_cannot_be_read_is_data_loss_for_who_asks_for_it) {
    constexpr sql::Statement kOdd[] = {
        {.summary = "UPDATE payments", .text = "UPDATE payments SET currency = 'euro' WHERE id = $1"},
        {.summary = "UPDATE payments", .text = "UPDATE payments SET currency = 'EUR', user_id = 'nobody' WHERE id = $1"},
    };
    const auto made = payment();
    const auto other = payment();
    ASSERT_TRUE(insert(made) && insert(other));
    for (const auto& statement : kOdd) {
        sql::Unit unit;
        unit.add_one_row(statement, made.id);
        ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
        EXPECT_EQ(find(made.id).error().reason(), "ROW_UNREADABLE");
        EXPECT_EQ(db_.run(store_.find_attempt(db_.context(), made.order_id, 1)).error().code(), Code::data_loss);
    }
    EXPECT_TRUE(find(other.id));
}

INSTANTIATE_TEST_SUITE_P(Engines, PaymentStoreTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::payment
