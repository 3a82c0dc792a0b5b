#pragma once

#include <string>

namespace tw::app {

/// Shows `url` in the user's browser (xdg-open). If that fails, it prints a line on standard error.
/// It does not wait for the browser.
void open_page(const std::string& url);

}  // namespace tw::app
