#include "kit/runtime/config.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Setting> settings() {
    return {address_setting("http.address", "127.0.0.1:8080", "Where").with_option("--http"),
            integer_setting("http.body_bytes_max", 1024, 1, 4096, Unit::bytes, "How much"),
            integer_setting("shutdown.grace_ms", 0, 0, 20'000, Unit::milliseconds, "How long"),
            integer_setting("order.reservation_ttl_minutes", 30, 1, 1440, Unit::minutes, "How long"),
            flag_setting("ports.auto", false, "Free ports"),
            choice_setting("profile", "dev", {"dev", "production"}, "Which"),
            url_setting("database.url", "", {"sqlite:", "postgresql:"}, "Where").with_alias("DATABASE_URL"),
            endpoint_setting("user.url", "", "Where").with_alias("USER_SERVICE_URL"),
            text_setting("api.key", "", "What").as_secret()};
}

Config read(const Sources& sources) {
    auto config = Config::read("shop", settings(), sources);
    if (!config) throw std::runtime_error{config.error().violations().at(0).detail};
    return std::move(*config);
}

std::string fault_of(const Sources& sources) {
    const auto config = Config::read("shop", settings(), sources);
    if (config) return "(none)";
    EXPECT_EQ(config.error().reason(), "BAD_CONFIG");
    return config.error().violations().at(0).detail;
}

TEST(Config, takes_the_default_where_nobody_says_anything) {
    const auto config = read({});
    EXPECT_EQ(config.text("http.address"), "127.0.0.1:8080");
    EXPECT_EQ(config.text("http.body_bytes_max"), "1024");
    EXPECT_EQ(config.text("ports.auto"), "false");
    EXPECT_EQ(config.entry("profile").origin, "default");
}

TEST(Config, a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default) {
    Sources sources{.file = {{"http.address", "127.0.0.1:1", "shop.toml:3"}}};
    EXPECT_EQ(read(sources).entry("http.address").origin, "shop.toml:3");
    sources.environment["SHOP_HTTP_ADDRESS"] = "127.0.0.1:2";
    EXPECT_EQ(read(sources).text("http.address"), "127.0.0.1:2");
    EXPECT_EQ(read(sources).entry("http.address").origin, "SHOP_HTTP_ADDRESS");
    sources.flags = {{"http.address", "127.0.0.1:3", "--http"}, {"http.address", "127.0.0.1:4", "--http"}};
    EXPECT_EQ(read(sources).text("http.address"), "127.0.0.1:4");
    EXPECT_EQ(read(sources).entry("http.address").origin, "--http");
}

TEST(Config, knows_the_names_that_other_tools_use_but_prefers_its_own) {
    Sources sources{.environment = {{"DATABASE_URL", "sqlite:a"}, {"USER_SERVICE_URL", "http://user:50051"}}};
    EXPECT_EQ(read(sources).text("database.url"), "sqlite:a");
    EXPECT_EQ(read(sources).text("user.url"), "http://user:50051");
    sources.environment["SHOP_DATABASE_URL"] = "sqlite:b";
    EXPECT_EQ(read(sources).text("database.url"), "sqlite:b");
}

TEST(Config, an_empty_variable_is_unset) {
    EXPECT_EQ(read({.environment = {{"SHOP_HTTP_ADDRESS", ""}}}).entry("http.address").origin, "default");
}

/// A setting that was called "edge.tls".
std::vector<Setting> renamed() {
    auto setting = choice_setting("http.tls", "auto", {"auto", "off"}, "Whether");
    setting.former_key = "edge.tls";
    return {std::move(setting)};
}

