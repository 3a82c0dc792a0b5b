#include "services/mapping/unicode.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace tw::unicode {
namespace {

TEST(UnicodeFold, texts_that_differ_in_case_or_composition_alone_fold_to_the_same) {
    const std::pair<std::string_view, std::string_view> same[] = {
        {"ALICE", "alice"},
        {"ZOË", "zoë"},
        {"Zoe\u0308", "zoë"},                // put together of two
        {"\u212bngstr\u00f6m", "ångström"},  // ANGSTROM SIGN
        {"STRASSE", "straße"},
        {"STRA\u1e9eE", "strasse"},  // capital sharp s
        {"ΣΊΣΥΦΟΣ", "σίσυφος"},      // two small sigmas
        {"ПРИВЕТ", "привет"},
        {"ﬁle", "FILE"},  // ligature
        {"\u1E69", "s\u0323\u0307"},
        {"s\u0307\u0323", "s\u0323\u0307"},  // marks in another order
    };
    for (const auto& [one, other] : same) EXPECT_EQ(fold(one), fold(other)) << one << " and " << other;
}

TEST(UnicodeFold, what_is_another_text_stays_one_and_folding_twice_changes_nothing) {
    EXPECT_NE(fold("zoë"), fold("zoe"));
    EXPECT_NE(fold("\u0131"), fold("i"));  // the Turkish letter without a dot
    EXPECT_EQ(fold(""), "");
    for (const std::string_view text : {"\u0130stanbul", "STRA\u1e9eE", "\u1E69\u0345", "\U0001F469\u200D\U0001F680", "\uFB03"}) {
        EXPECT_EQ(fold(fold(text)), fold(text)) << text;
    }
}

TEST(UnicodeFold, bytes_that_are_no_utf8_stay_as_they_are) { EXPECT_EQ(fold("A\xff"), "a\xff"); }

TEST(UnicodeUnseen, controls_spaces_directions_and_fillers_are_unseen) {
    const std::string_view unseen[] = {"\x01",   "\x7f",   " ",      "\t",     "\u0085",    "\u00a0", "\u00ad",
                                       "\u034f", "\u061c", "\u115f", "\u180e", "\u2003",    "\u200b", "\u200d",
                                       "\u200e", "\u202e", "\u2028", "\u2060", "\u2066",    "\u2800", "\u3000",
                                       "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\U000e0041"};
    for (const auto text : unseen) {
        EXPECT_TRUE(has_unseen(text)) << testing::PrintToString(text);
        EXPECT_TRUE(has_unseen("a" + std::string{text})) << testing::PrintToString(text);
        EXPECT_TRUE(is_blank(text)) << testing::PrintToString(text);
        EXPECT_FALSE(is_blank(std::string{text} + "a")) << testing::PrintToString(text);
    }
    for (const std::string_view seen : {"a", "zoë", "日本", "\u0627", "\U0001F600", "e\u0301", "_"}) {
        EXPECT_FALSE(has_unseen(seen)) << seen;
        EXPECT_FALSE(is_blank(seen)) << seen;
    }
    // A private or unassigned character may be drawn, so it makes a name; an address may not have
    // it.
    for (const std::string_view unknown : {"\ue000", "\U000f0000", "\U000f23fc", "\u0378"}) {
        EXPECT_TRUE(has_unseen(unknown)) << unknown;
        EXPECT_FALSE(is_blank(unknown)) << unknown;
    }
    EXPECT_TRUE(is_blank(""));
    EXPECT_TRUE(has_unseen("\xff"));
}

TEST(UnicodeHost, a_name_has_one_ascii_form_however_it_is_written) {
    const std::pair<std::string_view, std::string_view> names[] = {
        {"EXAMPLE.com", "example.com"},
        {"exämple.com", "xn--exmple-cua.com"},
        {"EXÄMPLE.com", "xn--exmple-cua.com"},
        {"exa\u0308mple.com", "xn--exmple-cua.com"},
        {"XN--EXMPLE-CUA.com", "xn--exmple-cua.com"},
        {"straße.de", "xn--strae-oqa.de"},
        {"日本語\u3002jp", "xn--wgv71a119e.jp"},
        {"\uff25xample.com", "example.com"},
        {"localhost", "localhost"},
    };
    for (const auto& [name, ascii] : names) EXPECT_EQ(host_to_ascii(name), ascii) << name;
}

TEST(UnicodeHost, what_is_no_name_has_none) {
    const std::string names[] = {"",
                                 ".",
                                 "a..b",
                                 ".a",
                                 "a.",
                                 "a.\u3002b",
                                 "-a.com",
                                 "a-.com",
                                 "my_host.com",
                                 "a b.com",
                                 "a/b",
                                 "xn--a",
                                 "xn--zzzz-.com",
                                 "\u2603.com",
                                 "a\u202e.com",
                                 "ä_b.com",
                                 "\xff.com",
                                 std::string{"a\0ä", 4},
                                 std::string(64, 'a') + ".com",
                                 std::string(60, 'a') + "ääää.com"};
    for (const auto& name : names) EXPECT_FALSE(host_to_ascii(name)) << name;
    EXPECT_TRUE(host_to_ascii(std::string(63, 'a') + ".com"));
    std::string long_name;
    while (long_name.size() < 250) long_name += "a.";
    EXPECT_TRUE(host_to_ascii(long_name + "aaa"));
    EXPECT_FALSE(host_to_ascii(long_name + "aaaa"));
}

}  // namespace
}  // namespace tw::unicode
