#pragma once

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {

/// Opens /dev/null in place of standard input, output and error where whoever started the process
/// has closed them. Without it the next file or socket would get their number, and what is printed
/// would go there. Call it first in main.
void keep_standard_descriptors();

/// Writes to standard error. Where that cannot be written to (closed, a full disk, a pipe that
/// nobody reads), the text is lost and nothing else happens: what the caller has to say is in the
/// exit code as well, which an exception or a signal would replace.
void write_error(std::string_view text);

/// As write_error, of a text that is formatted first.
template <class... Arguments>
void print_error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_error(fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace tw::runtime
