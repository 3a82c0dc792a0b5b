#include "kit/runtime/host/process.hpp"

#include "kit/idempotency/schema.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/fake_module.hpp"
#include "kit/runtime/program.hpp"
#include "kit/runtime/store_module.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// ModuleSpec makes modules by a plain function, which can only reach the test through this.
Diary* diary = nullptr;

std::unique_ptr<Module> make_first() { return std::make_unique<FakeModule>("first", diary); }
std::unique_ptr<Module> make_second() { return std::make_unique<FakeModule>("second", diary); }
std::unique_ptr<Module> make_broken() {
    auto module = std::make_unique<FakeModule>("broken", diary);
    module->failing();
    return module;
}

std::unique_ptr<Module> make_hanging() {
    auto module = std::make_unique<FakeModule>("hanging", diary);
    module->hanging();
    return module;
}

const ModuleSpec kFirst{.name = "first", .make = &make_first, .grpc_port = 1};
const ModuleSpec kSecond{.name = "second", .make = &make_second};
const ModuleSpec kBroken{.name = "broken", .make = &make_broken};
const ModuleSpec kHanging{.name = "hanging", .make = &make_hanging};

/// A module that keeps its state in a database, and a schema for it.
class FakeStoreModule final : public StoreModule {
 public:
    std::string_view name() const override { return "stored"; }
    std::string_view service_name() const override { return "stored"; }
    Result<void> serve(LoopHost& host) override {
        host.database();
        return {};
    }
};
std::unique_ptr<Module> make_stored() { return std::make_unique<FakeStoreModule>(); }
const sql::Schema& stored_schema() {
    static constexpr std::array kMigrations{sql::Migration{1, "things", "CREATE TABLE things (id TEXT PRIMARY KEY) STRICT"}};
    static constexpr sql::Schema kSchema{.name = "stored", .sqlite = kMigrations, .postgres = kMigrations};
    return kSchema;
}
const ModuleSpec kStored{.name = "stored", .make = &make_stored, .schema = &stored_schema};
const ModuleSpec kSchemaForgotten{.name = "stored", .make = &make_stored};

/// A service with a KEYED method.
constexpr rpc::Method kKeyed{.path = "/test.Keyed/Add",
                             .service = "test.Keyed",
                             .name = "Add",
                             .shape = rpc::Shape::unary,
                             .idempotency = rpc::Idempotency::keyed,
                             .deadline = std::chrono::seconds{1},
                             .allow = {},
                             .request_prototype = nullptr,
                             .response_prototype = nullptr,
                             .validate = nullptr};
class KeyedService final : public rpc::Service {
 public:
    std::string_view service_name() const override { return "test.Keyed"; }
    std::span<const rpc::Handler> handlers() const override {
        static constexpr std::array kHandlers{rpc::Handler{&kKeyed, nullptr, nullptr, nullptr}};
        return kHandlers;
    }
};
class KeyedModule final : public StoreModule {
 public:
    std::string_view name() const override { return "keyed"; }
    std::string_view service_name() const override { return "keyed"; }
    Result<void> serve(LoopHost& host) override {
        host.add_service(std::make_unique<KeyedService>());
        return {};
    }
};
std::unique_ptr<Module> make_keyed() { return std::make_unique<KeyedModule>(); }
const sql::Schema& keyed_schema() {
    static constexpr std::array kUses{&idempotency::schema};
    static constexpr sql::Schema kSchema{.name = "keyed", .sqlite = {}, .postgres = {}, .uses = kUses};
    return kSchema;
}

class ProcessTest : public testing::Test {
 protected:
    void SetUp() override { diary = &diary_; }
    void TearDown() override { diary = nullptr; }

    Result<std::unique_ptr<Process>> start(std::vector<ModuleSpec> modules, std::vector<Assignment> flags = {},
                                           Process::Probe probe = {}, PolicyLists policies = {}) {
        flags.push_back({"runtime.ports", "auto", "--ports"});
        flags.push_back({"runtime.loops", "2", "--set"});
        if (flags[0].key != "log.level") flags.push_back({"log.level", "off", "--log-level"});
        modules_ = std::move(modules);
        config_ = Config::read("test", all_settings("test", modules_, "/nowhere"), {.flags = std::move(flags)}).value();
        return Process::start({.name = "test", .version = "1.2.3", .modules = modules_, .policies = std::move(policies)}, config_,
                              modules_, {}, std::move(probe));
    }

