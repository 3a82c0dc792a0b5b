#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tw::simulation {

/// The bytes of a file on a simulated disk.
///
/// Problem: logs grow by a page at a time to several megabytes, and a vector that grows is copied
/// as a whole into new memory. Solution: the bytes are in blocks, which are not moved.
class DiskImage {
 public:
    std::size_t size() const { return size_; }
    /// Copies the bytes that exist from `offset` on. Returns how many were copied.
    std::size_t read(std::size_t offset, std::span<std::uint8_t> out) const;
    /// Writes bytes. The bytes between the end and `offset` become zeros.
    void write(std::size_t offset, std::span<const std::uint8_t> bytes);
    /// Changes the size. New bytes are zeros.
    void resize(std::size_t size);
    std::vector<std::uint8_t> bytes() const;

 private:
    /// Blocks are small enough for the heap, which reuses them when files are truncated and grow
    /// again.
    static constexpr std::size_t kBlockBytes = 16 * 1024;

    std::size_t size_ = 0;
    /// The blocks of the file. Bytes of the last block beyond the end of the file are zeros.
    std::vector<std::vector<std::uint8_t>> blocks_;
};

}  // namespace tw::simulation
