#pragma once

#include "kit/simulation/disk/disk_image.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tw::simulation {

/// A number of [0, below), drawn from the seed.
using Choose = std::function<std::uint64_t(std::uint64_t below)>;

/// The content of a file on a simulated disk, twice: as processes read it, and as it would be after a power loss. A change
/// reaches the second with the next sync.
class DiskFile {
 public:
    /// What a disk writes as a whole or not at all.
    static constexpr std::size_t kSectorBytes = 512;

    std::size_t size() const { return content_.size(); }
    std::vector<std::uint8_t> content() const { return content_.bytes(); }
    /// The number of bytes that were there to be read.
    std::size_t read(std::size_t offset, std::span<std::uint8_t> out) const { return content_.read(offset, out); }
    void write(std::size_t offset, std::span<const std::uint8_t> bytes);
    void resize(std::size_t size);

    /// Makes what was changed last.
    void sync();
    /// A sync that fails, as Linux has it: of what was changed, some lasts and some does not, and a later sync repeats none of
    /// it, though processes go on reading it.
    void sync_partly(const Choose& choose);
    /// The power is lost. Of what was changed since the last sync each change lasts, is lost, or of a write some sectors last.
    void lose_power(const Choose& choose);

    /// Changes that no sync has made last.
    std::size_t unsynced() const { return changes_.size(); }

 private:
    struct Change {
        std::size_t offset;
        std::vector<std::uint8_t> bytes;
        /// It is no write: the file's size becomes `offset`.
        bool resize = false;
    };

    static void apply(DiskImage& image, const Change& change);
    static void apply_some(DiskImage& image, const Change& change, const Choose& choose);

    DiskImage content_;
    DiskImage durable_;
    std::vector<Change> changes_;
};

}  // namespace tw::simulation
