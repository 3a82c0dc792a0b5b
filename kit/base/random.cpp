#include "kit/base/random.hpp"

#include "kit/base/simulated_machine.hpp"

#include <cerrno>
#include <cstring>
#include <sys/random.h>
#include <system_error>

namespace tw {
namespace {

/// SplitMix64 (Steele, Lea, Flood, 2014) makes the seeded stream. It is never used for a real id.
std::uint64_t splitmix(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

}  // namespace

Random::Random() {
    if (auto* simulated = SimulatedMachine::current()) {
        state_ = simulated->next_seed();
        seeded_ = true;
    }
}

void Random::refill() {
    used_ = 0;
    if (seeded_) {
        for (std::size_t i = 0; i < block_.size(); i += sizeof(std::uint64_t)) {
            const auto word = splitmix(state_);
            std::memcpy(block_.data() + i, &word, sizeof word);
        }
        return;
    }
    std::size_t filled = 0;
    while (filled < block_.size()) {
        const auto got = ::getrandom(block_.data() + filled, block_.size() - filled, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            throw std::system_error{errno, std::generic_category(), "getrandom"};
        }
        filled += static_cast<std::size_t>(got);
    }
}

void Random::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        if (used_ == block_.size()) refill();
        const auto count = std::min(out.size(), block_.size() - used_);
        std::memcpy(out.data(), block_.data() + used_, count);
        // Bytes that were handed out are erased from memory.
        std::memset(block_.data() + used_, 0, count);
        used_ += count;
        out = out.subspan(count);
    }
}

std::uint64_t Random::next() {
    std::uint64_t word = 0;
    fill({reinterpret_cast<std::uint8_t*>(&word), sizeof word});
    return word;
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

Uuid Random::uuid_v7(Timestamp now) {
    Uuid::Bytes bytes;
    fill(std::span{bytes}.subspan(6));
    const auto millis = now.unix_millis();
    if (millis > last_millis_) {
        last_millis_ = millis;
        // The counter starts in the lower half of its 12 bits, so that many values are left.
        sequence_ = static_cast<std::uint16_t>(((bytes[6] << 8) | bytes[7]) & 0x7FF);
    } else if (++sequence_ > 0xFFF) {
        ++last_millis_;
        sequence_ = 0;
    }
    for (int i = 0; i < 6; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(last_millis_ >> (40 - 8 * i));
    bytes[6] = static_cast<std::uint8_t>(0x70 | (sequence_ >> 8));
    bytes[7] = static_cast<std::uint8_t>(sequence_);
    bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3F));
    return Uuid{bytes};
}

}  // namespace tw
