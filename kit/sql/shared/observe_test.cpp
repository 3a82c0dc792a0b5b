#include "kit/sql/shared/observe.hpp"

#include "kit/sql/store_fixture.hpp"
#include "kit/telemetry/database_metrics.hpp"

#include <gtest/gtest.h>

namespace tw::sql {
namespace {

constexpr Statement kInsertOneUser{"INSERT users", "INSERT INTO users VALUES ($1)"};
constexpr Statement kPragma{"PRAGMA", "PRAGMA x"};

class ObserverTest : public testing::Test {
 protected:
    std::vector<telemetry::MetricPoint> points() {
        std::vector<telemetry::MetricPoint> all;
        telemetry_.meter.collect(all);
        return all;
    }

    TestTelemetry telemetry_;
    EventLoop loop_;
    RootCall call_{loop_};
    Observer observer_{telemetry_.get(), {"sqlite", "main"}};
};

TEST_F(ObserverTest, a_statement_is_measured_once_it_is_over) {
    {
        const auto operation = observer_.begin(call_.context(), kInsertOneUser);
        EXPECT_TRUE(points().empty());
    }
    const auto all = points();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].instrument, &telemetry::kDatabaseOperationDuration);
    EXPECT_EQ(all[0].count, 1U);
    const telemetry::MetricAttributes expected{{"db.collection.name", std::string{"users"}},
                                               {"db.namespace", std::string{"main"}},
                                               {"db.operation.name", std::string{"INSERT"}},
                                               {"db.query.summary", std::string{"INSERT users"}},
                                               {"db.system.name", std::string{"sqlite"}}};
    EXPECT_EQ(all[0].attributes, expected);
}

TEST_F(ObserverTest, a_failure_has_a_series_of_its_own) {
    for (int i = 0; i < 2; ++i) {
        auto operation = observer_.begin(call_.context(), kPragma);
        if (i == 1) operation.fail(Error{Code::unavailable, "DATABASE_BUSY", "later"});
    }
    const auto all = points();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].attributes.back().first, "error.type");
    EXPECT_EQ(all[1].attributes.back().second, telemetry::MetricValue{std::string{"UNAVAILABLE"}});
}

}  // namespace
}  // namespace tw::sql
