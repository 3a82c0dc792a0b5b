#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/redis/client.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/collected_spans.hpp"
#include "kit/testing/redis_server.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::redis {

/// The telemetry objects that a module would bring along, kept for tests to read.
struct CollectedTelemetry {
    SystemClock clock;
    Random random{1};
    telemetry::CollectedSpans spans;
    telemetry::CollectedLogs logs;
    telemetry::Tracer tracer{clock, random, &spans};
    telemetry::Logger log{"test", clock, logs, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    telemetry::Meter meter;
    telemetry::Telemetry get() { return {tracer, log, meter}; }

    /// Returns the sum of a metric's points that have an attribute with this value. With an empty
    /// `value` it returns the sum of all points.
    double sum(std::string_view metric, std::string_view value = {}) {
        std::vector<telemetry::MetricPoint> points;
        meter.collect(points);
        double total = 0;
        for (const auto& point : points) {
            if (point.instrument->name != metric) continue;
            bool fits = value.empty();
            for (const auto& [key, held] : point.attributes) {
                fits = fits || (std::holds_alternative<std::string>(held) && std::get<std::string>(held) == value);
            }
            if (fits) total += point.buckets.empty() ? point.value : static_cast<double>(point.count);
        }
        return total;
    }
};

/// Tests with a loop, a call and a client of a real server.
class RedisTest : public testing::Test {
 public:
    static Settings settings_of(const test::RedisServer& server, int database = 0) {
        return Settings::parse_url(Secret{server.url(database)}).value();
    }
    /// Closed connections are notified in a later turn of the loop, so the loop runs once more.
    void TearDown() override { settle(); }
    void settle() { static_cast<void>(run_until_done(loop, sleep_for(call.context(), std::chrono::milliseconds{1}))); }

    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop, std::move(task));
    }
    Result<Reply> run(Client& client, std::string_view name, std::initializer_list<std::string_view> arguments = {}) {
        return run(client.run(call.context(), Command{name, arguments}));
    }
    template <class T>
    std::string reason_of(const Result<T>& result) {
        return result ? "" : result.error().reason();
    }

    EventLoop loop;
    RootCall call{loop};
    CollectedTelemetry telemetry;
};

/// Measures how long something took.
class Stopwatch {
 public:
    std::chrono::milliseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
    }

 private:
    SteadyTime began_ = std::chrono::steady_clock::now();
};

}  // namespace tw::redis
