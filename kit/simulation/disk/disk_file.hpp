#pragma once

#include "kit/simulation/disk/disk_image.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tw::simulation {

/// Returns a number of [0, below), drawn from the seed.
using Choose = std::function<std::uint64_t(std::uint64_t below)>;

/// The content of a file on a simulated disk, in two versions: as processes read it, and as it
/// would be after a power loss. A change reaches the second version with the next sync.
class DiskFile {
 public:
    /// The unit that a disk writes completely or not at all.
    static constexpr std::size_t kSectorBytes = 512;

    std::size_t size() const { return content_.size(); }
    std::vector<std::uint8_t> content() const { return content_.bytes(); }
    /// Reads from `offset`, and returns the number of bytes that were read.
    std::size_t read(std::size_t offset, std::span<std::uint8_t> out) const { return content_.read(offset, out); }
    void write(std::size_t offset, std::span<const std::uint8_t> bytes);
    void resize(std::size_t size);

    /// Makes all changes durable.
    void sync();
    /// Makes a sync that fails, as on Linux: some of the changes become durable and some do not. A
    /// later sync does not write the others, although processes still read them.
    void sync_partly(const Choose& choose);
    /// Applies a power loss. Each change since the last sync is kept, is lost, or, if it is a
    /// write, is kept in some sectors.
    void lose_power(const Choose& choose);

    /// Returns the number of changes that no sync has made durable.
    std::size_t unsynced() const { return changes_.size(); }

 private:
    struct Change {
        std::size_t offset;
        /// The written bytes, as a part of `written_`.
        std::size_t begin;
        std::size_t count;
        /// If true, the change is not a write: the file's size becomes `offset`.
        bool resize = false;
    };

    void forget_changes();
    std::span<const std::uint8_t> bytes_of(const Change& change) const;
    void apply(DiskImage& image, const Change& change) const;
    void apply_some(DiskImage& image, const Change& change, const Choose& choose) const;

    DiskImage content_;
    DiskImage durable_;
    std::vector<Change> changes_;
    /// The bytes of all changes. The memory is kept for the next changes.
    std::vector<std::uint8_t> written_;
};

}  // namespace tw::simulation
