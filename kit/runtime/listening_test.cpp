#include "kit/runtime/listening.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/host/drain_plan.hpp"
#include "kit/runtime/host/fake_module.hpp"
#include "kit/runtime/rpc_settings.hpp"
#include "kit/runtime/shared_caches.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

namespace fs = std::filesystem;

const std::vector<ModuleSpec> kModules{{.name = "user", .make = &make_idle_module, .grpc_port = 50051},
                                       {.name = "order", .make = &make_idle_module, .grpc_port = 50052},
                                       {.name = "gateway", .make = &make_idle_module, .serves_http = true}};

Config config_with(std::vector<Assignment> flags) {
    auto config = Config::read("shop", all_settings("shop", kModules, "/data"), {.flags = std::move(flags)});
    if (!config) throw std::runtime_error{config.error().violations().at(0).detail};
    return std::move(*config);
}

TEST(Listening, has_the_ports_of_the_modules_that_run_here_and_no_others) {
    const auto config = config_with({});
    const auto user = plan_listening(config, {kModules.data(), 1});
    EXPECT_FALSE(user.http);
    EXPECT_EQ(user.ops.to_string(), "127.0.0.1:9464");
    ASSERT_EQ(user.grpc.size(), 1U);
    EXPECT_EQ(user.grpc[0].second.to_string(), "127.0.0.1:50051");
    const auto all = plan_listening(config, kModules);
    EXPECT_EQ(all.http->to_string(), "127.0.0.1:8080");
    EXPECT_EQ(all.grpc.size(), 2U);
}

TEST(Listening, on_free_ports_leaves_those_that_a_flag_names) {
    const auto config = config_with({{"runtime.ports", "auto", "--ports"},
                                     {"http.address", "127.0.0.1:81", "--http"},
                                     {"user.address", "[::1]:7", "--grpc"}});
    const auto plan = plan_listening(config, kModules);
    EXPECT_EQ(plan.http->to_string(), "127.0.0.1:81");
    EXPECT_EQ(plan.ops.port, 0);
    EXPECT_EQ(plan.grpc[0].second.to_string(), "[::1]:7");
    EXPECT_EQ(plan.grpc[1].second.port, 0);
}

TEST(Listening, hints_at_the_flag_and_the_variable) {
    const auto config = config_with({});
    EXPECT_EQ(address_hint(config, "http.address"),
              "set --http HOST:PORT or SHOP_HTTP_ADDRESS, or take free ports with --ports auto");
    EXPECT_EQ(address_hint(config, "user.address"),
              "set --grpc user=HOST:PORT or SHOP_USER_ADDRESS, or take free ports with --ports auto");
}

TEST(ReadyFile, is_one_json_object_of_what_is_served) {
    Listening listening{.http = net::Address{"127.0.0.1", 8080}, .ops = {"127.0.0.1", 9464}};
    listening.grpc = {{"user", {"127.0.0.1", 50051}}, {"order", {"127.0.0.1", 50052}}};
    EXPECT_EQ(
        ready_json(7, listening),
        R"({"pid":7,"http":"127.0.0.1:8080","ops":"127.0.0.1:9464","grpc":{"user":"127.0.0.1:50051","order":"127.0.0.1:50052"}})");
    listening.own = {{"console", {"127.0.0.1", 8090}}};
    EXPECT_EQ(
        ready_json(7, listening),
        R"({"pid":7,"http":"127.0.0.1:8080","ops":"127.0.0.1:9464","console":"127.0.0.1:8090","grpc":{"user":"127.0.0.1:50051","order":"127.0.0.1:50052"}})");
    EXPECT_TRUE(describe(listening, "http://").starts_with("console 127.0.0.1:8090, API http://127.0.0.1:8080"));
    EXPECT_EQ(ready_json(7, {.ops = {"::1", 1}}), R"({"pid":7,"ops":"[::1]:1","grpc":{}})");
}

TEST(ReadyFile, replaces_what_was_there_and_leaves_nothing_else) {
    const auto folder = std::filesystem::path{testing::TempDir()} / "tw_ready_file_test";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    const auto path = folder / "ready.json";
    ASSERT_TRUE(write_ready_file(path, "{\"old\":1}"));
    ASSERT_TRUE(write_ready_file(path, "{}"));
    std::ifstream file{path};
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>{file}, {}), "{}\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);
    std::filesystem::remove_all(folder);
    const auto nowhere = write_ready_file(path, "{}");
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code(), Code::unavailable);
}

class ReadyFilePlace : public testing::Test {
 protected:
    ReadyFilePlace() { fs::create_directory(folder_); }
    ~ReadyFilePlace() override { fs::remove_all(folder_); }

