#include "kit/net/h2/h2_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <sys/mman.h>

namespace tw::net {
namespace {

/// Returns pages to the system, which gives zeroed pages when they are used again.
void drop_pages(std::byte* begin, std::size_t bytes) { ::madvise(begin, bytes, MADV_DONTNEED); }

bool is_zero(const std::byte* begin, std::size_t bytes) {
    // The first byte is zero and each byte equals the one before it.
    return *begin == std::byte{0} && std::memcmp(begin, begin + 1, bytes - 1) == 0;
}

}  // namespace

void* H2Memory::take(std::size_t bytes) {
    if (bytes >= kPageBytes) return take_large(bytes);
    const auto index = bytes == 0 ? 0 : (bytes - 1) / kStepBytes;
    if (index >= kClasses) return std::malloc(bytes);
    auto& kept = kept_[index];
    if (kept.first == nullptr) return std::malloc((index + 1) * kStepBytes);
    auto* const piece = kept.first;
    std::memcpy(&kept.first, piece, sizeof(void*));
    --kept.count;
    return piece;
}

void* H2Memory::take_large(std::size_t bytes) {
    const auto whole = (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    auto* const piece = std::aligned_alloc(kPageBytes, whole);
    const auto free = std::ranges::find(large_, nullptr, &Large::begin);
    if (piece != nullptr && free != large_.end()) *free = {static_cast<std::byte*>(piece), whole};
    return piece;
}

void H2Memory::give(void* memory) {
    if (memory == nullptr) return;
    // malloc knows the size of a block. Storing it here would cost each block one or two pointers.
    const auto bytes = ::malloc_usable_size(memory);
    if (bytes >= kPageBytes) return give_large(memory);
    const auto index = bytes / kStepBytes - 1;
    if (index >= kClasses || kept_[index].count == kKeptMax) return std::free(memory);
    std::memcpy(memory, &kept_[index].first, sizeof(void*));
    kept_[index].first = memory;
    ++kept_[index].count;
}

void H2Memory::give_large(void* memory) {
    const auto known = std::ranges::find(large_, memory, &Large::begin);
    if (known != large_.end()) *known = {};
    std::free(memory);
}

void* H2Memory::resize(void* memory, std::size_t bytes) {
    auto* const larger = take(bytes);
    if (memory == nullptr || larger == nullptr) return larger;
    std::memcpy(larger, memory, std::min(bytes, ::malloc_usable_size(memory)));
    give(memory);
    return larger;
}

void H2Memory::trim() {
    for (auto& kept : kept_) {
        while (kept.first != nullptr) {
            auto* const piece = kept.first;
            std::memcpy(&kept.first, piece, sizeof(void*));
            std::free(piece);
        }
        kept.count = 0;
    }
    for (const auto& large : large_) {
        for (std::size_t at = 0; at < large.bytes; at += kPageBytes) {
            if (is_zero(large.begin + at, kPageBytes)) drop_pages(large.begin + at, kPageBytes);
        }
    }
}

void H2Memory::forget_content(const void* inside) {
    const auto* const at = static_cast<const std::byte*>(inside);
    for (const auto& large : large_) {
        if (at >= large.begin && at < large.begin + large.bytes) drop_pages(large.begin, large.bytes);
    }
}

}  // namespace tw::net
