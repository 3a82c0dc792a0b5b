#include "kit/base/clock.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(Timestamp, writes_rfc3339_with_microseconds) {
    EXPECT_EQ(Timestamp{}.to_string(), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(Timestamp::from_unix_micros(1'700'000'000'000'001).to_string(), "2023-11-14T22:13:20.000001Z");
    EXPECT_EQ(Timestamp::from_unix_micros(-1).to_string(), "1969-12-31T23:59:59.999999Z");
}

TEST(Timestamp, reads_what_it_writes) {
    for (const std::int64_t micros : {0LL, 1LL, 951'826'554'123'456LL, 4'102'444'799'999'999LL}) {
        const auto moment = Timestamp::from_unix_micros(micros);
        EXPECT_EQ(Timestamp::parse(moment.to_string()), moment);
    }
}

TEST(Timestamp, reads_offsets_and_short_fractions) {
    EXPECT_EQ(Timestamp::parse("2024-02-29T13:00:00.5+01:30"), Timestamp::parse("2024-02-29T11:30:00.500000Z"));
    EXPECT_EQ(Timestamp::parse("2024-02-29T11:30:00.1234567Z"), Timestamp::parse("2024-02-29T11:30:00.123456Z"));
}

TEST(Timestamp, each_part_is_refused_from_its_first_value_out_of_range) {
    EXPECT_TRUE(Timestamp::parse("2026-12-31T23:59:59+23:59"));
    for (const auto* text : {"2026-12-31T24:00:00Z", "2026-12-31T23:60:00Z", "2026-12-31T23:59:60Z", "2026-12-31T23:59:59+24:00",
                             "2026-12-31T23:59:59+23:60", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z"}) {
        EXPECT_EQ(Timestamp::parse(text), std::nullopt) << text;
    }
}

TEST(Timestamp, refuses_everything_else) {
    for (const auto* text : {"", "2024", "2023-02-29T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T24:00:00Z",
                             "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zx", "2024-01-01T00:00:00+25:00",
                             "-024-01-01T00:00:00Z", "2024-1-01T00:00:00Z", "2024-01-01T00:00:00.1234567891Z"}) {
        EXPECT_EQ(Timestamp::parse(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace tw
