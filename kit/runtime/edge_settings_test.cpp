#include "kit/runtime/edge_settings.hpp"

#include "kit/http/message.hpp"
#include "kit/runtime/core_settings.hpp"

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

Config edge_config(std::map<std::string, std::string> environment) {
    return Config::read("shop", all_settings("shop", {}, "/data"), {.environment = std::move(environment)}).value();
}

std::string fields_with(std::map<std::string, std::string> environment) {
    const auto options = edge_options(edge_config(std::move(environment))).value();
    std::string names;
    options.fields.for_each_in({}, [&names](const http::FixedFields::Field& field) { names += field.line; });
    return names;
}

TEST(EdgeSettingsTest, by_default_nobody_is_trusted_and_browsers_are_restricted) {
    const auto options = edge_options(edge_config({})).value();
    EXPECT_FALSE(options.proxies.any());
    EXPECT_TRUE(options.request_ids);
    EXPECT_EQ(fields_with({}),
              "x-content-type-options: nosniff\r\n"
              "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"
              "referrer-policy: no-referrer\r\n"
              "cache-control: private, no-cache\r\n");
    EXPECT_EQ(fields_with({{"SHOP_HTTP_SECURITY_HEADERS", "off"}}), "");
}

TEST(EdgeSettingsTest, browsers_are_bound_to_https_where_production_uses_it) {
    const auto has_hsts = [](std::map<std::string, std::string> environment) {
        return fields_with(std::move(environment)).find("strict-transport-security: max-age=31536000\r\n") != std::string::npos;
    };
    EXPECT_TRUE(has_hsts({{"SHOP_PROFILE", "production"}, {"SHOP_HTTP_TLS", "terminated-upstream"}}));
    EXPECT_FALSE(has_hsts({{"SHOP_PROFILE", "production"}}));
    EXPECT_FALSE(has_hsts({{"SHOP_HTTP_TLS", "terminated-upstream"}}));
    EXPECT_FALSE(
        has_hsts({{"SHOP_PROFILE", "production"}, {"SHOP_HTTP_TLS", "terminated-upstream"}, {"SHOP_HTTP_HSTS_SECONDS", "0"}}));
}

TEST(EdgeSettingsTest, a_list_of_proxies_that_cannot_be_read_is_a_wrong_setting) {
    const auto wrong = edge_options(edge_config({{"SHOP_HTTP_TRUSTED_PROXIES", "10.0.0.0/8, ten"}}));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().reason(), "BAD_CONFIG");
    EXPECT_NE(wrong.error().detail().find("http.trusted_proxies (from SHOP_HTTP_TRUSTED_PROXIES): \"ten\""), std::string::npos)
        << wrong.error().detail();
    EXPECT_TRUE(edge_options(edge_config({{"SHOP_HTTP_TRUSTED_PROXIES", "10.0.0.0/8,unix"}})).value().proxies.trusts("10.1.1.1"));
}

}  // namespace
}  // namespace tw::runtime
