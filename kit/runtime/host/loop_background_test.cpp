#include "kit/runtime/host/loop_background.hpp"

#include "kit/async/gate.hpp"
#include "kit/durable/schema.hpp"
#include "kit/outbox/inbox.hpp"
#include "kit/outbox/outbox.hpp"
#include "kit/outbox/schema.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/process.hpp"
#include "kit/runtime/store_module.hpp"

#include <array>
#include <chrono>
#include <future>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;

/// What the modules of a test report, from any loop.
struct Reports {
    std::promise<std::string> handled;
    std::promise<std::string> flow_ended;
    /// Whether asking for flows, and consuming, was refused.
    bool no_flows = false;
    bool no_consumer = false;
};
Reports* reports = nullptr;

/// Work that a module does on its loop without a request.
struct StartTask {
    Gate gate;
};

/// A module whose flow adds an event when it ends.
class ProducerModule final : public StoreModule {
 public:
    std::string_view name() const override { return "producer"; }
    std::string_view service_name() const override { return "producer"; }
    Result<void> serve(LoopHost& host) override {
        auto& flows = host.flows();
        flows.add_kind(durable::flow_kind<std::string, std::string>(
            "producer.produce",
            [&host](durable::Flow& flow, std::string input) { return produce(host, flow, std::move(input)); }));
        // One loop begins, and any loop may publish.
        if (begun_.test_and_set()) return {};
        auto& start = host.keep(std::make_unique<StartTask>());
        host.loop().post([&host, &start] { spawn(start.gate, begin(host)); });
        return {};
    }

 private:
    static Task<Result<std::string>> produce(LoopHost& host, durable::Flow& flow, std::string input) {
        const auto body = [&](const CallContext& ctx) -> Task<Result<durable::Change<std::string>>> {
            durable::Change<std::string> change{.unit = {}, .answer = "made of " + input};
            outbox::NewEvent event{
                .stream = "producer", .type = "thing.made", .aggregate_id = flow.id(), .payload = input, .at = {}};
            event.at = host.clock().now();
            outbox::add(change.unit, ctx, host.random(), std::move(event));
            co_return change;
        };
        co_return co_await flow.finish("made", body);
    }
    static Task<void> begin(LoopHost& host) {
        RootCall call{host.loop(), Deadline::after(host.loop().now(), std::chrono::seconds{20})};
        sql::Unit unit;
        const std::string input = "wood";
        auto added = host.flows().add(call.context(), unit, "producer.produce", "flow-1", input);
        const auto written = co_await host.database().write(call.context(), std::move(unit));
        if (!written) co_return;
        host.flows().run(call.context(), std::move(added));
        const auto result = co_await host.flows().wait<std::string>(call.context(), "flow-1", Deadline::never());
        if (result && *result && **result) reports->flow_ended.set_value(***result);
    }

    std::atomic_flag begun_;
};

class ConsumerModule final : public StoreModule {
 public:
    std::string_view name() const override { return "consumer"; }
    std::string_view service_name() const override { return "consumer"; }
    Result<void> serve(LoopHost& host) override {
        host.consume("producer", "consumer.things",
                     [&host](const CallContext& ctx, const events::Event& event) { return handle(host, ctx, event); });
        return {};
    }

 private:
    static Task<Result<void>> handle(LoopHost& host, const CallContext& ctx, const events::Event& event) {
        sql::Unit unit;
        outbox::mark_applied(unit, "consumer.things", event.id, host.clock().now());
        auto written = co_await host.database().write(ctx, std::move(unit));
        if (written) reports->handled.set_value(event.type + " " + event.payload);
        co_return written;
    }
};

/// A module whose schema uses neither library.
class PlainModule final : public StoreModule {
 public:
    std::string_view name() const override { return "plain"; }
    std::string_view service_name() const override { return "plain"; }
    Result<void> serve(LoopHost& host) override {
        try {
            host.flows();
        } catch (const std::logic_error& error) {
            reports->no_flows = std::string_view{error.what()}.contains("write USES durable in tw_migrations");
        }
        try {
            host.consume("producer", "plain.things", {});
        } catch (const std::logic_error& error) {
            reports->no_consumer = std::string_view{error.what()}.contains("write USES outbox in tw_migrations");
        }
        return {};
    }
};

