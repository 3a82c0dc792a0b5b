#pragma once

#include "kit/http/static_files.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// The files of the page: those in the program, or those of a folder, which are read anew for each
/// request. It is immutable and thread-safe.
class Assets {
 public:
    /// `folder` is empty for the files in the program. `base_path` is where the page's relative
    /// links begin.
    explicit Assets(std::string folder, std::string base_path = "/");

    /// The file for a path: the file of that name, or index.html for the path of a page. Nothing if
    /// there is none.
    std::optional<http::Response> answer(const http::Request& request) const;

 private:
    std::optional<http::StaticFile> find(std::string_view name) const;
    http::StaticFile make(std::string_view name, std::string bytes) const;

    std::string folder_;
    std::string base_path_;
    std::vector<http::StaticFile> built_in_;
};

}  // namespace tw::console
