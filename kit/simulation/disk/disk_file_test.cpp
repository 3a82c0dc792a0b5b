#include "kit/simulation/disk/disk_file.hpp"

#include "kit/simulation/run/sequence.hpp"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

std::string text(const DiskFile& file) {
    const auto content = file.content();
    return {content.begin(), content.end()};
}

void write(DiskFile& file, std::size_t offset, std::string_view bytes) {
    file.write(offset, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// A choice for lose_power: with `lasts` every change is kept, and with `is_lost` none.
std::uint64_t lasts(std::uint64_t) { return 0; }
std::uint64_t is_lost(std::uint64_t) { return 1; }

TEST(DiskFile, a_power_loss_takes_nothing_that_was_synced) {
    DiskFile file;
    write(file, 0, "abcdef");
    file.resize(4);
    file.sync();
    EXPECT_EQ(file.unsynced(), 0U);
    file.lose_power(is_lost);
    EXPECT_EQ(text(file), "abcd");
}

TEST(DiskFile, a_power_loss_may_take_what_was_not_synced) {
    DiskFile file;
    write(file, 0, "abcd");
    file.sync();
    write(file, 2, "XYZ");
    DiskFile lucky = file;
    lucky.lose_power(lasts);
    EXPECT_EQ(text(lucky), "abXYZ");
    EXPECT_EQ(text(file), "abXYZ") << "processes read it";
    file.lose_power(is_lost);
    EXPECT_EQ(text(file), "abcd");
}

TEST(DiskFile, a_write_is_torn_between_sectors_only) {
    std::set<std::string> seen;
    std::uint64_t state = 1;
    for (int i = 0; i < 200; ++i) {
        DiskFile file;
        write(file, 0, std::string(3 * DiskFile::kSectorBytes, 'a'));
        file.sync();
        // The write goes from the last byte of the first sector to the end of the third.
        write(file, DiskFile::kSectorBytes - 1, std::string(2 * DiskFile::kSectorBytes + 1, 'b'));
        file.lose_power([&](std::uint64_t below) { return below == 2 ? next_in_sequence(state) % 2 : std::uint64_t{2}; });
        const auto all = text(file);
        EXPECT_EQ(all[DiskFile::kSectorBytes - 2], 'a');
        std::string sectors{all[DiskFile::kSectorBytes - 1]};
        for (std::size_t sector = 1; sector < 3; ++sector) {
            const auto one = all.substr(sector * DiskFile::kSectorBytes, DiskFile::kSectorBytes);
            EXPECT_EQ(one, std::string(one.size(), one[0]));
            sectors += one[0];
        }
        seen.insert(sectors);
    }
    EXPECT_EQ(seen.size(), 8U);
}

TEST(DiskFile, what_a_failed_sync_has_dropped_is_read_and_yet_never_lasts) {
    DiskFile file;
    write(file, 0, "abcd");
    file.sync();
    write(file, 0, "XY");
    file.sync_partly(is_lost);
    EXPECT_EQ(text(file), "XYcd");
    file.sync();
    EXPECT_EQ(text(file), "XYcd");
    file.lose_power(lasts);
    EXPECT_EQ(text(file), "abcd");
}

TEST(DiskFile, reads_what_is_there) {
    DiskFile file;
    write(file, 3, "de");
    std::uint8_t out[4] = {9, 9, 9, 9};
    EXPECT_EQ(file.read(2, out), 3U);
    EXPECT_EQ(out[0], 0);
    EXPECT_EQ(out[2], 'e');
    EXPECT_EQ(out[3], 9);
    EXPECT_EQ(file.read(5, out), 0U);
}

}  // namespace
}  // namespace tw::simulation
