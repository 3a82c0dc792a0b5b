#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace tw::test {

/// The bytes that a fuzzer made, taken from the front.
class FuzzInput {
 public:
    FuzzInput(const std::uint8_t* bytes, std::size_t size) : rest_{reinterpret_cast<const char*>(bytes), size} {}

    bool empty() const { return rest_.empty(); }
    /// Returns the next byte, or zero at the end.
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    /// Returns the next `size` bytes, or as many as there are.
    std::string_view take(std::size_t size) {
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view rest() { return take(rest_.size()); }

 private:
    std::string_view rest_;
};

/// Aborts the program, which the fuzzer reports as a finding, if `holds` is false. A fuzz target
/// has no other way to fail.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Makes HTTP/2 frames (RFC 9113 §4.1) of an input. Each frame is given by a type, flags, a
/// stream's number, a length and that many bytes, so that most lengths are correct. If the first
/// byte is odd, the rest of the input is taken unchanged.
inline std::string frames_of(FuzzInput& input) {
    if (input.byte() % 2 == 1) return std::string{input.rest()};
    std::string frames;
    while (!input.empty()) {
        const auto type = input.byte();
        const auto flags = input.byte();
        const auto stream = input.byte();
        std::size_t length = input.byte();
        if (length >= 0x80) length = (length - 0x80) * 0x100 + input.byte();
        const auto payload = input.take(length);
        for (const auto shift : {16, 8, 0}) frames.push_back(static_cast<char>(payload.size() >> shift));
        frames.push_back(static_cast<char>(type));
        frames.push_back(static_cast<char>(flags));
        frames.append(3, '\0').push_back(static_cast<char>(stream));
        frames += payload;
    }
    return frames;
}

}  // namespace tw::test