TEST(Config, a_former_key_works_in_every_source_and_names_the_new_one_in_a_warning) {
    const auto file = Config::read("shop", renamed(), {.file = {{"edge.tls", "off", "shop.toml:3"}}}).value();
    EXPECT_EQ(file.text("http.tls"), "off");
    EXPECT_EQ(file.entry("http.tls").origin, "shop.toml:3");
    EXPECT_THAT(file.warnings(), ElementsAre("edge.tls (from shop.toml:3) is now called http.tls; rename it"));
    const auto flag = Config::read("shop", renamed(), {.flags = {{"edge.tls", "off", "--set"}}}).value();
    EXPECT_EQ(flag.text("http.tls"), "off");
    EXPECT_THAT(flag.warnings(), ElementsAre("edge.tls (from --set) is now called http.tls; rename it"));
    const auto variable = Config::read("shop", renamed(), {.environment = {{"SHOP_EDGE_TLS", "off"}}}).value();
    EXPECT_EQ(variable.text("http.tls"), "off");
    EXPECT_EQ(variable.entry("http.tls").origin, "SHOP_EDGE_TLS");
    EXPECT_THAT(variable.warnings(), ElementsAre("SHOP_EDGE_TLS is now called SHOP_HTTP_TLS; rename it"));
}

TEST(Config, the_key_and_the_former_key_together_are_an_error_that_names_both) {
    const auto fault = [](const Sources& sources) {
        return Config::read("shop", renamed(), sources).error().violations().at(0).detail;
    };
    EXPECT_EQ(fault({.environment = {{"SHOP_EDGE_TLS", "off"}, {"SHOP_HTTP_TLS", "off"}}}),
              "SHOP_EDGE_TLS and SHOP_HTTP_TLS are two names of one setting; remove SHOP_EDGE_TLS");
    EXPECT_EQ(fault({.flags = {{"http.tls", "off", "--set"}}, .file = {{"edge.tls", "off", "shop.toml:3"}}}),
              "edge.tls (from shop.toml:3) and http.tls (from --set) are two names of one setting; "
              "remove edge.tls (from shop.toml:3)");
}

TEST(Config, an_empty_variable_of_a_former_key_is_unset) {
    const auto config = Config::read("shop", renamed(), {.environment = {{"SHOP_EDGE_TLS", ""}, {"SHOP_HTTP_TLS", "off"}}});
    EXPECT_EQ(config.value().text("http.tls"), "off");
    EXPECT_THAT(config.value().warnings(), IsEmpty());
}

TEST(Config, a_value_that_a_former_key_may_not_have_is_an_error_with_the_place) {
    const auto config = Config::read("shop", renamed(), {.file = {{"edge.tls", "on", "shop.toml:3"}}});
    EXPECT_EQ(config.error().violations().at(0).detail, "http.tls (from shop.toml:3) is \"on\" but must be one of: auto, off");
}

TEST(Config, an_unknown_key_of_the_file_fails_with_a_suggestion) {
    EXPECT_EQ(fault_of({.file = {{"http.adress", "x:1", "shop.toml:7"}}}),
              "shop.toml:7: there is no setting http.adress; did you mean http.address?");
    EXPECT_EQ(fault_of({.file = {{"entirely.different", "1", "shop.toml:1"}}}),
              "shop.toml:1: there is no setting entirely.different");
}

TEST(Config, an_unknown_variable_with_our_prefix_is_ignored_with_a_warning_that_names_the_near_miss) {
    const auto near = read({.environment = {{"SHOP_HTTP_ADRESS", "127.0.0.1:1"}}});
    EXPECT_EQ(near.text("http.address"), "127.0.0.1:8080");
    EXPECT_THAT(near.warnings(), testing::ElementsAre(testing::AllOf(HasSubstr("SHOP_HTTP_ADRESS"),
                                                                     HasSubstr("did you mean SHOP_HTTP_ADDRESS?"))));
    const auto own = read({.environment = {{"SHOP_BIN", "/usr/bin/shop"}}});
    EXPECT_THAT(own.warnings(), testing::ElementsAre(HasSubstr("SHOP_BIN")));
    EXPECT_THAT(own.warnings().front(), testing::Not(HasSubstr("did you mean")));
    EXPECT_THAT(read({.environment = {{"PATH", "/bin"}}}).warnings(), testing::IsEmpty());
}

TEST(Config, an_unknown_key_of_a_flag_is_refused_with_a_suggestion) {
    const auto fault = fault_of({.flags = {{"http.adress", "127.0.0.1:1", "--set"}}});
    EXPECT_THAT(fault, HasSubstr("--set"));
    EXPECT_THAT(fault, HasSubstr("did you mean http.address?"));
}

