#include "kit/simulation/disk/disk_image.hpp"

#include <algorithm>
#include <cstring>

namespace tw::simulation {

std::size_t DiskImage::read(std::size_t offset, std::span<std::uint8_t> out) const {
    if (offset >= size_) return 0;
    out = out.first(std::min(out.size(), size_ - offset));
    for (auto left = out; !left.empty();) {
        const auto within = offset % kBlockBytes;
        const auto count = std::min(left.size(), kBlockBytes - within);
        std::memcpy(left.data(), blocks_[offset / kBlockBytes].data() + within, count);
        left = left.subspan(count);
        offset += count;
    }
    return out.size();
}

void DiskImage::write(std::size_t offset, std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    if (size_ < offset + bytes.size()) resize(offset + bytes.size());
    while (!bytes.empty()) {
        const auto within = offset % kBlockBytes;
        const auto count = std::min(bytes.size(), kBlockBytes - within);
        std::memcpy(blocks_[offset / kBlockBytes].data() + within, bytes.data(), count);
        bytes = bytes.subspan(count);
        offset += count;
    }
}

void DiskImage::resize(std::size_t size) {
    const auto blocks = (size + kBlockBytes - 1) / kBlockBytes;
    while (blocks_.size() > blocks) blocks_.pop_back();
    if (size < size_ && size % kBlockBytes != 0) {
        auto& last = blocks_.back();
        std::fill(last.begin() + static_cast<std::ptrdiff_t>(size % kBlockBytes), last.end(), std::uint8_t{0});
    }
    while (blocks_.size() < blocks) blocks_.emplace_back(kBlockBytes);
    size_ = size;
}

std::vector<std::uint8_t> DiskImage::bytes() const {
    std::vector<std::uint8_t> all(size_);
    read(0, all);
    return all;
}

}  // namespace tw::simulation
