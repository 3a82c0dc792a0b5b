#include "kit/rpc/call_observer.hpp"

#include "kit/rpc/placement_fixture.hpp"
#include "kit/rpc/telemetry/rpc_metrics.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using test::Placement;

std::string text(const telemetry::MetricPoint& point, std::string_view key) {
    for (const auto& [name, value] : point.attributes) {
        if (name == key && std::holds_alternative<std::string>(value)) return std::get<std::string>(value);
    }
    return "";
}

class CallObserverTest : public testing::TestWithParam<bool> {
 protected:
    static std::vector<telemetry::MetricPoint> points(telemetry::Meter& meter) {
        std::vector<telemetry::MetricPoint> all;
        meter.collect(all);
        return all;
    }
    Placement placement_{GetParam()};
};

TEST_P(CallObserverTest, both_sides_measure_a_call_by_method_and_status) {
    ASSERT_TRUE(placement_.run(placement_.say("hello")));
    ASSERT_TRUE(placement_.run(placement_.say("hello")));
    const auto client = points(placement_.client_meter);
    const auto server = points(placement_.server_meter);
    ASSERT_EQ(client.size(), 1U);
    ASSERT_EQ(server.size(), 1U);
    EXPECT_EQ(client[0].instrument, &kClientCallDuration);
    EXPECT_EQ(server[0].instrument, &kServerCallDuration);
    for (const auto& point : {client[0], server[0]}) {
        EXPECT_EQ(point.count, 2U);
        EXPECT_EQ(text(point, "rpc.method"), test::kSay.path.substr(1));
        EXPECT_EQ(text(point, "rpc.system.name"), "grpc");
        EXPECT_EQ(text(point, "rpc.response.status_code"), "OK");
        EXPECT_EQ(text(point, "error.type"), "");
        EXPECT_TRUE(point.exemplars[0].set());
    }
    EXPECT_EQ(text(client[0], "server.address"), GetParam() ? "echo" : "");
}

INSTANTIATE_TEST_SUITE_P(Placements, CallObserverTest, testing::Bool(),
                         [](const auto& instance) { return instance.param ? "network" : "local"; });

TEST(CallObserver, a_unix_domain_socket_has_an_address_and_no_port) {
    telemetry::Meter meter;
    CallObserver observer{meter, kClientCallDuration, test::kSay, "unix:/run/echo.sock"};
    observer.record(Code::ok, false, 0.1, {});
    std::vector<telemetry::MetricPoint> points;
    meter.collect(points);
    ASSERT_EQ(points.size(), 1U);
    EXPECT_EQ(text(points[0], "server.address"), "/run/echo.sock");
    const auto is_port = [](const auto& attribute) { return attribute.first == "server.port"; };
    EXPECT_TRUE(std::ranges::none_of(points[0].attributes, is_port));
}

TEST(CallObserver, a_status_is_an_error_only_on_the_side_that_counts_it_as_one) {
    telemetry::Meter meter;
    CallObserver observer{meter, kServerCallDuration, test::kSay};
    observer.record(Code::not_found, false, 0.1, {});
    observer.record(Code::internal, true, 0.1, {});
    observer.record(Code::internal, true, 0.2, {});
    std::vector<telemetry::MetricPoint> points;
    meter.collect(points);
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(text(points[0], "rpc.response.status_code"), "NOT_FOUND");
    EXPECT_EQ(text(points[0], "error.type"), "");
    EXPECT_EQ(text(points[1], "error.type"), "INTERNAL");
    EXPECT_EQ(points[1].count, 2U);
}

}  // namespace
}  // namespace tw::rpc
