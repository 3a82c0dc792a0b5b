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

/// What happened in a run, line by line, each with its virtual time: two runs of one seed tell the same, byte for byte. A digest
/// of it is always kept; the lines themselves go to whoever listens, and cost nothing while nobody does.
class History {
 public:
    using Listener = std::function<void(std::string_view line)>;

    /// `line` is called with each line, without its end; null: nobody listens.
    void listen(Listener listener) { listener_ = std::move(listener); }
    bool told_to_somebody() const { return static_cast<bool>(listener_); }

    /// `make` gives the text. It is called only when somebody listens, so it must have no effect of its own.
    template <std::invocable Make>
    void tell(Make make) {
        ++lines_;
        mix(static_cast<std::uint64_t>(time_.count()));
        if (listener_) write(make());
    }

    /// A decision that was taken, for the digest alone.
    void mix(std::uint64_t number) { digest_ = (digest_ ^ number) * 0x100000001B3ULL; }
    std::uint64_t digest() const { return digest_; }
    std::uint64_t lines() const { return lines_; }

    /// Since the run began.
    void set_time(std::chrono::nanoseconds time) { time_ = time; }

 private:
    void write(const std::string& text);

    Listener listener_;
    std::chrono::nanoseconds time_{0};
    std::uint64_t lines_ = 0;
    /// FNV-1a over numbers instead of bytes.
    std::uint64_t digest_ = 0xCBF29CE484222325ULL;
};

}  // namespace tw::simulation
