#include "kit/runtime/profile_rules.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/fake_module.hpp"
#include "kit/runtime/program.hpp"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Variables = std::map<std::string, std::string>;

const sql::Schema& ruled_schema() {
    static constexpr sql::Schema kSchema{.name = "user"};
    return kSchema;
}

const std::vector<ModuleSpec> kShop{{.name = "user", .make = &make_idle_module, .grpc_port = 50051, .schema = &ruled_schema},
                                    {.name = "gateway", .make = &make_idle_module, .serves_http = true}};

Config ruled_config(Variables variables) {
    return Config::read("shop", all_settings("shop", kShop, "/data"), {.environment = std::move(variables)}).value();
}

std::vector<Refusal> refusals_of(Variables variables, std::span<const ModuleSpec> here = kShop) {
    return find_refusals(ruled_config(std::move(variables)), {.known = kShop, .here = here});
}

/// A production profile that is refused nothing, with `more` laid over it.
std::vector<Refusal> production(Variables more, std::span<const ModuleSpec> here = kShop) {
    more.insert({{"SHOP_PROFILE", "production"}, {"SHOP_AUTH_ISSUERS", "https://id.example"}, {"SHOP_AUTH_AUDIENCES", "shop"}});
    return refusals_of(std::move(more), here);
}

std::vector<std::string> settings_of(const std::vector<Refusal>& refusals) {
    std::vector<std::string> settings;
    for (const auto& refusal : refusals) {
        EXPECT_FALSE(refusal.what.empty()) << refusal.setting;
        EXPECT_FALSE(refusal.remedy.empty()) << refusal.setting;
        settings.push_back(refusal.setting);
    }
    return settings;
}

const Variables kMutualTls{{"SHOP_RPC_CERTIFICATE", "a.crt"}, {"SHOP_RPC_KEY", "a.key"}, {"SHOP_RPC_CA", "ca.crt"}};

TEST(DevProfile, is_refused_nothing_on_loopback_and_on_unix_domain_sockets) {
    EXPECT_THAT(refusals_of({}), IsEmpty());
    EXPECT_THAT(refusals_of({{"SHOP_HTTP_ADDRESS", "[::1]:80"}, {"SHOP_OPS_ADDRESS", "unix:/run/ops.sock"}}), IsEmpty());
}

TEST(DevProfile, listens_on_loopback_only_with_every_port) {
    const Variables open{
        {"SHOP_HTTP_ADDRESS", "0.0.0.0:80"}, {"SHOP_OPS_ADDRESS", "[::]:9"}, {"SHOP_USER_ADDRESS", "10.0.0.1:7"}};
    const auto refusals = refusals_of(open);
    EXPECT_THAT(settings_of(refusals), ElementsAre("http.address", "ops.address", "user.address"));
    EXPECT_THAT(refusals.front().remedy, HasSubstr("runtime.published_at"));
}

TEST(DevProfile, listens_elsewhere_if_the_ports_of_its_container_are_published_on_loopback) {
    const Variables open{{"SHOP_HTTP_ADDRESS", "[::]:80"}};
    for (const auto* const loopback : {"127.0.0.1", "::1", "localhost"}) {
        auto published = open;
        published["SHOP_RUNTIME_PUBLISHED_AT"] = loopback;
        EXPECT_THAT(refusals_of(published), IsEmpty()) << loopback;
    }
    auto published = open;
    published["SHOP_RUNTIME_PUBLISHED_AT"] = "0.0.0.0";
    const auto refusals = refusals_of(published);
    EXPECT_THAT(settings_of(refusals), ElementsAre("http.address"));
    EXPECT_THAT(refusals.front().what, HasSubstr("runtime.published_at (0.0.0.0) is not on loopback"));
}

TEST(DevProfile, serves_metrics_on_loopback_only) {
    const auto config = ruled_config({});
    const auto refused = [&](const otlp::Settings& settings) {
        return settings_of(find_refusals(config, {.known = kShop, .here = kShop, .metrics = metrics_address(settings)}));
    };
    EXPECT_THAT(refused({.prometheus_listens = false, .prometheus_host = "0.0.0.0"}), IsEmpty());
    EXPECT_THAT(refused({.prometheus_listens = true, .prometheus_host = "localhost"}), IsEmpty());
    EXPECT_THAT(refused({.prometheus_listens = true, .prometheus_host = "0.0.0.0"}),
                ElementsAre("OTEL_EXPORTER_PROMETHEUS_HOST"));
}

TEST(ProductionProfile, is_refused_nothing_with_an_issuer_and_all_modules_on_loopback) { EXPECT_THAT(production({}), IsEmpty()); }

TEST(ProductionProfile, does_not_serve_http_to_others_without_tls) {
    EXPECT_THAT(settings_of(production({{"SHOP_HTTP_ADDRESS", "0.0.0.0:80"}})), ElementsAre("http.address"));
    EXPECT_THAT(production({{"SHOP_HTTP_ADDRESS", "0.0.0.0:80"}, {"SHOP_HTTP_TLS", "terminated-upstream"}}), IsEmpty());
    const Variables secured{{"SHOP_HTTP_ADDRESS", "0.0.0.0:80"}, {"SHOP_HTTP_CERTIFICATE", "a.crt"}, {"SHOP_HTTP_KEY", "a.key"}};
    EXPECT_THAT(production(secured), IsEmpty());
    auto off = secured;
    off["SHOP_HTTP_TLS"] = "off";
    EXPECT_THAT(settings_of(production(off)), ElementsAre("http.address"));
}

TEST(ProductionProfile, needs_an_issuer) {
    const auto refusals = production({{"SHOP_AUTH_ISSUERS", " , "}});
    EXPECT_THAT(settings_of(refusals), ElementsAre("auth.issuers"));
    EXPECT_THAT(refusals.front().remedy, HasSubstr("auth.audiences"));
}

