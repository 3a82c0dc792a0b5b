#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace tw::http {

/// The methods that may become part of names and series. Clients must not be able to add more
/// (semantic conventions, HTTP).
inline constexpr std::array<std::string_view, 8> kKnownMethods{"GET",    "POST", "PATCH",   "PUT",
                                                               "DELETE", "HEAD", "OPTIONS", "_OTHER"};

/// Returns the method's index in kKnownMethods. Methods that are not there have the last index.
inline std::size_t method_index(std::string_view method) {
    const auto found = std::ranges::find(kKnownMethods, method);
    const auto last = kKnownMethods.size() - 1;
    return found == kKnownMethods.end() ? last : static_cast<std::size_t>(found - kKnownMethods.begin());
}

inline std::string_view known_method(std::string_view method) { return kKnownMethods[method_index(method)]; }

}  // namespace tw::http