    void write(std::string_view text) const { std::ofstream{path_} << text; }

    const fs::path folder_ = fs::path{testing::TempDir()} / ("tw_ready_file_" + std::to_string(::getpid()));
    const std::string path_ = folder_ / "ready.json";
};

TEST_F(ReadyFilePlace, a_missing_folder_is_a_wrong_setting) {
    const auto prepared = prepare_ready_file(folder_ / "missing" / "ready.json");
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().reason(), "BAD_CONFIG");
    EXPECT_THAT(prepared.error().detail(), testing::HasSubstr("missing/ready.json"));
    EXPECT_THAT(prepared.error().detail(), testing::HasSubstr("--ready-file"));
}

TEST_F(ReadyFilePlace, a_file_of_another_kind_is_kept_and_a_folder_is_refused) {
    write("[http]\n");
    EXPECT_FALSE(prepare_ready_file(path_));
    EXPECT_TRUE(fs::exists(path_));
    EXPECT_FALSE(prepare_ready_file(folder_));
}

TEST_F(ReadyFilePlace, the_file_of_an_earlier_run_and_an_empty_one_go) {
    for (const auto* text : {"{\"pid\":1}\n", ""}) {
        write(text);
        EXPECT_TRUE(prepare_ready_file(path_));
        EXPECT_TRUE(fs::is_empty(folder_));
    }
    EXPECT_TRUE(prepare_ready_file(path_));
}

TEST_F(ReadyFilePlace, only_the_own_ready_file_is_removed) {
    ASSERT_TRUE(write_ready_file(path_, "{\"pid\":1}"));
    remove_ready_file(path_, "{\"pid\":2}");
    EXPECT_TRUE(fs::exists(path_));
    remove_ready_file(path_, "{\"pid\":1}");
    EXPECT_FALSE(fs::exists(path_));
}

TEST(Listening, is_described_with_all_its_addresses) {
    const Listening all{.http = net::Address{"127.0.0.1", 8080}, .ops = {"::1", 9464}, .grpc = {{"user", {"/run/user.sock", 0}}}};
    EXPECT_EQ(describe(all, "https://"),
              "API https://127.0.0.1:8080, gRPC user unix:/run/user.sock, operations http://[::1]:9464");
    EXPECT_EQ(describe({.ops = {"127.0.0.1", 1}}, "http://"), "operations http://127.0.0.1:1");
    EXPECT_EQ(describe({.ops = {"127.0.0.1", 1}}, "http://", "https://"), "operations https://127.0.0.1:1");
}

TEST(CoreSettings, defaults_are_those_of_the_libraries_and_are_valid) {
    const auto config = config_with({});
    EXPECT_TRUE(http_limits(config).validate());
    EXPECT_TRUE(rpc_limits(config).validate());
    EXPECT_EQ(http_limits(config).body_bytes_max, http::ServerLimits{}.body_bytes_max);
    EXPECT_EQ(rpc_limits(config).idle_time_max, rpc::ServerLimits{}.idle_time_max);
    EXPECT_EQ(channel_options(config).backoff_last, rpc::ChannelOptions{}.backoff_last);
}

