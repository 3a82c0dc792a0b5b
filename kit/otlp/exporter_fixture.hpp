#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/async/sleep.hpp"
#include "kit/otlp/exporter.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/testing/fake_clock.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tw::otlp::test {

using opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
using telemetry::Signal;

/// What the receiver does with one attempt. Without further reactions it accepts.
struct Reaction {
    SendOutcome outcome;
    bool black_hole = false;
};

/// A receiver that reacts as the test says, and keeps what it accepted.
struct Receiver {
    std::mutex mutex;
    std::deque<Reaction> reactions;
    bool away = false;
    std::vector<std::string> requests;
    std::size_t attempts = 0;

    Reaction react(std::string_view request) {
        const std::lock_guard lock{mutex};
        ++attempts;
        if (away) return {SendOutcome::delay("away")};
        Reaction reaction;
        if (!reactions.empty()) {
            reaction = reactions.front();
            reactions.pop_front();
        }
        if (!reaction.black_hole && reaction.outcome.kind == SendOutcome::Kind::accepted) requests.emplace_back(request);
        return reaction;
    }
    template <class Request>
    std::vector<Request> parsed() {
        const std::lock_guard lock{mutex};
        std::vector<Request> result;
        for (const auto& bytes : requests) EXPECT_TRUE(result.emplace_back().ParseFromString(bytes));
        return result;
    }
    std::size_t spans() {
        std::size_t count = 0;
        for (const auto& request : parsed<ExportTraceServiceRequest>()) {
            for (const auto& resource : request.resource_spans()) {
                count += static_cast<std::size_t>(resource.scope_spans(0).spans_size());
            }
        }
        return count;
    }
};

class ScriptedTransport final : public Transport {
 public:
    explicit ScriptedTransport(Receiver& receiver) : receiver_{receiver} {}
    Task<SendOutcome> send(const CallContext& ctx, Signal, std::string_view request) override {
        const auto reaction = receiver_.react(request);
        if (reaction.black_hole) {
            static_cast<void>(co_await sleep_for(ctx, std::chrono::hours{1}));
            co_return SendOutcome::delay("nobody answered");
        }
        co_return reaction.outcome;
    }

 private:
    Receiver& receiver_;
};

/// An exporter of traces and metrics to the test's receivers. Logs are not exported.
class ExporterFixture : public testing::Test {
 protected:
    ExporterFixture() {
        for (auto* pipeline : {&options.traces, &options.metrics, &options.logs}) {
            pipeline->schedule_delay = std::chrono::hours{1};
            pipeline->retry = {.first_delay = std::chrono::milliseconds{1}, .last_delay = std::chrono::milliseconds{2}};
        }
    }
    ~ExporterFixture() override { loops.stop(); }

    /// Makes an exporter with one source and a recorder on each loop. Set all options before.
    Exporter& make() {
        exporter = std::make_unique<Exporter>(
            options,
            [this](EventLoop&, Signal signal) -> Result<std::unique_ptr<Transport>> {
                if (signal == Signal::logs) return nullptr;
                return std::make_unique<ScriptedTransport>(signal == Signal::traces ? traces : metrics);
            },
            clock, log, tap);
        telemetry::Resource resource;
        resource.set("service.name", std::string{"shop"});
        source = exporter->add_source(std::move(resource), "shop", "1.0");
        return *exporter;
    }
    void submit(std::size_t records) {
        telemetry::OtlpSpanRecorder recorder{{}, records, exporter->sink(Signal::traces, source)};
        TraceContext trace{.flags = TraceContext::kSampled};
        trace.trace_id[0] = trace.span_id[0] = 1;
        for (std::size_t i = 0; i < records; ++i) {
            recorder.end(recorder.start(trace, {}, "work", telemetry::SpanKind::internal, clock.now()), clock.now());
        }
    }
    ExporterStats stats() const { return exporter->stats(Signal::traces); }

    tw::test::FakeClock clock;
    telemetry::CollectedLogs lines;
    telemetry::Logger log{"test", clock, lines, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    ExporterOptions options;
    Tap* tap = nullptr;
    Receiver traces;
    Receiver metrics;
    LoopGroup loops{2};
    std::size_t source = 0;
    std::unique_ptr<Exporter> exporter;
};

}  // namespace tw::otlp::test
