#pragma once

#include "kit/http/static_files.hpp"

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// Returns the files of the page that shows the API's document (web/dist/docs). CMake writes this
/// function (tw_embed_files).
std::span<const http::BuiltInFile> api_viewer_files();

/// The page /docs, which shows /openapi.json of the same server and calls the API, with the files
/// below /docs/ that it loads. The files are compressed at the first request, which takes some
/// 40 ms, and few processes are asked. The object may be used by all threads.
class ApiViewer {
 public:
    /// Returns "/docs" and the paths of the files.
    static std::vector<std::string> paths();

    /// Returns the response to a request for one of the paths.
    http::Response answer(const http::Request& request);

 private:
    std::once_flag made_;
    std::vector<http::StaticFile> files_;
};

}  // namespace tw::gateway
