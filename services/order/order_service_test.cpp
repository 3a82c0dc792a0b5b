#include "services/order/order_service.hpp"

#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/order/orders_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::order {
namespace {

constexpr const char* kUser = "0190b6a0-0000-7000-8000-000000000001";

class OrderServiceTest : public testing::Test {
 protected:
    OrderServiceTest() {
        table_.add(users_, db_.telemetry());
        table_.add(catalog_, db_.telemetry());
        table_.add(payments_, db_.telemetry());
        replica_.start();
    }
    ~OrderServiceTest() override { db_.run(replica_.stop()); }

    Result<::order::Order> create(const ::order::CreateOrderRequest& request) {
        return db_.run(client_.create_order(db_.context(), request));
    }
    Result<::order::Order> create(std::string user_id = kUser, std::string product_id = "prod-123", std::int32_t quantity = 2) {
        ::order::CreateOrderRequest request;
        request.set_user_id(std::move(user_id));
        request.set_product_id(std::move(product_id));
        request.set_quantity(quantity);
        return create(request);
    }
    static ::order::CreateOrderRequest two_lines() {
        ::order::CreateOrderRequest request;
        request.set_user_id(kUser);
        for (const auto* id : {"prod-1", "prod-2"}) {
            auto& line = *request.add_lines();
            line.set_product_id(id);
            line.set_quantity(3);
        }
        return request;
    }
    Result<::order::Order> get(std::string id) {
        ::order::GetOrderRequest request;
        request.set_id(std::move(id));
        return db_.run(client_.get_order(db_.context(), request));
    }
    Result<::order::Order> cancel(std::string id, std::string reason = "", std::int64_t expected_version = 0,
                                  std::chrono::milliseconds timeout = std::chrono::seconds{20}) {
        ::order::CancelOrderRequest request;
        request.set_id(std::move(id));
        request.set_reason(std::move(reason));
        request.set_expected_version(expected_version);
        RootCall call{db_.loop(), Deadline::after(db_.loop().now(), timeout)};
        return db_.run(client_.cancel_order(call.context(), request));
    }
    std::vector<std::string> list(::order::ListOrdersRequest request = {}) {
        std::vector<std::string> ids;
        const auto orders = db_.run(client_.list_orders(db_.context(), request));
        for (const auto& order : orders->orders()) ids.push_back(order.id());
        return ids;
    }
    static std::vector<std::string> pointers(const Error& error) {
        std::vector<std::string> pointers;
        for (const auto& violation : error.violations()) pointers.push_back(violation.pointer);
        return pointers;
    }

    test::TemporaryDatabase db_{"sqlite::memory:", schema()};
    test::FakeClock clock_;
    Random random_{1};
    FakeUsers users_;
    FakeCatalog catalog_;
    FakePayments payments_;
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry());
    OrderReplica replica_{db_, db_.database(), clock_, random_, *channel_};
    ::order::OrderServiceClient& client_ = replica_.client();
};

TEST_F(OrderServiceTest, an_order_is_pending_at_the_catalogues_price) {
    const auto order = create();
    ASSERT_TRUE(order);
    EXPECT_EQ(order->status(), "pending");
    EXPECT_EQ(order->payment_status(), "none");
    EXPECT_EQ(order->product_id(), "prod-123");
    EXPECT_EQ(order->quantity(), 2);
    EXPECT_EQ(order->subtotal().minor(), 2000);
    EXPECT_EQ(order->total().minor(), 2000);
    EXPECT_EQ(order->total().currency(), "EUR");
    EXPECT_EQ(order->lines(0).name(), "Name of prod-123");
    EXPECT_EQ(order->created_at(), clock_.now().to_string());
    EXPECT_EQ(order->expires_at(), (clock_.now() + std::chrono::minutes{30}).to_string());
    EXPECT_EQ(get(order->id())->SerializeAsString(), order->SerializeAsString());
}

