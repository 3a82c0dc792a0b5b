#include "kit/runtime/setting_table.hpp"

#include "kit/runtime/setting.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;

enum class Colour : std::uint8_t { red, green };

struct Paint {
    std::size_t cans = 3;
};

struct KioskSettings : Paint {
    std::chrono::seconds age{600};
    std::chrono::milliseconds pause{50};
    double share = 0.29;
    double tokens = 500;
    bool open = true;
    std::string sign = "Hello";
    Colour colour = Colour::green;
    net::Address address{"127.0.0.1", 80};
    std::optional<rpc::Target> supplier;
    std::string database;
};

SettingTable<KioskSettings> kiosk_settings() {
    using S = KioskSettings;
    return {
        {"cans_max", &S::cans, 1, 9, Unit::count, "How many"},
        {"age_minutes", &S::age, 0, 60, Unit::minutes, "How old"},
        {"pause_ms", &S::pause, 0, 60, Unit::milliseconds, "How long"},
        {"share_percent", &S::share, 0, 100, Unit::percent, "How much"},
        {"tokens_max", &S::tokens, 2, 1000, Unit::count, "How many"},
        {"open", &S::open, "Whether"},
        {"sign", &S::sign, "What", {.alias = "KIOSK_SIGN", .option = "--sign"}},
        {"colour", &S::colour, {{"red", Colour::red}, {"green", Colour::green}}, "Which"},
        {"address", &S::address, "Where"},
        {"supplier", &S::supplier, "From where"},
        {"database", &S::database, UrlSchemes{{"sqlite:"}}, "Which"},
    };
}

KioskSettings read_kiosk(std::vector<Assignment> flags) {
    return kiosk_settings().read(Config::read("shop", kiosk_settings().declare(), {.flags = std::move(flags)}).value());
}

TEST(SettingList, has_the_parts_between_separators_without_blanks) {
    EXPECT_EQ(split_list(" a, b ,,\tc,", ','), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(split_list("one two", ' '), (std::vector<std::string>{"one", "two"}));
    EXPECT_TRUE(split_list(" , ", ',').empty());
    EXPECT_TRUE(split_list("", ',').empty());
}

TEST(SettingTable, declares_what_its_struct_has_as_the_defaults) {
    std::vector<std::string> defaults;
    for (const auto& setting : kiosk_settings().declare()) {
        defaults.push_back(setting.fallback);
        EXPECT_EQ(find_fault(setting, setting.fallback), "") << setting.key;
    }
    EXPECT_THAT(defaults, testing::ElementsAre("3", "10", "50", "29", "500", "true", "Hello", "green", "127.0.0.1:80", "", ""));
    EXPECT_EQ(kiosk_settings().declare({{.cans = 7}})[0].fallback, "7");
}

TEST(SettingTable, gives_its_struct_unchanged_where_nobody_sets_anything) {
    const auto read = read_kiosk({});
    const KioskSettings usual;
    EXPECT_EQ(read.cans, usual.cans);
    EXPECT_EQ(read.age, usual.age);
    EXPECT_EQ(read.pause, usual.pause);
    EXPECT_DOUBLE_EQ(read.share, usual.share);
    EXPECT_DOUBLE_EQ(read.tokens, usual.tokens);
    EXPECT_EQ(read.open, usual.open);
    EXPECT_EQ(read.sign, usual.sign);
    EXPECT_EQ(read.colour, usual.colour);
    EXPECT_EQ(read.address, usual.address);
    EXPECT_FALSE(read.supplier);
    EXPECT_EQ(read.database, usual.database);
}

TEST(SettingTable, each_row_fills_its_member) {
    const auto read = read_kiosk({{"cans_max", "1", "--set"},
                                  {"age_minutes", "2", "--set"},
                                  {"pause_ms", "3", "--set"},
                                  {"share_percent", "4", "--set"},
                                  {"tokens_max", "5", "--set"},
                                  {"open", "off", "--set"},
                                  {"sign", "Hej", "--sign"},
                                  {"colour", "red", "--set"},
                                  {"address", "[::1]:6", "--set"},
                                  {"supplier", "http://depot:7", "--set"},
                                  {"database", "sqlite:x", "--set"}});
    EXPECT_EQ(read.cans, 1U);
    EXPECT_EQ(read.age, std::chrono::minutes{2});
    EXPECT_EQ(read.pause.count(), 3);
    EXPECT_DOUBLE_EQ(read.share, 0.04);
    EXPECT_DOUBLE_EQ(read.tokens, 5);
    EXPECT_FALSE(read.open);
    EXPECT_EQ(read.sign, "Hej");
    EXPECT_EQ(read.colour, Colour::red);
    EXPECT_EQ(read.address, (net::Address{"::1", 6}));
    ASSERT_TRUE(read.supplier);
    EXPECT_EQ(read.supplier->name(), "depot:7");
    EXPECT_EQ(read.database, "sqlite:x");
}

TEST(SettingTable, a_number_out_of_its_rows_range_is_refused_with_the_bounds) {
    const auto config = Config::read("shop", kiosk_settings().declare(), {.flags = {{"cans_max", "10", "--set"}}});
    ASSERT_FALSE(config);
    EXPECT_THAT(config.error().violations().at(0).detail,
                HasSubstr("cans_max (from --set) is \"10\" but must be a whole number"));
    EXPECT_THAT(config.error().violations().at(0).detail, HasSubstr("from 1 to 9"));
}

TEST(SettingTable, a_setting_has_the_other_names_of_its_row) {
    const auto sign = kiosk_settings().declare()[6];
    EXPECT_EQ(sign.option, "--sign");
    EXPECT_THAT(sign.aliases, testing::ElementsAre("KIOSK_SIGN"));
}

TEST(SettingTable, a_module_reads_its_own_section) {
    auto settings = kiosk_settings().declare();
    for (auto& setting : settings) setting.key = "kiosk." + setting.key;
    const auto config = Config::read("shop", settings, {.flags = {{"kiosk.cans_max", "4", "--set"}}}).value();
    EXPECT_EQ(ModuleConfig(config, "kiosk").read(kiosk_settings()).cans, 4U);
    EXPECT_THROW(kiosk_settings().read(config), std::logic_error) << "its keys have a section";
}

TEST(SettingTable, a_duration_has_a_unit_of_time) {
    const SettingTable<KioskSettings> table{{"pause", &KioskSettings::pause, 0, 9, Unit::bytes, "How long"}};
    EXPECT_THROW(table.declare(), std::logic_error);
}

}  // namespace
}  // namespace tw::runtime