TEST(Config, white_space_and_line_ends_around_a_value_are_no_part_of_it) {
    const Sources sources{.flags = {{"shutdown.grace_ms", " 7\t", "--set"}},
                          .environment = {{"SHOP_HTTP_BODY_BYTES_MAX", "17\r"},
                                          {"DATABASE_URL", "sqlite:a\r\n"},
                                          {"SHOP_PROFILE", "\r\n"},
                                          {"SHOP_PORTS_AUTO", "yes\r"}},
                          .file = {{"http.address", "127.0.0.1:1\n", "shop.toml:1"}}};
    const auto config = read(sources);
    EXPECT_EQ(config.text("http.body_bytes_max"), "17");
    EXPECT_EQ(config.text("database.url"), "sqlite:a");
    EXPECT_EQ(config.text("profile"), "dev");
    EXPECT_EQ(config.text("ports.auto"), "true");
    EXPECT_EQ(config.text("http.address"), "127.0.0.1:1");
    EXPECT_EQ(config.text("shutdown.grace_ms"), "7");
}

TEST(Config, a_control_character_inside_a_value_is_refused_and_shown_escaped) {
    const auto fault = fault_of({.environment = {{"DATABASE_URL", "sqlite:a\r\nb"}}});
    EXPECT_THAT(fault, HasSubstr("control characters"));
    EXPECT_THAT(fault, HasSubstr("a\\r\\nb"));
    EXPECT_THAT(fault, testing::Not(HasSubstr("\r")));
}

TEST(Config, passes_over_the_service_links_of_kubernetes) {
    EXPECT_EQ(fault_of({.environment = {{"SHOP_SERVICE_HOST", "10.0.0.1"},
                                        {"SHOP_SERVICE_PORT_HTTP", "80"},
                                        {"SHOP_PORT", "tcp://10.0.0.1:80"},
                                        {"SHOP_PORT_80_TCP_ADDR", "10.0.0.1"}}}),
              "(none)");
}

TEST(Config, a_value_that_its_setting_does_not_allow_names_key_origin_and_range) {
    EXPECT_EQ(fault_of({.environment = {{"SHOP_HTTP_BODY_BYTES_MAX", "0"}}}),
              "http.body_bytes_max (from SHOP_HTTP_BODY_BYTES_MAX) is \"0\" but must be a whole number from 1 to 4096 bytes");
}

struct BadValue {
    const char* key;
    const char* value;
};
class RefusedValue : public testing::TestWithParam<BadValue> {};

TEST_P(RefusedValue, is_an_error_that_names_the_key) {
    EXPECT_THAT(fault_of({.flags = {{GetParam().key, GetParam().value, "--set"}}}),
                HasSubstr(std::string{GetParam().key} + " (from --set)"));
}

INSTANTIATE_TEST_SUITE_P(Table, RefusedValue,
                         testing::Values(BadValue{"http.body_bytes_max", "4097"}, BadValue{"http.body_bytes_max", "-1"},
                                         BadValue{"http.body_bytes_max", "1k"}, BadValue{"http.body_bytes_max", ""},
                                         BadValue{"http.body_bytes_max", "99999999999999999999"}, BadValue{"ports.auto", "maybe"},
                                         BadValue{"profile", "prod"}, BadValue{"http.address", "8080"},
                                         BadValue{"http.address", "localhost"}, BadValue{"user.url", "https://user:50051"},
                                         BadValue{"user.url", "http://user:50051/path"}, BadValue{"database.url", "nowhere"},
                                         BadValue{"database.url", "oracle://db"}));

TEST(Config, reports_all_problems_at_once) {
    const auto config = Config::read("shop", settings(), {.flags = {{"profile", "x", "--profile"}, {"nothing", "y", "--set"}}});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().violations().size(), 2U);
}

TEST(Config, flags_have_one_form_whatever_was_written) {
    for (const auto* text : {"Yes", "true", "on", "1"}) {
        EXPECT_EQ(read({.flags = {{"ports.auto", text, "--set"}}}).text("ports.auto"), "true") << text;
    }
}

