#include "kit/simulation/disk/disk_image.hpp"

#include "kit/simulation/run/sequence.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(DiskImage, bytes_that_were_never_written_are_zeros_also_where_the_file_was_longer_before) {
    DiskImage image;
    image.write(40'000, Bytes(30'000, 7));
    image.resize(50'000);
    image.write(60'000, Bytes(1, 9));
    const auto bytes = image.bytes();
    ASSERT_EQ(bytes.size(), 60'001U);
    EXPECT_EQ(std::ranges::count(bytes, 0), 50'000);
    EXPECT_EQ(std::ranges::count(bytes, 7), 10'000);
    EXPECT_EQ(bytes[39'999], 0);
    EXPECT_EQ(bytes[50'000], 0);
    EXPECT_EQ(bytes.back(), 9);
}

TEST(DiskImage, a_read_ends_where_the_file_ends) {
    DiskImage image;
    image.write(0, Bytes(20'000, 1));
    Bytes out(100, 5);
    EXPECT_EQ(image.read(19'950, out), 50U);
    EXPECT_EQ(std::ranges::count(out, 1), 50);
    EXPECT_EQ(image.read(20'000, out), 0U);
}

/// Operations on an image and on a vector give equal bytes.
TEST(DiskImage, writes_and_sizes_of_any_kind_do_what_they_do_to_a_vector) {
    constexpr std::uint64_t kSizeMax = 100'000;
    std::uint64_t random = 1;
    const auto below = [&random](std::uint64_t bound) { return next_in_sequence(random) % bound; };
    DiskImage image;
    Bytes expected;
    for (int step = 0; step < 2'000; ++step) {
        const auto place = below(kSizeMax);
        if (below(4) == 0) {
            image.resize(place);
            expected.resize(place);
        } else {
            const Bytes bytes(1 + below(20'000), static_cast<std::uint8_t>(1 + below(255)));
            image.write(place, bytes);
            expected.resize(std::max(expected.size(), place + bytes.size()));
            std::ranges::copy(bytes, expected.begin() + static_cast<std::ptrdiff_t>(place));
        }
        ASSERT_EQ(image.bytes(), expected) << "after step " << step;
    }
}

}  // namespace
}  // namespace tw::simulation