    Diary diary_;
    std::vector<ModuleSpec> modules_;
    Config config_;
};

TEST_F(ProcessTest, starts_modules_in_order_and_ends_them_in_reverse) {
    auto process = start({kFirst, kSecond});
    ASSERT_TRUE(process) << process.error().detail();
    EXPECT_TRUE((*process)->stop());
    EXPECT_TRUE((*process)->stop());
    EXPECT_THAT(diary_.events(), ElementsAre("first prepare", "second prepare", "first serve", "second serve", "first serve",
                                             "second serve", "second drain", "first drain"));
}

TEST_F(ProcessTest, binds_what_its_modules_serve_and_says_so_in_the_ready_file) {
    const auto path = std::filesystem::path{testing::TempDir()} / "tw_process_test.json";
    std::filesystem::remove(path);
    const auto process = start({kFirst, kSecond}, {{"runtime.ready_file", path, "--ready-file"}});
    ASSERT_TRUE(process) << process.error().detail();
    const auto& listening = (*process)->listening();
    EXPECT_FALSE(listening.http);
    EXPECT_NE(listening.ops.port, 0);
    ASSERT_EQ(listening.grpc.size(), 1U);
    EXPECT_NE(listening.grpc[0].second.port, 0);
    EXPECT_FALSE(std::filesystem::exists(path));
    ASSERT_TRUE((*process)->announce());
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, ready_json(::getpid(), listening));
    EXPECT_TRUE((*process)->stop());
    EXPECT_FALSE(std::filesystem::exists(path)) << "it is gone after an orderly end";
}

TEST_F(ProcessTest, a_module_that_cannot_prepare_ends_what_was_started) {
    const auto process = start({kFirst, kBroken, kSecond});
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().detail(), "the database is away");
    EXPECT_EQ(exit_code_of(process.error()), 69);
    EXPECT_THAT(diary_.events(), ElementsAre("first prepare", "broken prepare", "broken drain", "first drain"));
}

TEST_F(ProcessTest, a_store_module_has_the_tables_of_its_spec) {
    auto process = start({kStored}, {{"database.url", "sqlite::memory:", "--set"}});
    ASSERT_TRUE(process) << process.error().detail();
    EXPECT_TRUE((*process)->stop());
}

TEST_F(ProcessTest, a_store_module_whose_spec_forgets_the_schema_does_not_start_and_says_what_to_write) {
    const auto process = start({kSchemaForgotten});
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().reason(), "BAD_PROGRAM");
    EXPECT_THAT(process.error().detail(), HasSubstr("the module stored uses a database, but its ModuleSpec names no schema; "
                                                    "write .schema = &schema there"));
    EXPECT_EQ(exit_code_of(process.error()), 70) << "it is a bug of the program";
}

TEST_F(ProcessTest, a_keyed_method_needs_a_module_that_keeps_keys_and_a_program_that_looks_at_them) {
    const std::vector<Assignment> database{{"database.url", "sqlite::memory:", "--set"}};
    const PolicyLists policies{.server = server_policies, .edge = {}, .channel = {}};
    const ModuleSpec without{.name = "keyed", .make = &make_keyed, .grpc_port = 1, .schema = &stored_schema};
    const ModuleSpec with{.name = "keyed", .make = &make_keyed, .grpc_port = 1, .schema = &keyed_schema};
    const auto no_keys = start({without}, database, {}, policies);
    ASSERT_FALSE(no_keys);
    EXPECT_THAT(no_keys.error().detail(), HasSubstr("test.Keyed/Add is KEYED"));
    EXPECT_THAT(no_keys.error().detail(), HasSubstr("write USES idempotency in tw_migrations"));
    const auto no_policy = start({with}, database);
    ASSERT_FALSE(no_policy);
    EXPECT_THAT(no_policy.error().detail(), HasSubstr("runtime::server_policies"));
    auto both = start({with}, database, {}, policies);
    ASSERT_TRUE(both) << both.error().detail();
    EXPECT_TRUE((*both)->stop());
}

