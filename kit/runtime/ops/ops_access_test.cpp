#include "kit/runtime/ops/ops_access.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/ops_settings.hpp"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef";

Config ops_config(std::map<std::string, std::string> environment) {
    return Config::read("shop", all_settings("shop", {}, "/data"), {.environment = std::move(environment)}).value();
}

std::string reason_for(const Config& config, std::string path, std::string authorization = "") {
    OpsAccess access{config};
    http::Request request{.method = "GET", .path = std::move(path)};
    if (!authorization.empty()) request.headers.add("Authorization", std::move(authorization));
    const auto checked = access.check(request);
    return checked ? "" : std::string{checked.error().reason()};
}

TEST(OpsAccessTest, without_a_token_everybody_may_ask) { EXPECT_EQ(reason_for(ops_config({}), "/config"), ""); }

TEST(OpsAccessTest, with_a_token_whoever_has_it_may_ask) {
    const auto config = ops_config({{"SHOP_OPS_TOKEN", kToken}});
    EXPECT_EQ(reason_for(config, "/config", std::string{"Bearer "} + kToken), "");
    EXPECT_EQ(reason_for(config, "/config", std::string{"bearer "} + kToken), "");
    for (const auto* const wrong :
         {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Basic 0123456789abcdef", "0123456789abcdef"}) {
        EXPECT_EQ(reason_for(config, "/config", wrong), "OPS_TOKEN") << wrong;
    }
}

TEST(OpsAccessTest, probes_need_no_token) {
    const auto config = ops_config({{"SHOP_OPS_TOKEN", kToken}});
    for (const auto* const path : {"/health", "/healthz", "/livez", "/ready", "/readyz", "/%72eady"}) {
        EXPECT_EQ(reason_for(config, path), "") << path;
    }
    for (const auto* const path : {"/", "/metrics", "/log_level", "/flows", "/health/x"}) {
        EXPECT_EQ(reason_for(config, path), "OPS_TOKEN") << path;
    }
}

std::string exposure(std::map<std::string, std::string> environment) {
    const auto refusal = find_ops_exposure(ops_config(std::move(environment)));
    return refusal ? refusal->setting + ": " + refusal->remedy : "";
}

std::string contradiction(std::map<std::string, std::string> environment) {
    const auto valid = check_ops_settings(ops_config(std::move(environment)));
    return valid ? "" : std::string{valid.error().reason()} + ": " + valid.error().detail();
}

TEST(OpsExposure, production_serves_others_by_tls_and_to_known_callers_alone) {
    const std::map<std::string, std::string> open{{"SHOP_PROFILE", "production"}, {"SHOP_OPS_ADDRESS", "0.0.0.0:9464"}};
    auto settings = open;
    EXPECT_THAT(exposure(settings), HasSubstr("ops.address"));
    EXPECT_THAT(exposure(settings), HasSubstr("ops.certificate, ops.key, and ops.token or ops.client_ca"));
    settings.insert({{"SHOP_OPS_CERTIFICATE", "ops.crt"}, {"SHOP_OPS_KEY", "ops.key"}});
    EXPECT_THAT(exposure(settings), HasSubstr("ops.address"));
    settings["SHOP_OPS_TOKEN"] = kToken;
    EXPECT_EQ(exposure(settings), "");
    settings.erase("SHOP_OPS_TOKEN");
    settings["SHOP_OPS_CLIENT_CA"] = "ca.crt";
    EXPECT_EQ(exposure(settings), "");
    settings = open;
    settings["SHOP_OPS_TOKEN"] = kToken;
    EXPECT_THAT(exposure(settings), HasSubstr("ops.address")) << "a token in the clear is everybody's";
}

TEST(OpsExposure, loopback_is_open) {
    EXPECT_EQ(exposure({{"SHOP_PROFILE", "production"}}), "");
    EXPECT_EQ(exposure({{"SHOP_PROFILE", "production"}, {"SHOP_OPS_ADDRESS", "[::1]:9464"}}), "");
}

TEST(OpsExposure, settings_that_contradict_each_other_are_refused) {
    EXPECT_THAT(contradiction({{"SHOP_OPS_CERTIFICATE", "ops.crt"}}), HasSubstr("belong together"));
    EXPECT_THAT(contradiction({{"SHOP_OPS_CLIENT_CA", "ca.crt"}}), HasSubstr("needs ops.certificate"));
    EXPECT_THAT(contradiction({{"SHOP_OPS_TOKEN", "short"}}), HasSubstr("at least 16"));
}

TEST(OpsExposure, the_port_on_loopback_answers_for_loopback_in_every_profile) {
    const auto production = ops_config({{"SHOP_PROFILE", "production"}});
    const net::Address loopback{"127.0.0.1", 9464};
    EXPECT_TRUE(ops_host_rule(production, loopback).check("localhost:9464"));
    EXPECT_FALSE(ops_host_rule(production, loopback).check("evil.example"));
    EXPECT_TRUE(ops_host_rule(production, {"0.0.0.0", 9464}).check("order:9464"));
    EXPECT_TRUE(host_rule(production, loopback).check("shop.example"));
}

}  // namespace
}  // namespace tw::runtime
