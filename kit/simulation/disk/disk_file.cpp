#include "kit/simulation/disk/disk_file.hpp"

#include <algorithm>

namespace tw::simulation {

void DiskFile::write(std::size_t offset, std::span<const std::uint8_t> bytes) {
    content_.write(offset, bytes);
    changes_.push_back({.offset = offset, .bytes = {bytes.begin(), bytes.end()}});
}

void DiskFile::resize(std::size_t size) {
    content_.resize(size);
    changes_.push_back({.offset = size, .bytes = {}, .resize = true});
}

void DiskFile::sync() {
    for (const auto& change : changes_) apply(durable_, change);
    changes_.clear();
}

void DiskFile::sync_partly(const Choose& choose) {
    for (const auto& change : changes_) apply_some(durable_, change, choose);
    changes_.clear();
}

void DiskFile::lose_power(const Choose& choose) {
    sync_partly(choose);
    content_ = durable_;
}

void DiskFile::apply(DiskImage& image, const Change& change) {
    if (change.resize) {
        image.resize(change.offset);
    } else {
        image.write(change.offset, change.bytes);
    }
}

void DiskFile::apply_some(DiskImage& image, const Change& change, const Choose& choose) {
    enum : std::uint64_t { lasts, lost, torn, kinds };
    const auto fate = choose(kinds);
    if (fate == lost) return;
    if (fate == lasts || change.resize) return apply(image, change);
    const std::span<const std::uint8_t> bytes{change.bytes};
    for (std::size_t at = 0; at < bytes.size();) {
        const auto sector_end = ((change.offset + at) / kSectorBytes + 1) * kSectorBytes - change.offset;
        const auto count = std::min(sector_end, bytes.size()) - at;
        if (choose(2) == 0) image.write(change.offset + at, bytes.subspan(at, count));
        at += count;
    }
}

}  // namespace tw::simulation