TEST_F(ProcessTest, a_start_that_fails_at_any_step_names_it_and_ends_what_has_begun_in_reverse) {
    for (const auto failing : Process::steps()) {
        std::vector<std::string_view> begun;
        std::vector<std::string_view> ended;
        const auto before = [&](std::string_view step) -> Result<void> {
            begun.push_back(step);
            if (step == failing) return unavailable("out of order").with_cause("a test");
            return {};
        };
        const auto process =
            start({kFirst, kSecond}, {}, {.before = before, .ended = [&](std::string_view step) { ended.push_back(step); }});
        ASSERT_FALSE(process) << failing;
        EXPECT_EQ(process.error().detail(), "out of order");
        EXPECT_EQ(process.error().cause(), "the start failed at the step \"" + std::string{failing} + "\": a test");
        EXPECT_EQ(begun.back(), failing);
        std::ranges::reverse(ended);
        EXPECT_EQ(ended, begun) << failing;
        const auto events = diary_.events();
        EXPECT_EQ(std::ranges::count(events, "first prepare"), std::ranges::count(events, "first drain")) << failing;
        EXPECT_EQ(std::ranges::count(events, "second prepare"), std::ranges::count(events, "second drain")) << failing;
    }
}

TEST_F(ProcessTest, a_step_that_fails_by_itself_is_named_as_well) {
    const auto process = start({kFirst, kBroken});
    ASSERT_FALSE(process);
    EXPECT_THAT(process.error().cause(), HasSubstr("the step \"modules\""));
}

TEST_F(ProcessTest, a_module_that_does_not_end_is_left_behind_when_the_time_is_over) {
    auto process =
        start({kFirst, kHanging, kSecond}, {{"log.level", "info", "--log-level"}, {"shutdown.timeout_ms", "1000", "--set"}});
    ASSERT_TRUE(process) << process.error().detail();
    // What goes on may use the process, so it is kept for as long as this program runs.
    static auto& kept = *new std::vector<std::unique_ptr<Process>>;
    kept.push_back(std::move(*process));
    const auto begun = std::chrono::steady_clock::now();
    testing::internal::CaptureStdout();
    EXPECT_FALSE(kept.back()->stop());
    const auto said = testing::internal::GetCapturedStdout();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{5});
    EXPECT_FALSE(kept.back()->stop()) << "a second call says the same";
    EXPECT_THAT(diary_.events(), testing::IsSupersetOf({"second drain", "hanging drain", "first drain"}));
    EXPECT_THAT(said, HasSubstr("later than it should have: the module hanging did not end its work"));
}

TEST_F(ProcessTest, a_busy_port_is_named_with_a_hint_before_anything_is_prepared) {
    const auto busy = net::Listener::bind({"127.0.0.1", 0});
    ASSERT_TRUE(busy);
    const auto address = (*busy)->local().to_string();
    const auto process = start({kFirst}, {{"first.address", address, "--grpc"}});
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().reason(), "ADDRESS_IN_USE");
    EXPECT_THAT(process.error().detail(), HasSubstr(address));
    EXPECT_THAT(process.error().detail(), HasSubstr("--grpc first=HOST:PORT"));
    EXPECT_EQ(exit_code_of(process.error()), 69);
    EXPECT_TRUE(diary_.events().empty());
}

TEST(ExitCode, is_78_for_what_somebody_mends_in_a_setting_and_69_for_what_may_pass) {
    EXPECT_EQ(exit_code_of(Error{Code::invalid_argument, "UNKNOWN_DATABASE", "x"}), 78);
    EXPECT_EQ(exit_code_of(Error{Code::failed_precondition, "DATABASE_REFUSED", "x"}), 78);
    EXPECT_EQ(exit_code_of(Error{Code::failed_precondition, "DATABASE_NOT_DURABLE", "x"}), 78);
    EXPECT_EQ(exit_code_of(Error{Code::failed_precondition, "REDIS_AUTHENTICATION", "x"}), 78);
    EXPECT_EQ(exit_code_of(Error{Code::failed_precondition, "MIGRATION_CHANGED", "x"}), 69);
    EXPECT_EQ(exit_code_of(Error{Code::unavailable, "DATABASE_UNREACHABLE", "x"}), 69);
    EXPECT_EQ(exit_code_of(Error{Code::internal, "MIGRATION_FAILED", "x"}), 70);
}

TEST_F(ProcessTest, a_log_level_that_is_none_is_a_configuration_error) {
    const auto process = start({kFirst}, {{"log.level", "first=loud", "--log-level"}});
    ASSERT_FALSE(process);
    EXPECT_THAT(process.error().detail(), HasSubstr("log.level (from --log-level)"));
    EXPECT_EQ(exit_code_of(process.error()), 78);
}

}  // namespace
}  // namespace tw::runtime
