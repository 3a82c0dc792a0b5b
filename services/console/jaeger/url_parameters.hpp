#pragma once

#include "kit/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::console {

/// The parameters of a URL's query.
class UrlParameters {
 public:
    /// Fails with INVALID_ARGUMENT for a malformed escape.
    static Result<UrlParameters> parse(std::string_view query);

    /// The first value of a parameter; empty if it is not there.
    std::string_view first(std::string_view name) const;
    std::vector<std::string_view> all(std::string_view name) const;

 private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace tw::console
