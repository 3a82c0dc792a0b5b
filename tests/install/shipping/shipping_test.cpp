#include "kit/base/random.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/local_service.hpp"
#include "kit/testing/temporary_database.hpp"
#include "schema.hpp"
#include "shipping_service.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace shipping {
namespace {

constexpr auto* kOrder = "0190b6a0-0000-7000-8000-000000000001";

/// Stands in the place of the order service. Every id is an order with the status that the test sets.
class FakeOrders final : public order::OrderService {
 public:
    std::string status = "pending";

    tw::Task<tw::Result<order::Order>> get_order(const tw::CallContext&, const order::GetOrderRequest& request) override {
        if (status.empty()) co_return tw::not_found("order", request.id());
        order::Order order;
        order.set_id(request.id());
        order.set_status(status);
        co_return order;
    }
    tw::Task<tw::Result<order::Order>> create_order(const tw::CallContext&, const order::CreateOrderRequest&) override {
        co_return not_asked();
    }
    tw::Task<tw::Result<order::ListOrdersResponse>> list_orders(const tw::CallContext&,
                                                                const order::ListOrdersRequest&) override {
        co_return not_asked();
    }
    tw::Task<tw::Result<order::Order>> cancel_order(const tw::CallContext&, const order::CancelOrderRequest&) override {
        co_return not_asked();
    }
    tw::Task<tw::Result<order::Order>> pay_order(const tw::CallContext&, const order::PayOrderRequest&) override {
        co_return not_asked();
    }
    tw::Task<tw::Result<order::Order>> fulfil_order(const tw::CallContext&, const order::FulfilOrderRequest&) override {
        co_return not_asked();
    }
    tw::Task<tw::Result<order::Order>> complete_order(const tw::CallContext&, const order::CompleteOrderRequest&) override {
        co_return not_asked();
    }
    tw::Task<tw::Result<order::Timeline>> get_timeline(const tw::CallContext&, const order::GetTimelineRequest&) override {
        co_return not_asked();
    }
    tw::Task<tw::Result<void>> watch_order(const tw::CallContext&, const order::WatchOrderRequest&,
                                           tw::rpc::Writer<order::Order>&) override {
        co_return not_asked();
    }

 private:
    static tw::Error not_asked() { return {tw::Code::unimplemented, "UNIMPLEMENTED", "no test asks for this"}; }
};

/// The service on a database of its own, called by its generated client. The parameter is the engine.
class ShippingTest : public testing::TestWithParam<std::string_view> {
 protected:
    tw::Result<v1::Shipment> create(const std::string& carrier = "post") {
        v1::CreateShipmentRequest request;
        request.set_order_id(kOrder);
        request.set_carrier(carrier);
        request.set_address("12 Harbour Street, Bergen");
        return db_.run(client_.create_shipment(db_.context(), request));
    }
    tw::Result<v1::Shipment> get(const std::string& id) {
        v1::GetShipmentRequest request;
        request.set_id(id);
        return db_.run(client_.get_shipment(db_.context(), request));
    }
    tw::Result<v1::Shipment> deliver(const std::string& id) {
        v1::MarkDeliveredRequest request;
        request.set_id(id);
        return db_.run(client_.mark_delivered(db_.context(), request));
    }

    tw::test::TemporaryDatabase db_{GetParam(), schema()};
    tw::test::FakeClock clock_;
    tw::Random random_{1};
    FakeOrders orders_;
    tw::test::LocalService orders_served_{db_.loop(), db_.telemetry(), orders_};
    ShipmentStore store_{db_.database(), db_.telemetry()};
    ShippingService service_{store_, orders_served_.channel(), {.tracking_prefix = "NO"}, clock_, random_, db_.telemetry()};
    tw::test::LocalService served_{db_.loop(), db_.telemetry(), service_};
    v1::ShippingServiceClient client_{served_.channel()};
};

TEST_P(ShippingTest, a_shipment_is_kept_as_it_was_made) {
    const auto made = create();
    ASSERT_TRUE(made) << made.error().detail();
    EXPECT_EQ(made->status(), "on_its_way");
    EXPECT_EQ(made->created_at(), clock_.now().to_string());
    EXPECT_TRUE(made->tracking().starts_with("NO")) << made->tracking();
    EXPECT_EQ(get(made->id())->SerializeAsString(), made->SerializeAsString());
}

TEST_P(ShippingTest, an_order_has_one_shipment_on_its_way) {
    const auto first = create();
    ASSERT_TRUE(first);
    EXPECT_EQ(create().error().reason(), "SHIPMENT_ON_ITS_WAY");
    ASSERT_TRUE(deliver(first->id()));
    ASSERT_TRUE(create("courier"));

    v1::ListShipmentsRequest request;
    request.set_order_id(kOrder);
    const auto list = db_.run(client_.list_shipments(db_.context(), request));
    ASSERT_TRUE(list);
    ASSERT_EQ(list->shipments_size(), 2);
    EXPECT_EQ(list->shipments(0).status(), "delivered");
    EXPECT_EQ(list->shipments(1).carrier(), "courier");
}

TEST_P(ShippingTest, a_delivered_shipment_stays_as_it_is) {
    const auto made = create();
    ASSERT_TRUE(made);
    const auto delivered = deliver(made->id());
    ASSERT_TRUE(delivered);
    EXPECT_EQ(delivered->version(), 2);
    EXPECT_EQ(deliver(made->id())->SerializeAsString(), delivered->SerializeAsString());
}

TEST_P(ShippingTest, a_change_of_an_old_version_is_refused) {
    const auto made = create();
    ASSERT_TRUE(made);
    const auto id = *ShipmentId::parse(made->id());
    const auto read = db_.run(store_.find(db_.context(), id));
    ASSERT_TRUE(read);
    ASSERT_TRUE(deliver(made->id()));
    const auto late = db_.run(store_.update(db_.context(), *read));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().reason(), "SHIPMENT_CHANGED");
}

TEST_P(ShippingTest, an_order_that_is_canceled_or_unknown_is_not_shipped) {
    orders_.status = "canceled";
    EXPECT_EQ(create().error().reason(), "ORDER_NOT_SHIPPABLE");
    orders_.status = "";
    EXPECT_EQ(create().error().violations().at(0).pointer, "/order_id");
}

TEST_P(ShippingTest, the_contract_checks_requests_before_the_service_sees_them) {
    const auto refused = create("pigeon");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().violations().at(0).pointer, "/carrier");
    EXPECT_EQ(get("nothing").error().reason(), "SHIPMENT_NOT_FOUND");
}

TEST_P(ShippingTest, shipments_are_counted) {
    ASSERT_TRUE(create());
    std::vector<tw::telemetry::MetricPoint> points;
    db_.telemetry().meter.collect(points);
    const auto is_ours = [](const auto& point) { return point.instrument == &kShipmentsCreated; };
    const auto counted = std::ranges::find_if(points, is_ours);
    ASSERT_NE(counted, points.end());
    EXPECT_EQ(counted->value, 1);
}

INSTANTIATE_TEST_SUITE_P(Engines, ShippingTest, testing::ValuesIn(tw::test::available_databases()));

}  // namespace
}  // namespace shipping
