#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tw::simulation {

/// The bytes of a file on a simulated disk.
///
/// Problem: logs grow by a page at a time to several megabytes, and a vector that grows is copied as a whole into fresh
/// memory. Solution: the bytes lie in blocks, which stay where they are.
class DiskImage {
 public:
    std::size_t size() const { return size_; }
    /// Copies what is there to be read; returns how many bytes that was.
    std::size_t read(std::size_t offset, std::span<std::uint8_t> out) const;
    /// What lies between the end and `offset` becomes zeros.
    void write(std::size_t offset, std::span<const std::uint8_t> bytes);
    /// New bytes are zeros.
    void resize(std::size_t size);
    std::vector<std::uint8_t> bytes() const;

 private:
    /// Small enough for the heap, which has such blocks again when files are truncated and grow again.
    static constexpr std::size_t kBlockBytes = 16 * 1024;

    std::size_t size_ = 0;
    /// Bytes of the last one that lie beyond the end are zeros.
    std::vector<std::vector<std::uint8_t>> blocks_;
};

}  // namespace tw::simulation
