#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace tw::http {

/// Methods that may become part of names and series; a client must not be able to invent more (semantic conventions, HTTP).
inline constexpr std::array<std::string_view, 8> kKnownMethods{"GET",    "POST", "PATCH",   "PUT",
                                                               "DELETE", "HEAD", "OPTIONS", "_OTHER"};

/// Its place in kKnownMethods; the last one for all that are not there.
inline std::size_t method_index(std::string_view method) {
    const auto found = std::ranges::find(kKnownMethods, method);
    const auto last = kKnownMethods.size() - 1;
    return found == kKnownMethods.end() ? last : static_cast<std::size_t>(found - kKnownMethods.begin());
}

inline std::string_view known_method(std::string_view method) { return kKnownMethods[method_index(method)]; }

}  // namespace tw::http
