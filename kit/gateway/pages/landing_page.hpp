#pragma once

#include "kit/http/message.hpp"

#include <string>

namespace tw::gateway {

/// What the page at the root of the HTTP port names.
struct Landing {
    std::string program;
    std::string title;
    std::string version;
    /// The URL of the page that shows requests and their traces. Empty if there is none.
    std::string console_url;
    /// Whether there is a page /docs.
    bool has_viewer = false;
};

/// Returns the page at the root: HTML for a browser, JSON for everybody else.
http::Response landing_page(const Landing& landing, const http::Request& request);

}  // namespace tw::gateway
