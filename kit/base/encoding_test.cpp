#include "kit/base/encoding.hpp"

#include "kit/base/random.hpp"
#include "kit/base/secret.hpp"

#include <array>
#include <sstream>

#include <gtest/gtest.h>

namespace tw {
namespace {

using namespace std::string_literals;

TEST(Hex, reads_both_cases_and_nothing_else) {
    std::array<std::uint8_t, 2> bytes{};
    EXPECT_TRUE(read_hex("Ab0f", bytes));
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 2>{0xAB, 0x0F}));
    for (const auto* text : {"", "ab", "ab0g", "ab0f0", "a b0"}) EXPECT_FALSE(read_hex(text, bytes)) << text;
}

TEST(Base64, matches_the_vectors_of_rfc4648) {
    // The test vectors of RFC 4648 §10, without padding.
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64_encode(plain), encoded);
        EXPECT_EQ(base64_decode(encoded), plain);
    }
    EXPECT_EQ(base64_decode("Zg=="), "f");
}

TEST(Base64, refuses_other_characters_and_lengths) {
    for (const auto* text : {"Z", "Zg=x", "Z-==", "Zm9v\n", "=", "Zg==="}) EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

TEST(Base64, round_trips_any_bytes) {
    Random random{4};
    for (std::size_t size = 0; size < 100; ++size) {
        std::string bytes(size, '\0');
        random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), size});
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    }
}

TEST(PercentDecode, decodes_escapes_and_refuses_broken_ones) {
    EXPECT_EQ(percent_decode("a%20b%C3%A9"), "a b\xC3\xA9");
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode("a+b", true), "a b");
    for (const auto* text : {"%", "%2", "%zz", "a%4"}) EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

TEST(Utf8, accepts_well_formed_text_and_counts_code_points) {
    EXPECT_TRUE(is_utf8("Zoë 山 🜚"));
    EXPECT_EQ(utf8_length("Zoë 山 🜚"), 7U);
    EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF"));
}

TEST(Utf8, refuses_what_rfc3629_forbids) {
    const std::string bad[] = {"\x80"s,
                               "\xC3"s,
                               "\xC0\xAF"s,
                               "\xE0\x80\xAF"s,
                               "\xED\xA0\x80"s,
                               "\xF0\x80\x80\xAF"s,
                               "\xF4\x90\x80\x80"s,
                               "\xF8\x88\x80\x80\x80"s,
                               "a\xFF"s,
                               "\xE2\x82"s};
    for (const auto& text : bad) EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, finds_a_bad_byte_wherever_it_stands_in_a_word) {
    for (std::size_t at = 0; at < 24; ++at) {
        std::string text(24, 'a');
        text[at] = '\xFF';
        EXPECT_FALSE(is_utf8(text)) << at;
    }
}

TEST(PercentDecode, decodes_escapes_between_plain_runs) {
    EXPECT_EQ(percent_decode("plain%20and+more%2B"), "plain and+more+");
    EXPECT_EQ(percent_decode("plain%20and+more%2B", true), "plain and more+");
    EXPECT_EQ(percent_decode("plain%2"), std::nullopt);
}

TEST(JsonPlainLength, ends_before_the_first_character_that_needs_a_look) {
    for (int c = 0; c < 256; ++c) {
        const bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
        for (std::size_t at = 0; at < 20; ++at) {
            std::string text(20, 'a');
            text[at] = static_cast<char>(c);
            EXPECT_EQ(json_plain_length(text), plain ? text.size() : at) << c;
        }
    }
}

TEST(Secret, reads_as_stars_however_it_is_printed) {
    const Secret secret{"hunter2"};
    std::ostringstream out;
    out << secret;
    EXPECT_EQ(out.str(), "***");
    EXPECT_EQ(fmt::format("{}", secret), "***");
    EXPECT_EQ(secret.reveal(), "hunter2");
}

}  // namespace
}  // namespace tw
