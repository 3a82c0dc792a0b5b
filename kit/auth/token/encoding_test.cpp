#include "kit/auth/calls/bearer.hpp"
#include "kit/auth/token/base64url.hpp"
#include "kit/auth/token/strict_json.hpp"
#include "kit/auth/token/token_hash.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace tw::auth {
namespace {

TEST(Base64url, what_is_encoded_is_decoded) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
        bytes.push_back(static_cast<char>(i * 7));
    }
    // RFC 7515 appendix C.
    EXPECT_EQ(base64url_encode("\x03\xec\xff\xe0\xc1"), "A-z_4ME");
    EXPECT_EQ(base64url_decode(""), "");
}

TEST(Base64url, any_other_text_than_the_canonical_one_is_refused) {
    for (const auto* text : {"A", "AAAAA", "AA==", "AAA=", "A+z_", "A/z_", "AA\n", " AA", "AA AA", "AAé"}) {
        EXPECT_FALSE(base64url_decode(text)) << text;
    }
    EXPECT_FALSE(base64url_decode(std::string_view{"AA\0A", 4}));
    // Bits that belong to no byte.
    EXPECT_EQ(base64url_decode("AQ"), "\x01");
    EXPECT_FALSE(base64url_decode("AR"));
    EXPECT_EQ(base64url_decode("AQI"), "\x01\x02");
    EXPECT_FALSE(base64url_decode("AQJ"));
}

TEST(SameSecret, a_difference_is_found_at_every_place_of_texts_of_every_size) {
    for (std::size_t size = 0; size < 140; ++size) {
        const std::string secret(size, 'a');
        EXPECT_TRUE(same_secret(secret, std::string(size, 'a'))) << size;
        EXPECT_FALSE(same_secret(secret, std::string(size + 1, 'a'))) << size;
        for (std::size_t place = 0; place < size; ++place) {
            auto other = secret;
            other[place] = 'b';
            EXPECT_FALSE(same_secret(secret, other)) << size << " " << place;
        }
    }
}

TEST(StrictJson, an_object_is_read) {
    const auto object = read_strict_json(R"( {"a": "x", "b": {"c": [1, {"a": 2}]}} )");
    ASSERT_TRUE(object);
    EXPECT_EQ(string_member(*object, "a"), "x");
    EXPECT_FALSE(string_member(*object, "b"));
    EXPECT_FALSE(string_member(*object, "missing"));
    EXPECT_TRUE(read_strict_json("{}"));
}

TEST(StrictJson, members_that_come_twice_are_refused_at_every_depth) {
    EXPECT_FALSE(read_strict_json(R"({"a":1,"a":1})"));
    EXPECT_FALSE(read_strict_json(R"({"a":1,"\u0061":2})"));
    EXPECT_FALSE(read_strict_json(R"({"x":[{"a":{},"b":1,"a":{"c":1,"d":2}}]})"));
    EXPECT_TRUE(read_strict_json(R"({"a":{"a":{"a":1}}})"));
}

TEST(StrictJson, what_is_not_one_object_is_refused) {
    for (const auto* text :
         {"", " ", "[]", "1", "null", R"("a")", "{", "{}x", "{}{}", R"({"a":1,})", R"({'a':1})", R"({"a":01})", R"({"a":NaN})",
          "{}//", "\xef\xbb\xbf{}", "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", R"({"a":"\ud800"})"}) {
        EXPECT_FALSE(read_strict_json(text)) << text;
    }
    EXPECT_FALSE(read_strict_json(std::string_view{"{}\0", 3}));
}

TEST(StrictJson, depth_and_number_of_values_are_bounded) {
    const auto nested = [](int depth) { return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
    EXPECT_TRUE(read_strict_json(nested(7)));
    EXPECT_FALSE(read_strict_json(nested(8)));
    EXPECT_FALSE(read_strict_json(nested(100'000)));
    const auto list = [](std::string_view element, int count) {
        std::string text = R"({"a":[)";
        for (int i = 0; i < count; ++i) text.append(i == 0 ? "" : ",").append(element);
        return text + "]}";
    };
    for (const auto* element : {"1", "[]", "{}", "null", "true", "1.5", R"("x")", "18446744073709551615"}) {
        EXPECT_TRUE(read_strict_json(list(element, 998))) << element;
        EXPECT_FALSE(read_strict_json(list(element, 999))) << element;
    }
}

TEST(Bearer, the_scheme_is_read_in_any_case) {
    for (const auto* value : {"Bearer abc", "bearer abc", "BEARER   abc"}) {
        const rpc::Metadata metadata{{"authorization", value}};
        const auto found = find_bearer(metadata);
        EXPECT_EQ(found.kind, BearerKind::token) << value;
        EXPECT_EQ(found.token, "abc") << value;
    }
    EXPECT_EQ(find_bearer({}).kind, BearerKind::none);
}

TEST(Bearer, other_forms_and_second_fields_are_malformed) {
    for (const auto* value : {"", "Bearer", "Bearer ", "Bearer   ", "Basic YTpi", "abc", "Bearerabc"}) {
        const rpc::Metadata metadata{{"authorization", value}};
        EXPECT_EQ(find_bearer(metadata).kind, BearerKind::malformed) << value;
    }
    const rpc::Metadata twice{{"authorization", "Bearer a"}, {"authorization", "Bearer a"}};
    EXPECT_EQ(find_bearer(twice).kind, BearerKind::malformed);
}

TEST(Bearer, a_field_that_is_lent_counts_like_one_of_the_metadata) {
    using Field = std::pair<std::string_view, std::string_view>;
    const std::array lent{Field{"authorization", "Bearer abc"}};
    EXPECT_EQ(find_bearer({}, lent).token, "abc");
    EXPECT_EQ(find_bearer({{"authorization", "Bearer abc"}}, lent).kind, BearerKind::malformed);
    const std::array twice{Field{"authorization", "Bearer a"}, Field{"authorization", "Bearer a"}};
    EXPECT_EQ(find_bearer({}, twice).kind, BearerKind::malformed);
    const std::array other{Field{"x-shop", "Bearer abc"}};
    EXPECT_EQ(find_bearer({}, other).kind, BearerKind::none);
}

}  // namespace
}  // namespace tw::auth