TEST(Config, asking_for_what_nobody_declared_is_a_bug) { EXPECT_THROW(read({}).text("no.such"), std::logic_error); }

struct Masked {
    const char* url;
    const char* shown;
};
class MaskedUrl : public testing::TestWithParam<Masked> {};

TEST_P(MaskedUrl, hides_the_password_and_nothing_else) {
    const auto config = read({.flags = {{"database.url", GetParam().url, "--set"}}});
    EXPECT_EQ(config.entry("database.url").shown(), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(Table, MaskedUrl,
                         testing::Values(Masked{"sqlite:data/user.sqlite", "sqlite:data/user.sqlite"},
                                         Masked{"postgresql://ann@db:5432/shop", "postgresql://ann@db:5432/shop"},
                                         Masked{"postgresql://ann:s3cret@db:5432/shop", "postgresql://ann:***@db:5432/shop"},
                                         Masked{"postgresql://ann:s3/cr@t@db/shop", "postgresql://ann:***@db/shop"},
                                         Masked{"postgresql://db:5432/shop", "postgresql://db:5432/shop"},
                                         Masked{"postgresql://db/shop?user=a&Password=s3cret&x=1",
                                                "postgresql://db/shop?user=a&Password=***&x=***"}));

TEST(Config, a_password_in_an_address_is_masked_in_the_error_about_it) {
    for (const auto& setting : {address_setting("target", "127.0.0.1:1", "What"), endpoint_setting("target", "", "What"),
                                url_setting("target", "", {"sqlite:", "postgresql://"}, "What")}) {
        const auto config =
            Config::read("shop", {setting}, {.flags = {{"target", "http://ann:s3cret@user:50051/x?password=hunter2", "--set"}}});
        ASSERT_FALSE(config);
        EXPECT_THAT(config.error().violations().at(0).detail, HasSubstr("\"http://ann:***@user:50051/x?password=***\""));
    }
}

TEST(Config, shows_a_secret_as_stars_even_in_an_error) {
    EXPECT_EQ(read({.flags = {{"api.key", "hunter2", "--set"}}}).entry("api.key").shown(), "***");
    auto secret = integer_setting("pin", 1, 1, 9, Unit::count, "What").as_secret();
    const auto config = Config::read("shop", {secret}, {.flags = {{"pin", "1234", "--set"}}});
    ASSERT_FALSE(config);
    EXPECT_THAT(config.error().violations().at(0).detail, testing::Not(HasSubstr("1234")));
}

TEST(Toml, tables_become_dotted_keys_that_know_their_line) {
    const auto read = read_toml("profile = \"dev\"\n[http]\naddress = \"a:1\"\nbody_bytes_max = 7\n[a.b]\nc = true\n", "t.toml");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 4U);
    const auto find = [&](std::string_view key) {
        return *std::find_if(read->begin(), read->end(), [&](const Assignment& one) { return one.key == key; });
    };
    EXPECT_EQ(find("http.address").origin, "t.toml:3");
    EXPECT_EQ(find("http.body_bytes_max").value, "7");
    EXPECT_EQ(find("a.b.c").value, "true");
}

TEST(Toml, what_no_setting_takes_is_refused_with_its_place) {
    for (const auto* bad : {"a = 1.5", "a = [1]", "a = ", "a = 1\na = 2", "= 3", "[a"}) {
        const auto read = read_toml(bad, "t.toml");
        ASSERT_FALSE(read) << bad;
        EXPECT_THAT(read.error().detail(), HasSubstr("t.toml:")) << bad;
    }
}

TEST(Closest, finds_typing_mistakes_and_does_not_guess) {
    const std::vector<std::string> known{"http.address", "ops.address", "log.level"};
    EXPECT_EQ(closest("htpt.address", known), "http.address");
    EXPECT_EQ(closest("LOG.LEVLE", known), "log.level");
    EXPECT_EQ(closest("completely", known), "");
}

}  // namespace
}  // namespace tw::runtime
