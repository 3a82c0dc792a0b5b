#pragma once

#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/events/direct_bus.hpp"
#include "kit/outbox/consumer.hpp"
#include "kit/outbox/inbox.hpp"
#include "kit/outbox/outbox.hpp"
#include "kit/outbox/relay.hpp"
#include "kit/outbox/schema.hpp"
#include "kit/testing/temporary_database.hpp"

#include <array>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::outbox {

/// A bus that records what is published. It can be made to fail, before or after the event has
/// arrived.
class RecordingBus final : public events::Bus {
 public:
    Task<Result<void>> publish(const CallContext& ctx, std::string_view, const events::Event& event) override {
        if (const auto other = std::exchange(meanwhile, nullptr)) co_await other(ctx);
        if (refusals > 0) {
            --refusals;
            co_return unavailable("the bus is away");
        }
        published.push_back(event);
        traces.push_back(ctx.trace());
        if (lost_answers > 0) {
            --lost_answers;
            co_return unavailable("the connection is lost").with_outcome_open(true);
        }
        co_return Result<void>{};
    }
    Task<bool> publish_batch(const CallContext&, std::string_view, std::span<const events::Event> events) override {
        if (!takes_batches) co_return false;
        batches.push_back(events.size());
        published.insert(published.end(), events.begin(), events.end());
        if (const auto other = std::exchange(after_batch, nullptr)) co_await other();
        co_return true;
    }
    Task<Error> consume(const CallContext&, const events::Subscription&, const events::Handler&) override {
        co_return Error{Code::unimplemented, "UNIMPLEMENTED", "not asked for here"};
    }
    std::vector<std::string> types() const {
        std::vector<std::string> types;
        for (const auto& event : published) types.push_back(event.type);
        return types;
    }

    std::vector<events::Event> published;
    /// The traces in which they were published.
    std::vector<TraceContext> traces;
    int refusals = 0;
    int lost_answers = 0;
    std::function<Task<void>(const CallContext&)> meanwhile;
    bool takes_batches = false;
    /// How many events each batch had.
    std::vector<std::size_t> batches;
    std::function<Task<void>()> after_batch;
};

/// An outbox on a database of both engines.
class OutboxTest : public testing::TestWithParam<std::string_view> {
 protected:
    static RelayOptions quick_options() {
        return {.module = "order",
                .lease = std::chrono::milliseconds{1500},
                .rest_busy = std::chrono::milliseconds{2},
                .rest_idle = std::chrono::milliseconds{5},
                .batch_events = 4};
    }
    Result<void> add_event(std::string aggregate, std::string_view type) {
        return db_.run(write_event(std::move(aggregate), type));
    }
    Task<Result<void>> write_event(std::string aggregate, std::string_view type) {
        sql::Unit unit;
        outbox::add(unit, db_.context(), random_,
                    {.stream = "order", .type = type, .aggregate_id = std::move(aggregate), .payload = "{}", .at = next_time()});
        return db_.database().write(db_.context(), std::move(unit));
    }
    Timestamp next_time() { return time_ = time_ + std::chrono::microseconds{1}; }

    /// Runs the loop until `enough` returns true.
    void run_until(const std::function<bool()>& enough) {
        const auto end = db_.loop().now() + std::chrono::seconds{20};
        while (!enough() && db_.loop().now() < end) {
            std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{1}));
        }
        EXPECT_TRUE(enough()) << stored() << " events are stored, " << bus_.published.size() << " were published";
    }
    void stop(Relay& relay) { db_.run(stopped(relay.stop())); }
    void stop(Consumer& consumer) { db_.run(stopped(consumer.stop())); }
    std::int64_t stored() {
        std::int64_t count = 0;
        for (std::int64_t partition = 0; partition < kPartitions; ++partition) {
            count += std::ssize(db_.run(store_.oldest(db_.context(), "order", partition, 100)).value());
        }
        return count;
    }
    static Task<bool> stopped(Task<void> task) {
        co_await std::move(task);
        co_return true;
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    SystemClock clock_;
    Random random_{1};
    Timestamp time_ = clock_.now();
    RecordingBus bus_;
    OutboxStore store_{db_.database(), db_.telemetry()};
};

}  // namespace tw::outbox
