#include "kit/simulation/disk/disk_file.hpp"

#include <algorithm>

namespace tw::simulation {
namespace {

/// More memory than this is given back after a sync.
constexpr std::size_t kWrittenBytesKept = 256 * 1024;

}  // namespace

void DiskFile::write(std::size_t offset, std::span<const std::uint8_t> bytes) {
    content_.write(offset, bytes);
    changes_.push_back({.offset = offset, .begin = written_.size(), .count = bytes.size()});
    written_.insert(written_.end(), bytes.begin(), bytes.end());
}

void DiskFile::resize(std::size_t size) {
    content_.resize(size);
    changes_.push_back({.offset = size, .begin = written_.size(), .count = 0, .resize = true});
}

void DiskFile::sync() {
    for (const auto& change : changes_) apply(durable_, change);
    forget_changes();
}

void DiskFile::sync_partly(const Choose& choose) {
    for (const auto& change : changes_) apply_some(durable_, change, choose);
    forget_changes();
}

void DiskFile::lose_power(const Choose& choose) {
    sync_partly(choose);
    content_ = durable_;
}

void DiskFile::forget_changes() {
    changes_.clear();
    written_.clear();
    if (written_.capacity() > kWrittenBytesKept) std::vector<std::uint8_t>{}.swap(written_);
}

std::span<const std::uint8_t> DiskFile::bytes_of(const Change& change) const {
    return std::span{written_}.subspan(change.begin, change.count);
}

void DiskFile::apply(DiskImage& image, const Change& change) const {
    if (change.resize) {
        image.resize(change.offset);
    } else {
        image.write(change.offset, bytes_of(change));
    }
}

void DiskFile::apply_some(DiskImage& image, const Change& change, const Choose& choose) const {
    enum : std::uint64_t { lasts, lost, torn, kinds };
    const auto fate = choose(kinds);
    if (fate == lost) return;
    if (fate == lasts || change.resize) return apply(image, change);
    const auto bytes = bytes_of(change);
    for (std::size_t at = 0; at < bytes.size();) {
        const auto sector_end = ((change.offset + at) / kSectorBytes + 1) * kSectorBytes - change.offset;
        const auto count = std::min(sector_end, bytes.size()) - at;
        if (choose(2) == 0) image.write(change.offset + at, bytes.subspan(at, count));
        at += count;
    }
}

}  // namespace tw::simulation
