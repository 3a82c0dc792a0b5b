#include "kit/base/uuid.hpp"

#include "kit/base/random.hpp"

#include <set>

#include <gtest/gtest.h>

namespace tw {
namespace {

const Timestamp kNow = Timestamp::from_unix_micros(1'645'557'742'000'000);

TEST(Uuid, version7_holds_the_milliseconds_version_and_variant) {
    Random random{1};
    const auto uuid = random.uuid_v7(kNow);
    // The timestamp is that of the example in RFC 9562, appendix A.6.
    EXPECT_EQ(uuid.to_string().substr(0, 15), "017f22e2-79b0-7");
    EXPECT_EQ(uuid.version(), 7);
    EXPECT_EQ(uuid.bytes()[8] & 0xC0, 0x80);
}

TEST(Uuid, those_of_one_generator_ascend_even_when_the_clock_steps_back) {
    Random random{2};
    std::set<Uuid> seen;
    Uuid last;
    for (int i = 0; i < 20'000; ++i) {
        const auto uuid = random.uuid_v7(i < 10'000 ? kNow : kNow - std::chrono::seconds{5});
        EXPECT_LT(last, uuid);
        last = uuid;
        seen.insert(uuid);
    }
    EXPECT_EQ(seen.size(), 20'000U);
}

TEST(Uuid, text_and_bytes_agree) {
    const auto uuid = Uuid::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");
    ASSERT_TRUE(uuid);
    EXPECT_EQ(uuid->to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    EXPECT_EQ(Uuid::parse(uuid->to_string()), uuid);
}

TEST(Uuid, refuses_other_forms) {
    for (const auto* text : {"", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
                             "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2_79b0_7cc3_98c4_dc0c0c07398f",
                             "017f22e2-79b0-7cc3-98c4-dc0c0c07398f "}) {
        EXPECT_EQ(Uuid::parse(text), std::nullopt) << text;
    }
}

TEST(Uuid, every_dash_must_be_there) {
    const std::string sound = "01a208f6-1111-7222-8333-444455556666";
    ASSERT_TRUE(Uuid::parse(sound));
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
        auto text = sound;
        text[dash] = '0';
        EXPECT_EQ(Uuid::parse(text), std::nullopt) << text;
    }
}

TEST(Random, draws_from_the_system_differ) {
    Random one;
    Random other;
    EXPECT_NE(one.next(), other.next());
}

TEST(Random, the_same_seed_gives_the_same_stream) {
    Random one{42};
    Random other{42};
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(one.next(), other.next());
}

TEST(Random, uniform_stays_below_one) {
    Random random{3};
    for (int i = 0; i < 10'000; ++i) {
        const auto value = random.uniform();
        EXPECT_GE(value, 0.0);
        EXPECT_LT(value, 1.0);
    }
}

}  // namespace
}  // namespace tw
