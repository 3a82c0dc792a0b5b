#include "services/mapping/card_number.hpp"

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(CardNumber, is_found_wherever_it_stands) {
    for (const auto* text : {"4242424242424242", "tok_4242424242424242!", "378282246310005", "a4242424242424242b",
                             "my card: 5555 5555 5555 4444, thanks",
                             "\xFF"
                             "4242424242424242\xFF"}) {
        EXPECT_TRUE(has_card_number(text)) << text;
    }
}

TEST(CardNumber, is_found_in_groups_with_spaces_dashes_and_dots) {
    for (const auto* text :
         {"4242 4242 4242 4242", "4242-4242-4242-4242", "4242.4242.4242.4242", "4242 - 4242 - 4242 - 4242", "3782 822463 10005",
          "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "4242\t4242\n4242\r\n4242", "4242\u00A04242\u202F4242\u20094242",
          "4242\u20134242\u20144242\u22124242", "4242\u00AD4242\u200B4242\u00B74242"}) {
        EXPECT_TRUE(has_card_number(text)) << text;
    }
}

TEST(CardNumber, is_found_in_digits_of_other_scripts) {
    for (const auto* text : {
             "４２４２４２４２４２４２４２４２",        // full-width
             "４２４２　４２４２　４２４２　４２４２",  // with ideographic spaces
             "４２４２－４２４２－４２４２－４２４２",  // with full-width hyphens
             "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢",                     // Arabic-Indic
             "4２4２4２4２4２4２4２4２",                // mixed
         }) {
        EXPECT_TRUE(has_card_number(text)) << text;
    }
}

TEST(CardNumber, is_found_next_to_other_numbers) {
    for (const auto* text :
         {"2 4242 4242 4242 4242", "4242 4242 4242 4242 123", "4242424242424242 12.27 123", "room 12: 4242424242424242",
          "0190b6a0-0000-7000-8000-000000000003 4242424242424242", "4242424242424242-0190b6a0-0000-7000-8000-000000000003"}) {
        EXPECT_TRUE(has_card_number(text)) << text;
    }
}

TEST(CardNumber, is_not_seen_in_tokens_and_other_numbers) {
    for (const auto* text :
         {"", "tok_ok", "tok_declined", "4242424242424241", "42424242424", "42424242424242424242", "1690000000000",
          "1767225600123456", "2026-11-29T21:50:20.123456Z", "4242/4242/4242/4242", "4242    4242424242424",
          "1, 2 and 4 2 4 2 of 4 2 4 2 4 2 4", "12 34 56 78 90 12 34 56 78 90 12 34 56 78 90"}) {
        EXPECT_FALSE(has_card_number(text)) << text;
    }
}

TEST(CardNumber, is_not_seen_in_uuids) {
    // The last three groups of the first one would be a card number.
    for (const auto* text : {"0190b6a0-000a-4242-8242-42424242424f", "0190b6a0-000a-4242-4242-42424242424f",
                             "42424242-4242-4242-8242-424242424242"}) {
        EXPECT_FALSE(has_card_number(text)) << text;
    }
    Random random{1};
    for (int i = 0; i < 20'000; ++i) {
        const auto id = random.uuid_v7(Timestamp::from_unix_micros(1'767'225'600'000'000 + i * 1'000'000LL)).to_string();
        ASSERT_FALSE(has_card_number(id)) << id;
        ASSERT_FALSE(has_card_number("pay/" + id + "/1")) << id;
    }
}

}  // namespace
}  // namespace tw
