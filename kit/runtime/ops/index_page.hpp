#pragma once

#include "kit/http/message.hpp"

#include <span>
#include <string_view>

namespace tw::runtime {

/// A path of the operations port, as its index lists it.
struct OpsPath {
    std::string_view path;
    /// "GET, HEAD", as the header field Allow has them.
    std::string_view methods;
    /// One sentence that says what an operator gets.
    std::string_view description;
};

/// Returns GET / of the operations port: all paths with a sentence for each. A client whose Accept
/// names text/html, as a browser's does, gets HTML, and any other client gets JSON. The HTML loads
/// nothing, and its Content-Security-Policy allows only its own style.
http::Response index_page(const http::Request& request, std::string_view program, std::string_view version,
                          std::span<const OpsPath> paths);

}  // namespace tw::runtime
