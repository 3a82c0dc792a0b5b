#include "services/order/order_metrics.hpp"

#include <gtest/gtest.h>

namespace tw::order {
namespace {

TEST(OrderMetrics, orders_are_counted_and_their_totals_added_up_by_currency) {
    telemetry::Meter meter;
    OrderMetrics metrics{meter};
    metrics.placed(Money{1250, *Currency::parse("EUR")});
    metrics.placed(Money{50, *Currency::parse("EUR")});
    metrics.placed(Money{900, *Currency::parse("JPY")});
    std::vector<telemetry::MetricPoint> points;
    meter.collect(points);
    ASSERT_EQ(points.size(), 3U);
    EXPECT_EQ(points[0].instrument, &kOrdersCreated);
    EXPECT_EQ(points[0].value, 3);
    EXPECT_EQ(points[1].value, 1300);
    EXPECT_EQ(points[2].value, 900);
    const telemetry::MetricAttributes yen{{"shop.currency", std::string{"JPY"}}};
    EXPECT_EQ(points[2].attributes, yen);
}

}  // namespace
}  // namespace tw::order
