#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::app {

enum class Colour : std::uint8_t { red, yellow, faint };

/// Writes text for a terminal, with colours or without.
class Painter {
 public:
    explicit Painter(bool colours) : colours_{colours} {}
    /// Colours are for a standard output that is a terminal, unless NO_COLOR is set
    /// (https://no-color.org) or TERM is "dumb".
    static Painter of_standard_output();

    std::string operator()(Colour colour, std::string_view text) const;

 private:
    bool colours_;
};

/// Returns foreign text so that a terminal shows all of it and obeys none of it. Control
/// characters, marks of direction, and characters that show nothing become "<U+001B>", line breaks
/// and tabs "\n" and "\t", and bytes that are no UTF-8 "<0xFF>". It is one line.
std::string visible(std::string_view text);

/// Writes to standard output at once. Returns false if nobody reads it any more.
bool print_out(std::string_view text);

/// "2026-01-31 12:00:00.123" in local time.
std::string local_time(std::int64_t unix_micros);

/// "12.34 ms"
std::string millis_text(std::int64_t nanoseconds);

}  // namespace tw::app
