#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tw::simulation {

/// The events of a run as lines, each with its virtual time. Two runs of one seed have equal
/// histories, byte for byte. A digest of the history is always computed. The lines are given to a
/// listener, and cost nothing if there is none.
class History {
 public:
    using Listener = std::function<void(std::string_view line)>;

    /// Sets the function that is called with each line, without its line end. Null means that there
    /// is no listener.
    void listen(Listener listener) { listener_ = std::move(listener); }
    bool told_to_somebody() const { return static_cast<bool>(listener_); }

    /// Adds a line with the text that `make` returns. `make` is called only if there is a listener,
    /// so it must have no side effects.
    template <std::invocable Make>
    void tell(Make make) {
        ++lines_;
        mix(static_cast<std::uint64_t>(time_.count()));
        if (listener_) write(make());
    }

    /// Adds a decision to the digest only.
    void mix(std::uint64_t number) { digest_ = (digest_ ^ number) * 0x100000001B3ULL; }
    std::uint64_t digest() const { return digest_; }
    std::uint64_t lines() const { return lines_; }

    /// Sets the virtual time since the run began.
    void set_time(std::chrono::nanoseconds time) { time_ = time; }

 private:
    void write(const std::string& text);

    Listener listener_;
    std::chrono::nanoseconds time_{0};
    std::uint64_t lines_ = 0;
    /// The digest is FNV-1a over numbers instead of bytes.
    std::uint64_t digest_ = 0xCBF29CE484222325ULL;
};

}  // namespace tw::simulation