const sql::Schema& producer_schema() {
    static constexpr std::array kUses{&durable::schema, &outbox::schema};
    static constexpr sql::Schema kSchema{.name = "producer", .sqlite = {}, .postgres = {}, .uses = kUses};
    return kSchema;
}
const sql::Schema& consumer_schema() {
    static constexpr std::array kUses{&outbox::schema};
    static constexpr sql::Schema kSchema{.name = "consumer", .sqlite = {}, .postgres = {}, .uses = kUses};
    return kSchema;
}
const sql::Schema& plain_schema() {
    static constexpr sql::Schema kSchema{.name = "plain", .sqlite = {}, .postgres = {}};
    return kSchema;
}

const ModuleSpec kProducer{.name = "producer",
                           .make = [] { return std::unique_ptr<Module>{std::make_unique<ProducerModule>()}; },
                           .schema = &producer_schema};
const ModuleSpec kConsumer{.name = "consumer",
                           .make = [] { return std::unique_ptr<Module>{std::make_unique<ConsumerModule>()}; },
                           .schema = &consumer_schema};
const ModuleSpec kPlain{
    .name = "plain", .make = [] { return std::unique_ptr<Module>{std::make_unique<PlainModule>()}; }, .schema = &plain_schema};

class LoopBackgroundTest : public testing::Test {
 protected:
    void SetUp() override { reports = &reports_; }
    void TearDown() override { reports = nullptr; }

    Result<std::unique_ptr<Process>> start(std::vector<ModuleSpec> modules, std::vector<Assignment> flags = {}) {
        flags.push_back({"runtime.ports", "auto", "--ports"});
        flags.push_back({"runtime.loops", "2", "--set"});
        flags.push_back({"log.level", "off", "--log-level"});
        for (const auto& module : modules)
            flags.push_back({std::string{module.name} + ".database_url", "sqlite::memory:", "--set"});
        modules_ = std::move(modules);
        config_ = Config::read("test", all_settings("test", modules_, "/nowhere"), {.flags = std::move(flags)}).value();
        return Process::start({.name = "test", .version = "1.2.3", .modules = modules_}, config_, modules_);
    }
    static std::string value_of(std::promise<std::string>& promise) {
        auto future = promise.get_future();
        if (future.wait_for(std::chrono::seconds{20}) != std::future_status::ready) return "nothing";
        return future.get();
    }

    Reports reports_;
    std::vector<ModuleSpec> modules_;
    Config config_;
};

TEST_F(LoopBackgroundTest, a_flow_runs_and_the_event_that_it_adds_reaches_the_consumer_of_another_module) {
    auto process = start({kProducer, kConsumer});
    ASSERT_TRUE(process) << process.error().detail();
    EXPECT_EQ(value_of(reports_.flow_ended), "made of wood");
    EXPECT_EQ(value_of(reports_.handled), "thing.made wood");
    EXPECT_TRUE((*process)->stop());
}

TEST_F(LoopBackgroundTest, a_module_without_the_tables_is_told_what_to_write) {
    auto process = start({kPlain});
    ASSERT_TRUE(process) << process.error().detail();
    EXPECT_TRUE(reports_.no_flows);
    EXPECT_TRUE(reports_.no_consumer);
    EXPECT_TRUE((*process)->stop());
}

TEST_F(LoopBackgroundTest, a_bus_in_redis_needs_the_url_of_redis) {
    const auto process = start({kPlain}, {{"events.bus", "redis", "--set"}});
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().reason(), "BAD_CONFIG");
    EXPECT_EQ(
        process.error().detail(),
        "events.bus (from --set) is redis, and redis.url is not set; set redis.url (TEST_REDIS_URL), or events.bus to local");
}

}  // namespace
}  // namespace tw::runtime