TEST_F(OrderServiceTest, stock_is_reserved_for_the_order_for_longer_than_it_waits) {
    const auto order = create(two_lines());
    ASSERT_TRUE(order);
    ASSERT_EQ(catalog_.reserved.size(), 1u);
    EXPECT_EQ(catalog_.reserved[0].order_id(), order->id());
    EXPECT_EQ(catalog_.reserved[0].lines_size(), 2);
    EXPECT_GT(catalog_.reserved[0].ttl_seconds(), 30 * 60);
    EXPECT_EQ(order->total().minor(), 6000);
    EXPECT_EQ(get(order->id())->SerializeAsString(), order->SerializeAsString());
}

TEST_F(OrderServiceTest, a_wrong_request_names_its_fields_and_reserves_nothing) {
    const auto refused = create("", "", 0);
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/user_id", "/product_id", "/quantity"));
    EXPECT_THAT(catalog_.reserved, testing::IsEmpty());
    EXPECT_THAT(list(), testing::IsEmpty());
}

TEST_F(OrderServiceTest, an_unknown_user_is_refused_and_the_stock_is_released) {
    users_.error = not_found("user", kUser);
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_EQ(refused.error().reason(), "USER_NOT_FOUND");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/user_id"));
    ASSERT_EQ(catalog_.reserved.size(), 1u);
    EXPECT_THAT(catalog_.released, testing::ElementsAre(catalog_.reserved[0].order_id()));
    EXPECT_THAT(list(), testing::IsEmpty());
}

TEST_F(OrderServiceTest, a_malformed_user_id_names_nobody) {
    EXPECT_EQ(create("alice").error().reason(), "USER_NOT_FOUND");
    EXPECT_THAT(catalog_.reserved, testing::IsEmpty());
}

TEST_F(OrderServiceTest, a_suspended_user_cannot_order) {
    users_.status = "suspended";
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "USER_NOT_ACTIVE");
    EXPECT_EQ(catalog_.released.size(), 1u);
}

TEST_F(OrderServiceTest, what_the_catalogue_refuses_points_into_the_request_that_was_made) {
    catalog_.reserve_error = Error{Code::failed_precondition, "OUT_OF_STOCK", "there is not enough stock"}.with_violation(
        "/lines/0/quantity", "only 1 is available");
    const auto shorthand = create();
    ASSERT_FALSE(shorthand);
    EXPECT_EQ(shorthand.error().code(), Code::failed_precondition);
    EXPECT_EQ(shorthand.error().reason(), "OUT_OF_STOCK");
    EXPECT_THAT(pointers(shorthand.error()), testing::ElementsAre("/quantity"));
    EXPECT_THAT(pointers(create(two_lines()).error()), testing::ElementsAre("/lines/0/quantity"));
    EXPECT_THAT(catalog_.released, testing::IsEmpty());
    EXPECT_THAT(list(), testing::IsEmpty());
}

TEST_F(OrderServiceTest, unknown_user_and_unknown_product_are_told_together) {
    users_.error = not_found("user", kUser);
    catalog_.reserve_error = Error{Code::invalid_argument, "PRODUCT_NOT_FOUND", "there is no such product"}.with_violation(
        "/lines/0/product_id", "names no product");
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "USER_NOT_FOUND");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/user_id", "/product_id"));
}

TEST_F(OrderServiceTest, while_the_user_service_is_away_the_order_is_unavailable_and_reserves_nothing) {
    users_.error = unavailable("connection refused");
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(catalog_.released.size(), 1u);
}

TEST_F(OrderServiceTest, a_reservation_whose_outcome_is_open_is_released_as_well) {
    catalog_.reserve_error = deadline_exceeded();
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::deadline_exceeded);
    EXPECT_EQ(catalog_.released.size(), 1u);
}

TEST_F(OrderServiceTest, what_a_service_finds_wrong_with_our_question_is_not_the_customers_fault) {
    catalog_.reserve_error = invalid("/ttl_seconds", "too long");
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::internal);
    EXPECT_THAT(pointers(refused.error()), testing::IsEmpty());
}