TEST(ProductionProfile, needs_mutual_tls_as_soon_as_another_process_is_involved) {
    const std::span<const ModuleSpec> user{kShop.data(), 1};
    const auto refusals = production({}, user);
    EXPECT_THAT(settings_of(refusals), ElementsAre("rpc.certificate"));
    EXPECT_THAT(refusals.front().what, HasSubstr("gateway runs in another process"));
    EXPECT_THAT(production(kMutualTls, user), IsEmpty());
}

TEST(ProductionProfile, needs_no_mtls_for_a_module_that_stands_alone) {
    auto known = kShop;
    known.push_back({.name = "console", .make = &make_idle_module, .stands_alone = true});
    const auto config = ruled_config(
        {{"SHOP_PROFILE", "production"}, {"SHOP_AUTH_ISSUERS", "https://id.example"}, {"SHOP_AUTH_AUDIENCES", "shop"}});
    EXPECT_THAT(find_refusals(config, {.known = known, .here = kShop}), IsEmpty());
}

TEST(ProductionProfile, does_not_serve_grpc_to_others_without_mutual_tls) {
    Variables open{{"SHOP_USER_ADDRESS", "0.0.0.0:50051"}};
    EXPECT_THAT(settings_of(production(open)), ElementsAre("rpc.certificate"));
    open.insert(kMutualTls.begin(), kMutualTls.end());
    EXPECT_THAT(production(open), IsEmpty());
}

TEST(ProductionProfile, does_not_serve_operations_to_everybody) {
    EXPECT_THAT(settings_of(production({{"SHOP_OPS_ADDRESS", "0.0.0.0:9464"}})), ElementsAre("ops.address"));
}

TEST(ProductionProfile, refuses_sqlite_if_there_is_more_than_one_replica) {
    EXPECT_THAT(production({{"SHOP_RUNTIME_REPLICAS", "1"}}), IsEmpty());
    const auto counted = production({{"SHOP_RUNTIME_REPLICAS", "2"}});
    EXPECT_THAT(settings_of(counted), ElementsAre("database.url"));
    EXPECT_THAT(counted.front().what, HasSubstr("runtime.replicas is 2"));
    const auto called = production({{"SHOP_USER_URL", "ipv4:10.0.0.1:1,10.0.0.2:1"}});
    EXPECT_THAT(settings_of(called), ElementsAre("database.url"));
    EXPECT_THAT(called.front().what, HasSubstr("user.url names 2 addresses"));
    const Variables own{{"SHOP_RUNTIME_REPLICAS", "2"}, {"SHOP_USER_DATABASE_URL", "sqlite:/data/own"}};
    EXPECT_THAT(settings_of(production(own)), ElementsAre("user.database_url"));
    EXPECT_THAT(production({{"SHOP_RUNTIME_REPLICAS", "2"}, {"DATABASE_URL", "postgresql://shop@db/shop"}}), IsEmpty());
}

TEST(ProductionProfile, refuses_a_database_in_memory) {
    EXPECT_THAT(settings_of(production({{"DATABASE_URL", "sqlite::memory:"}})), ElementsAre("database.url"));
}

TEST(ProductionProfile, refuses_secrets_that_everybody_knows) {
    const auto refusals = production({{"DATABASE_URL", "postgresql://shop:Change-Me@db/shop"},
                                      {"REDIS_URL", "redis://:development@redis:6379/0"},
                                      {"SHOP_OPS_TOKEN", "0123456789abcdef"}});
    EXPECT_THAT(settings_of(refusals), ElementsAre("database.url", "redis.url", "ops.token"));
    for (const auto& refusal : refusals) {
        EXPECT_EQ(refusal.what.find("hange-"), std::string::npos) << "the secret itself is not shown";
        EXPECT_THAT(refusal.remedy, HasSubstr("openssl rand"));
    }
    EXPECT_THAT(settings_of(production({{"REDIS_URL", "redis://:shop@redis:6379/0"}})), ElementsAre("redis.url"))
        << "the name of the program is easy to guess";
    EXPECT_THAT(production({{"DATABASE_URL", "postgresql://development:9f3a@db/password"}}), IsEmpty());
}

TEST(ProductionProfile, injects_no_faults) {
    EXPECT_THAT(settings_of(production({{"SHOP_FAULT_INJECTION", "true"}})), ElementsAre("fault_injection"));
}

TEST(ProductionProfile, shows_all_refusals_at_once_as_an_error_of_the_configuration) {
    const auto config =
        ruled_config({{"SHOP_PROFILE", "production"}, {"SHOP_HTTP_ADDRESS", "0.0.0.0:80"}, {"SHOP_OPS_ADDRESS", "0.0.0.0:9464"}});
    const auto error = refused_start(config, find_refusals(config, {.known = kShop, .here = kShop}));
    EXPECT_EQ(error.reason(), "INSECURE");
    EXPECT_EQ(exit_code_of(error), 78);
    ASSERT_EQ(error.violations().size(), 3U);
    EXPECT_EQ(error.violations()[0].pointer, "http.address");
    EXPECT_THAT(error.violations()[1].detail, HasSubstr("ops.address: operations are served to everybody"));
    EXPECT_EQ(error.violations()[2].pointer, "auth.issuers");
}

TEST(ProductionProfile, does_not_name_a_database_unsafe_that_cannot_be_reached) {
    const auto config = ruled_config({{"SHOP_PROFILE", "production"}, {"DATABASE_URL", "postgresql://shop@127.0.0.1:1/shop"}});
    EXPECT_THAT(find_unsafe_databases(config, kShop), IsEmpty());
}

}  // namespace
}  // namespace tw::runtime
