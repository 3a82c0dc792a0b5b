#include "kit/runtime/program_name.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

TEST(ProgramName, names_what_is_called_after_it) {
    const ProgramName name{"corner-shop2"};
    EXPECT_EQ(name.text(), "corner-shop2");
    EXPECT_EQ(name.variable_prefix(), "CORNER_SHOP2_");
    EXPECT_EQ(name.variable("http.address"), "CORNER_SHOP2_HTTP_ADDRESS");
    EXPECT_EQ(name.settings_file(), "corner-shop2.toml");
    EXPECT_EQ(name.identity_prefix(), "spiffe://corner-shop2/");
    EXPECT_EQ(name.key_prefix(), "corner-shop2:");
}

TEST(ProgramName, that_cannot_stand_in_a_variable_or_a_uri_is_a_bug) {
    for (const auto* name : {"", "Shop", "2shop", "-shop", "corner shop", "shop/x", "shop:x", "caf\xe9"}) {
        EXPECT_THROW(ProgramName{name}, std::logic_error) << name;
    }
}

}  // namespace
}  // namespace tw::runtime