TEST_F(OrderServiceTest, an_answer_without_prices_is_a_broken_promise_and_the_stock_is_released) {
    catalog_.currency = "";
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::internal);
    EXPECT_EQ(catalog_.released.size(), 1u);
}

TEST_F(OrderServiceTest, unknown_and_malformed_ids_are_not_found) {
    for (const auto* id : {"0190b6a0-0000-7000-8000-000000000000", "none", ""}) {
        EXPECT_EQ(get(id).error().reason(), "ORDER_NOT_FOUND") << id;
        EXPECT_EQ(cancel(id).error().reason(), "ORDER_NOT_FOUND") << id;
    }
}

TEST_F(OrderServiceTest, a_canceled_order_has_released_its_stock) {
    const auto order = create();
    ASSERT_TRUE(order);
    const auto canceled = cancel(order->id(), "changed my mind");
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->status(), "canceled");
    EXPECT_EQ(canceled->reason(), "changed my mind");
    EXPECT_THAT(catalog_.released, testing::ElementsAre(order->id()));
    EXPECT_EQ(get(order->id())->SerializeAsString(), canceled->SerializeAsString());
}

TEST_F(OrderServiceTest, canceling_twice_changes_nothing_more) {
    const auto order = create();
    const auto canceled = cancel(order->id(), "first");
    const auto again = cancel(order->id(), "second", 1);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->SerializeAsString(), canceled->SerializeAsString());
    EXPECT_EQ(catalog_.released.size(), 1u);
}

TEST_F(OrderServiceTest, an_order_stays_canceling_until_its_stock_is_released) {
    const auto order = create();
    catalog_.release_error = unavailable("connection refused");
    const auto canceling = cancel(order->id(), "changed my mind", 0, std::chrono::milliseconds{100});
    ASSERT_TRUE(canceling) << canceling.error().detail();
    EXPECT_EQ(canceling->status(), "canceling");

    catalog_.release_error.reset();
    const auto canceled = cancel(order->id());
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->status(), "canceled");
    EXPECT_EQ(canceled->reason(), "changed my mind");
}

TEST_F(OrderServiceTest, an_order_without_reservation_can_be_canceled) {
    const auto order = create();
    catalog_.release_error = not_found("reservation", order->id());
    EXPECT_EQ(cancel(order->id())->status(), "canceled");
}

TEST_F(OrderServiceTest, canceling_another_version_is_aborted) {
    const auto order = create();
    const auto refused = cancel(order->id(), "", 2);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "VERSION_MISMATCH");
    EXPECT_EQ(get(order->id())->status(), "pending");
}

TEST_F(OrderServiceTest, lists_by_user_and_status_page_by_page) {
    const std::string other = "0190b6a0-0000-7000-8000-000000000002";
    const auto a = create()->id(), b = create(other)->id(), c = create(two_lines())->id();
    ASSERT_TRUE(cancel(a));
    EXPECT_THAT(list(), testing::ElementsAre(a, b, c));
    ::order::ListOrdersRequest request;
    request.set_user_id(kUser);
    EXPECT_THAT(list(request), testing::ElementsAre(a, c));
    request.set_status("pending");
    EXPECT_THAT(list(request), testing::ElementsAre(c));
    request.clear_status();
    request.set_page_size(1);
    const auto first = db_.run(client_.list_orders(db_.context(), request));
    ASSERT_EQ(first->orders_size(), 1);
    request.set_page_token(first->next_page_token());
    const auto last = db_.run(client_.list_orders(db_.context(), request));
    ASSERT_EQ(last->orders_size(), 1);
    EXPECT_EQ(last->orders(0).SerializeAsString(), get(c)->SerializeAsString());
    EXPECT_EQ(last->next_page_token(), "");
    request.clear_page_token();
    request.set_newest_first(true);
    EXPECT_THAT(list(request), testing::ElementsAre(c));
    request.set_page_size(0);
    EXPECT_THAT(list(request), testing::ElementsAre(c, a));
    request.set_user_id("nobody");
    EXPECT_THAT(list(request), testing::IsEmpty());
}

}  // namespace
}  // namespace tw::order
