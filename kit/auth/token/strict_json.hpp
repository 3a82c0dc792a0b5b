#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

namespace tw::auth {

struct StrictJsonLimits {
    std::size_t depth_max = 8;
    /// The most members of all objects and elements of all arrays together.
    std::size_t values_max = 1'000;
};

/// Reads a JSON object (RFC 8259) in well-formed UTF-8. Returns nothing for any other text, for one
/// beyond the limits, and for one in which an object has two members of the same name. RFC 7515 §4
/// and RFC 7519 §4 let a reader refuse them. Readers that keep one of the two disagree on which.
std::optional<boost::json::object> read_strict_json(std::string_view text, const StrictJsonLimits& limits = {});

/// Returns the member of that name if it is a string, or nothing.
std::optional<std::string_view> string_member(const boost::json::object& object, std::string_view name);

}  // namespace tw::auth
