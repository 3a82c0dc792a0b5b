#include "kit/net/h2_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace tw::net {

void* H2Memory::take(std::size_t bytes) {
    const auto index = bytes == 0 ? 0 : (bytes - 1) / kStepBytes;
    if (index < kClasses) {
        auto& kept = kept_[index];
        if (kept.first != nullptr) {
            auto* const header = kept.first;
            kept.first = header->next;
            --kept.count;
            return header + 1;
        }
        bytes = (index + 1) * kStepBytes;
    }
    auto* const header = static_cast<Header*>(std::malloc(sizeof(Header) + bytes));
    if (header == nullptr) return nullptr;
    header->bytes = bytes;
    return header + 1;
}

void H2Memory::give(void* memory) {
    if (memory == nullptr) return;
    auto* const header = static_cast<Header*>(memory) - 1;
    const auto index = header->bytes / kStepBytes - 1;
    if (header->bytes > kClasses * kStepBytes || kept_[index].count == kKeptMax) return std::free(header);
    header->next = kept_[index].first;
    kept_[index].first = header;
    ++kept_[index].count;
}

void* H2Memory::resize(void* memory, std::size_t bytes) {
    auto* const larger = take(bytes);
    if (memory == nullptr || larger == nullptr) return larger;
    std::memcpy(larger, memory, std::min(bytes, (static_cast<Header*>(memory) - 1)->bytes));
    give(memory);
    return larger;
}

void H2Memory::trim() {
    for (auto& kept : kept_) {
        while (kept.first != nullptr) {
            auto* const header = kept.first;
            kept.first = header->next;
            std::free(header);
        }
        kept.count = 0;
    }
}

}  // namespace tw::net
