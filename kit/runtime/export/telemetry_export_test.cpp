#include "kit/runtime/export/telemetry_export.hpp"

#include "kit/runtime/blocking_task.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr telemetry::Instrument kExportedCups{"test.cups", "{cup}", "Cups.", telemetry::InstrumentKind::counter};

class TelemetryExportTest : public testing::Test {
 protected:
    ~TelemetryExportTest() override {
        loops_.stop();
        std::filesystem::remove(file_);
    }
    TelemetryExport& make(std::map<std::string, std::string> variables) {
        variables["OTEL_EXPORTER_OTLP_FILE_PATH"] = file_;
        settings_ = otlp::parse(variables).settings;
        exports_ = std::make_unique<TelemetryExport>(settings_, loops_, 1, clock_, log_);
        return *exports_;
    }
    ServiceRecorders& open() {
        telemetry::Resource resource;
        resource.set("service.name", std::string{"shop"});
        return exports_->open(resource, "shop", "1.2.3");
    }
    std::string told() const {
        std::ifstream file{file_};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    const std::string file_ = std::filesystem::path{testing::TempDir()} / "tw_telemetry_export_test.jsonl";
    SystemClock clock_;
    Random random_;
    telemetry::CollectedLogs lines_;
    telemetry::Logger log_{"test", clock_, lines_, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    LoopGroup loops_{2};
    telemetry::Meter meter_;
    otlp::Meters meters_;
    otlp::Settings settings_;
    std::unique_ptr<TelemetryExport> exports_;
};

TEST_F(TelemetryExportTest, without_a_receiver_there_is_nothing_to_record_with) {
    auto& exports = make({});
    auto& recorders = open();
    EXPECT_FALSE(exports.active());
    EXPECT_EQ(recorders.spans(1), nullptr);
    EXPECT_EQ(recorders.logs(1), nullptr);
    exports.start(meters_, meter_);
    exports.stop(std::chrono::seconds{1});
    EXPECT_TRUE(lines_.lines().empty());
}

TEST_F(TelemetryExportTest, each_signal_is_recorded_only_where_it_goes_somewhere) {
    make({{"OTEL_LOGS_EXPORTER", "file"}});
    auto& recorders = open();
    EXPECT_TRUE(exports_->active());
    EXPECT_EQ(recorders.spans(0), nullptr);
    EXPECT_NE(recorders.logs(0), nullptr);
    EXPECT_NE(recorders.logs(0), recorders.logs(1));
}

TEST_F(TelemetryExportTest, a_switched_off_sdk_records_nothing_and_samples_no_trace_of_its_own) {
    make({{"OTEL_TRACES_EXPORTER", "file"}, {"OTEL_SDK_DISABLED", "true"}});
    auto& recorders = open();
    EXPECT_FALSE(exports_->active());
    EXPECT_EQ(recorders.spans(0), nullptr);
    EXPECT_EQ(recorders.sampler().description(), "ParentBased{root:AlwaysOffSampler}");
}

TEST(HandedOnAtOnce, is_so_much_that_all_recorders_together_hold_no_more_than_a_batch) {
    otlp::BatchSettings usual{.schedule_delay = std::chrono::seconds{5}};
    EXPECT_EQ(handed_on_at_once(usual, 1), 512U);
    EXPECT_EQ(handed_on_at_once(usual, 12), 42U);
    // Many loops: handing on is to stay rare, and the queue has room.
    EXPECT_EQ(handed_on_at_once(usual, 100), 16U);
    // More than the queue has room for at once.
    EXPECT_EQ(handed_on_at_once(usual, 400), 5U);
    EXPECT_EQ(handed_on_at_once(usual, 10'000), 1U);
    usual.batch_records_max = 4;
    EXPECT_EQ(handed_on_at_once(usual, 2), 4U);
    usual.queue_records_max = 4;
    EXPECT_EQ(handed_on_at_once(usual, 2), 2U);
}

TEST_F(TelemetryExportTest, what_every_loop_recorded_is_sent_before_the_end) {
    auto& exports = make({{"OTEL_TRACES_EXPORTER", "file"}, {"OTEL_METRICS_EXPORTER", "file"}, {"OTEL_LOGS_EXPORTER", "file"}});
    auto& recorders = open();
    meters_.add(0, loops_.at(0), meter_);
    meter_.counter(kExportedCups).add(3);
    loops_.start();
    exports.start(meters_, meter_);
    const auto log = log_.recorded_by(recorders.logs(1));
    run_on(loops_.at(1), [&]() -> Result<void> {
        const telemetry::Tracer tracer{clock_, random_, recorders.spans(1), recorders.sampler()};
        RootCall call{loops_.at(1)};
        const auto span = tracer.start(call.context(), "brew", telemetry::SpanKind::internal);
        log.info(span.context(), "cup.filled", {}, "a cup was filled");
        return {};
    }).value();
    exports.stop(std::chrono::seconds{5});
    EXPECT_THAT(told(), HasSubstr(R"("name":"brew")"));
    EXPECT_THAT(told(), HasSubstr(R"("eventName":"cup.filled")"));
    EXPECT_THAT(told(), HasSubstr(R"("name":"test.cups")"));
    EXPECT_THAT(told(), HasSubstr(R"("name":"otel.sdk.exporter.span.exported")"));
    EXPECT_THAT(told(), HasSubstr(R"("stringValue":"shop")"));
    EXPECT_EQ(exports.stats(telemetry::Signal::traces).exported, 1U);
    EXPECT_GT(exports.stats(telemetry::Signal::logs).last_export_at.unix_micros(), 0);
}

}  // namespace
}  // namespace tw::runtime
