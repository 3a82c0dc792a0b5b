#include "kit/base/gzip.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

/// The output of `printf hello | gzip -n`.
constexpr std::string_view kHello{
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25};

std::string unpacked(std::string_view bytes) {
    std::string out;
    EXPECT_TRUE(gunzip(bytes, 1 << 20, out));
    return out;
}

std::string reason(std::string_view bytes, std::size_t bytes_max = 100) {
    std::string out;
    const auto done = gunzip(bytes, bytes_max, out);
    EXPECT_LE(out.size(), bytes_max + 1);
    return done ? "" : done.error().reason();
}

TEST(Gzip, what_is_packed_comes_back) {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += std::to_string(i * 7919);
    for (const auto size : {std::size_t{0}, std::size_t{1}, std::size_t{32 * 1024}, text.size()}) {
        EXPECT_EQ(unpacked(gzip(text.substr(0, size))), text.substr(0, size));
    }
}

TEST(Gzip, what_others_packed_is_read) {
    EXPECT_EQ(unpacked(kHello), "hello");
    EXPECT_EQ(unpacked(std::string{kHello} + std::string{kHello}), "hellohello");
}

TEST(Gzip, more_than_the_limit_is_not_unpacked_however_small_it_came) {
    const auto bomb = gzip(std::string(100'000'000, '\0'));
    EXPECT_LT(bomb.size(), 1'000'000U);
    EXPECT_EQ(reason(bomb, 1000), "GZIP_TOO_LARGE");
    EXPECT_EQ(reason(kHello, 4), "GZIP_TOO_LARGE");
    EXPECT_EQ(reason(kHello, 5), "");
}

TEST(Gzip, damaged_bytes_are_refused) {
    EXPECT_EQ(reason(""), "MALFORMED_GZIP");
    EXPECT_EQ(reason("hello"), "MALFORMED_GZIP");
    EXPECT_EQ(reason(std::string{kHello} + "x"), "MALFORMED_GZIP");
    for (std::size_t cut = 0; cut < kHello.size(); ++cut) EXPECT_EQ(reason(kHello.substr(0, cut)), "MALFORMED_GZIP");
    auto flipped = std::string{kHello};
    flipped[12] ^= 1;
    EXPECT_NE(reason(flipped), "");
}

}  // namespace
}  // namespace tw
