#include "kit/runtime/ops/metrics_page.hpp"

#include "kit/async/run.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/export/process_resource.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"
#include "kit/runtime/host/fake_module.hpp"
#include "kit/runtime/ops/requests_page.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr telemetry::Instrument kCups{"test.cups", "{cup}", "Cups.", telemetry::InstrumentKind::counter};

std::unique_ptr<Module> make_user() { return std::make_unique<FakeModule>("user"); }
std::unique_ptr<Module> make_order() { return std::make_unique<FakeModule>("order"); }
const ModuleSpec kUser{.name = "user", .make = &make_user};
const ModuleSpec kOrder{.name = "order", .make = &make_order};

/// The test's thread runs the first loop; others stand still.
class MetricsPageTest : public testing::Test {
 protected:
    explicit MetricsPageTest(std::size_t loops = 1) : loops_{loops} {}

    ModuleInstance& add(const ModuleSpec& spec) {
        auto level = std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off);
        telemetry::Logger log{"test", clock_, logs_, std::move(level)};
        instances_.push_back(std::make_unique<ModuleInstance>(spec, spec.make(), context_, std::move(log), recorders_));
        registry_.add(registry_.add_source(instances_.back()->module().service_name()), *instances_.back());
        return *instances_.back();
    }
    http::Response get(std::string accept = "", std::string encoding = "", Deadline deadline = Deadline::never()) {
        http::Request request{.method = "GET", .path = "/metrics"};
        request.headers.add("Accept", std::move(accept));
        request.headers.add("Accept-Encoding", std::move(encoding));
        RootCall call{loops_.at(0), deadline};
        return run_until_done(loops_.at(0), page_.answer(call.context(), request));
    }

    const ModuleSpec specs_[2] = {kUser, kOrder};
    Config config_ = Config::read("shop", all_settings("shop", specs_, "/data"), {}).value();
    SystemClock clock_;
    telemetry::CollectedLogs logs_;
    LoopGroup loops_;
    WorkerPool workers_{1};
    HealthRegistry health_;
    SharedCaches caches_{clock_};
    ProcessContext context_{config_, specs_, "1.2.3", clock_, workers_, loops_, health_, caches_};
    ServiceRecorders recorders_;
    MeterRegistry registry_{context_,
                            process_resource({.name = "shop", .version = "1.2.3", .modules = {}}, Profile::dev, clock_)};
    MetricsPage page_{registry_, workers_};
    std::vector<std::unique_ptr<ModuleInstance>> instances_;
};

TEST_F(MetricsPageTest, each_module_speaks_under_its_services_name) {
    add(specs_[0]).meter(0).counter(kCups).add(2);
    add(specs_[1]).meter(0).counter(kCups).add(3);
    registry_.add_process();
    const auto page = get();
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(page.body, HasSubstr("test_cups_total{service_name=\"user\"} 2\n"));
    EXPECT_THAT(page.body, HasSubstr("test_cups_total{service_name=\"order\"} 3\n"));
    EXPECT_THAT(page.body, HasSubstr("service_version=\"1.2.3\""));
}

TEST_F(MetricsPageTest, what_concerns_the_process_is_told_once_under_its_own_name) {
    add(specs_[0]);
    add(specs_[1]);
    registry_.add_process();
    const auto body = get().body;
    for (const auto* series :
         {"process_cpu_time_seconds_total{service_name=\"shop\",cpu_mode=\"user\"} ",
          "process_memory_usage_bytes{service_name=\"shop\"} ", "process_open_file_descriptor{service_name=\"shop\"} ",
          "process_uptime_seconds{service_name=\"shop\"} ", "tw_workers_queued{service_name=\"shop\"} 0\n",
          "tw_loop_lag_seconds{service_name=\"shop\",tw_loop_index=\"0\"} ",
          "tw_loop_utilization_ratio{service_name=\"shop\",tw_loop_index=\"0\"} "}) {
        EXPECT_THAT(body, HasSubstr(series));
    }
    EXPECT_THAT(body, Not(HasSubstr("process_uptime_seconds{service_name=\"user\"")));
}

TEST_F(MetricsPageTest, a_process_of_one_module_has_its_name) {
    add(specs_[0]);
    registry_.add_process();
    const auto body = get().body;
    EXPECT_THAT(body, HasSubstr("process_uptime_seconds{service_name=\"user\"} "));
    EXPECT_THAT(body, Not(HasSubstr("shop\"}")));
}

TEST_F(MetricsPageTest, a_module_is_ready_while_the_process_serves_and_it_says_so_itself) {
    auto& user = add(specs_[0]);
    add(specs_[1]);
    registry_.add_process();
    const std::string ready = "tw_module_ready{service_name=\"user\"} ";
    EXPECT_THAT(get().body, HasSubstr(ready + "0\n")) << "before the process serves";

    health_.enter(HealthRegistry::Phase::serving);
    EXPECT_THAT(get().body, HasSubstr(ready + "1\n"));
    dynamic_cast<FakeModule&>(user.module()).with_health({.ready = false, .reasons = {"the database is away"}});
    const auto page = get().body;
    EXPECT_THAT(page, HasSubstr(ready + "0\n"));
    EXPECT_THAT(page, HasSubstr("tw_module_ready{service_name=\"order\"} 1\n"));

    health_.enter(HealthRegistry::Phase::draining);
    EXPECT_THAT(get().body, HasSubstr("tw_module_ready{service_name=\"order\"} 0\n"));
}

TEST_F(MetricsPageTest, the_format_and_compression_are_the_clients_choice) {
    add(specs_[0]);
    registry_.add_process();
    const auto open = get("application/openmetrics-text; version=1.0.0");
    EXPECT_EQ(open.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    EXPECT_TRUE(open.body.ends_with("# EOF\n"));
    const auto compressed = get("", "gzip, br");
    EXPECT_EQ(compressed.headers.find("content-encoding"), "gzip");
    EXPECT_TRUE(compressed.body.starts_with("\x1f\x8b"));
    EXPECT_FALSE(get("", "identity").headers.find("content-encoding"));
}

TEST_F(MetricsPageTest, requests_in_flight_are_told_for_each_service) {
    static constexpr telemetry::Instrument kHttpActive{"http.server.active_requests", "{request}", "Active.",
                                                       telemetry::InstrumentKind::up_down_counter};
    auto& user = add(specs_[0]);
    user.meter(0).counter(kActiveCalls).set(2);
    user.meter(0).counter(kHttpActive, {{"http.request.method", "GET"}}).add(1);
    user.meter(0).counter(kHttpActive, {{"http.request.method", "POST"}}).add(3);
    add(specs_[1]).meter(0).counter(kActiveCalls).set(0);
    registry_.add_process();
    RootCall call{loops_.at(0)};
    const auto page = run_until_done(loops_.at(0), requests_page(call.context(), registry_));
    EXPECT_EQ(page.body, R"({"user":{"http":4,"rpc":2},"order":{"rpc":0}})");
}

class MetricsPageWithABusyLoop : public MetricsPageTest {
 protected:
    MetricsPageWithABusyLoop() : MetricsPageTest{2} {}
};

TEST_F(MetricsPageWithABusyLoop, is_refused_rather_than_incomplete) {
    add(specs_[0]);
    registry_.add_process();
    const auto refused = get("", "", Deadline::after(loops_.at(0).now(), std::chrono::milliseconds{1}));
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.body, Not(HasSubstr("process_uptime_seconds")));
}

}  // namespace
}  // namespace tw::runtime
