#pragma once

#include "services/console/archive/key_blocks.hpp"
#include "services/console/record.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tw::console {

/// Knows in which row of a file each trace is: a hash table with open addressing, which takes 20
/// bytes for each of its places.
class TraceRows {
 public:
    void clear() {
        places_.clear();
        size_ = 0;
    }
    /// The trace's row; 0 if it has none.
    std::int64_t find(const TraceId& id) const { return places_.empty() ? 0 : places_[place_of(id)].row; }
    /// `row` is from 1 to 2^32 - 1.
    void add(const TraceId& id, std::int64_t row) {
        if ((size_ + 1) * 4 > places_.size() * 3) grow();
        auto& place = places_[place_of(id)];
        if (place.row == 0) ++size_;
        place = {id, static_cast<std::uint32_t>(row)};
    }

 private:
    static constexpr std::size_t kPlacesAtFirst = 1024;

    struct Place {
        TraceId id{};
        std::uint32_t row = 0;
    };

    /// The place of the id, or the free one where it would be.
    std::size_t place_of(const TraceId& id) const {
        const auto mask = places_.size() - 1;
        // The finisher of MurmurHash3, since ids of some senders are not random.
        auto mixed = key_of(id);
        mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdULL;
        auto at = static_cast<std::size_t>(mixed ^ (mixed >> 33)) & mask;
        while (places_[at].row != 0 && places_[at].id != id) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        std::vector<Place> before(places_.empty() ? kPlacesAtFirst : places_.size() * 2);
        before.swap(places_);
        for (const auto& place : before) {
            if (place.row != 0) places_[place_of(place.id)] = place;
        }
    }

    std::vector<Place> places_;
    std::size_t size_ = 0;
};

}  // namespace tw::console
