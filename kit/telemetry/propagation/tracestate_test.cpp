#include "kit/telemetry/propagation/tracestate.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

std::string state_of(std::string_view tracestate) {
    const auto state = parse_tracestate(tracestate);
    return state ? *state : "(none)";
}

TEST(Tracestate, is_passed_on_in_its_order) {
    EXPECT_EQ(state_of("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    EXPECT_EQ(state_of("fw529a3039@dt=FfAiHzs,1a-_*/=!~"), "fw529a3039@dt=FfAiHzs,1a-_*/=!~");
}

TEST(Tracestate, loses_blanks_and_empty_members) { EXPECT_EQ(state_of(" a=1 ,\t, ,b=2,"), "a=1,b=2"); }

TEST(Tracestate, that_is_malformed_is_dropped_alone) {
    for (const auto* bad : {"a", "=1", "a=", "A=1", "a=1,b", "a=1=2", "a b=1", "a =1", "-a=1", "a.b=1", "a=\x01", "a=\xC3\xA4",
                            "a=1;b=2=3", "a=,b=3"}) {
        EXPECT_EQ(state_of(bad), "(none)") << bad;
    }
}

TEST(Tracestate, holds_thirty_two_members_and_not_one_more) {
    std::string state = "k0=1";
    for (int i = 1; i < 32; ++i) state += ",k" + std::to_string(i) + "=1";
    EXPECT_EQ(state_of(state), state);
    EXPECT_EQ(state_of(state + ",k32=1"), "(none)");
}

TEST(Tracestate, keys_and_values_have_at_most256_characters) {
    EXPECT_EQ(state_of("a=" + std::string(256, 'v')), "a=" + std::string(256, 'v'));
    EXPECT_EQ(state_of("a=" + std::string(257, 'v')), "(none)");
    EXPECT_EQ(state_of(std::string(256, 'k') + "=1"), std::string(256, 'k') + "=1");
    EXPECT_EQ(state_of(std::string(257, 'k') + "=1"), "(none)");
}

TEST(Tracestate, that_is_too_long_loses_long_members_first_then_the_last) {
    const auto longer = "long=" + std::string(200, 'x');
    const auto with = [](char key) { return std::string(1, key) + "=" + std::string(98, 'v'); };
    EXPECT_EQ(state_of(with('a') + "," + longer + "," + with('b') + "," + with('c') + "," + with('d')),
              with('a') + "," + with('b') + "," + with('c') + "," + with('d'));
    EXPECT_EQ(state_of(with('a') + "," + with('b') + "," + with('c') + "," + with('d') + "," + with('e') + "," + with('f')),
              with('a') + "," + with('b') + "," + with('c') + "," + with('d') + "," + with('e'));
}

TEST(Tracestate, keeps_the_first_of_members_with_the_same_key) {
    EXPECT_EQ(state_of("foo=1,foo=1"), "foo=1");
    EXPECT_EQ(state_of("foo=1,bar=3,foo=2"), "foo=1,bar=3");
}

TEST(Tracestate, takes_every_character_that_the_grammar_has) {
    std::string value;
    for (char c = 0x20; c <= 0x7E; ++c) {
        if (c != ',' && c != '=') value += c;
    }
    const std::string key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@";
    EXPECT_EQ(state_of(key + "=" + value), key + "=" + value);
    EXPECT_EQ(state_of(key + "@a-z0-9_-*/=" + value), key + "@a-z0-9_-*/=" + value);
}

TEST(Tracestate, leading_spaces_belong_to_the_value_and_trailing_ones_do_not) { EXPECT_EQ(state_of("a=  1  ,b=2"), "a=  1,b=2"); }

TEST(Tracestate, an_at_sign_stands_anywhere_in_a_key_but_at_its_start) {
    const auto tenant = [](std::size_t tenant_bytes, std::size_t system_bytes) {
        return std::string(tenant_bytes, 't') + "@" + std::string(system_bytes, 'v') + "=1";
    };
    for (const auto& good : {std::string{"foo@=1,bar=2"}, std::string{"foo@@bar=1,bar=2"}, std::string{"foo@bar@baz=1,bar=2"},
                             std::string{"foo@1a=1"}, tenant(241, 14), tenant(242, 1), tenant(1, 15), tenant(241, 13)}) {
        EXPECT_EQ(state_of(good), good);
    }
    for (const auto& bad : {std::string{"@foo=1,bar=2"}, std::string{"@=1"}, tenant(242, 14), tenant(255, 1)}) {
        EXPECT_EQ(state_of(bad), "(none)") << bad;
    }
}

TEST(Tracestate, of_nothing_is_none) {
    for (const auto* empty : {"", " ", ",", " , ,\t"}) EXPECT_EQ(state_of(empty), "(none)");
}

}  // namespace
}  // namespace tw::telemetry