TEST(CoreSettings, every_default_is_allowed_by_its_setting_and_every_name_is_unique) {
    std::vector<std::string> names;
    for (const auto& setting : all_settings("shop", kModules, "/data")) {
        EXPECT_EQ(find_fault(setting, setting.fallback), "") << setting.key;
        EXPECT_FALSE(setting.help.empty() || setting.help.ends_with('.')) << setting.key;
        names.push_back(ProgramName{"shop"}.variable(setting.key));
        names.insert(names.end(), setting.aliases.begin(), setting.aliases.end());
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(CoreSettings, a_modules_own_settings_stand_in_its_section) {
    const std::vector<ModuleSpec> modules{{.name = "catalog", .make = &make_configured_module}};
    const auto config =
        Config::read("shop", all_settings("shop", modules, "/data"), {.environment = {{"SHOP_CATALOG_SEED", "never"}}});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("catalog.seed"), "never");
}

TEST(CoreSettings, channels_are_as_the_settings_say) {
    const auto usual = channel_options(config_with({}));
    const rpc::ChannelOptions fallback;
    EXPECT_EQ(usual.policy, rpc::BalancingPolicy::automatic);
    EXPECT_TRUE(usual.health_checks);
    EXPECT_EQ(usual.resolve_interval_least, fallback.resolve_interval_least);
    EXPECT_EQ(usual.retry.attempts_max, 3);
    EXPECT_DOUBLE_EQ(usual.retry.budget_share, 0.1);
    const auto chosen = channel_options(config_with({{"rpc.policy", "round_robin", "--set"},
                                                     {"rpc.health_checks", "off", "--set"},
                                                     {"rpc.resolve_interval_ms", "1000", "--set"},
                                                     {"rpc.resolve_period_ms", "0", "--set"},
                                                     {"rpc.attempts_max", "1", "--set"},
                                                     {"rpc.retry_backoff_first_ms", "7", "--set"},
                                                     {"rpc.retry_backoff_last_ms", "8", "--set"},
                                                     {"rpc.retry_budget_percent", "20", "--set"},
                                                     {"rpc.retry_tokens_max", "10", "--set"}}));
    EXPECT_EQ(chosen.policy, rpc::BalancingPolicy::round_robin);
    EXPECT_FALSE(chosen.health_checks);
    EXPECT_EQ(chosen.resolve_interval_least, std::chrono::seconds{1});
    EXPECT_EQ(chosen.resolve_period.count(), 0);
    EXPECT_EQ(chosen.retry.attempts_max, 1);
    EXPECT_EQ(chosen.retry.backoff_first.count(), 7);
    EXPECT_EQ(chosen.retry.backoff_last.count(), 8);
    EXPECT_DOUBLE_EQ(chosen.retry.budget_share, 0.2);
    EXPECT_DOUBLE_EQ(chosen.retry.budget_tokens_max, 10);
}

TEST(CoreSettings, what_others_see_of_the_program_has_its_name) {
    const auto config = config_with({{"redis.url", "redis://127.0.0.1:1", "--set"}});
    EXPECT_EQ(rpc_limits(config).error_domain, "shop");
    EXPECT_EQ(channel_options(config).error_domain, "shop");
    EXPECT_EQ(channel_options(config).user_agent, "shop");
    EXPECT_EQ(postgres_options(config).application_name, "shop");
    EXPECT_EQ(otlp_settings(config, {}).settings.traces.program, "shop");
    const auto redis = SharedCaches::redis_settings(config);
    ASSERT_TRUE(redis && *redis);
    EXPECT_EQ((*redis)->client_name, "shop");
    EXPECT_EQ((*redis)->named, "redis.url (SHOP_REDIS_URL)");
    EXPECT_EQ(config.entry("config.file").setting.help,
              "The configuration file; by default shop.toml in the working folder, if it exists");
}

TEST(CoreSettings, an_upstream_is_at_its_url_or_at_its_usual_port_here) {
    EXPECT_EQ(upstream_target(config_with({}), kModules[0]).name(), "127.0.0.1:50051");
    for (const auto* url : {"http://user:9", "user:9", "dns:///user:9"}) {
        EXPECT_EQ(upstream_target(config_with({{"user.url", url, "--set"}}), kModules[0]).name(), "user:9") << url;
    }
    const auto replicas = upstream_target(config_with({{"user.url", "ipv4:10.0.0.1:9,10.0.0.2:9", "--set"}}), kModules[0]);
    EXPECT_EQ(replicas.addresses.size(), 2U);
    EXPECT_EQ(upstream_target(config_with({{"user.url", "unix:/run/user.sock", "--set"}}), kModules[0]).name(),
              "unix:/run/user.sock");
}

TEST(DataFolderDefault, follows_the_base_directory_specification) {
    EXPECT_EQ(default_data_folder("shop", {{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}), "/x/shop");
    EXPECT_EQ(default_data_folder("shop", {{"XDG_DATA_HOME", "relative"}, {"HOME", "/h"}}), "/h/.local/share/shop");
    EXPECT_EQ(default_data_folder("shop", {}), "shop-data");
}

using namespace std::chrono_literals;

TEST(DrainPlan, serves_on_for_the_grace_period_and_keeps_time_for_the_modules) {
    const SteadyTime now{100s};
    const auto plan = plan_drain(now, 5s, 25s);
    EXPECT_EQ(plan.refuse_at, now + 5s);
    EXPECT_EQ(plan.cut_at, now + 24s);
    EXPECT_EQ(plan.end_at, now + 25s);
    EXPECT_EQ(plan_drain(now, 0ms, 25s).refuse_at, now);
}

TEST(DrainPlan, holds_the_whole_time_even_where_the_grace_period_is_longer) {
    const SteadyTime now{100s};
    const auto plan = plan_drain(now, 20s, 2s);
    EXPECT_EQ(plan.refuse_at, now + 1s);
    EXPECT_EQ(plan.cut_at, now + 1800ms);
    EXPECT_EQ(plan.end_at, now + 2s);
}

}  // namespace
}  // namespace tw::runtime
