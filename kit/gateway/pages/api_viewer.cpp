#include "kit/gateway/pages/api_viewer.hpp"

#include <algorithm>

namespace tw::gateway {
namespace {

constexpr std::string_view kViewerPath = "/docs";
constexpr std::string_view kViewerPage = "index.html";
constexpr std::string_view kViewerPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

std::string path_of_file(std::string_view name) {
    std::string path{kViewerPath};
    if (name != kViewerPage) path.append("/").append(name);
    return path;
}

}  // namespace

std::vector<std::string> ApiViewer::paths() {
    std::vector<std::string> all;
    for (const auto& file : api_viewer_files()) all.push_back(path_of_file(file.name));
    return all;
}

http::Response ApiViewer::answer(const http::Request& request) {
    std::call_once(made_, [this] {
        for (const auto& file : api_viewer_files()) files_.push_back(http::make_static_file(file.name, std::string{file.bytes}));
    });
    const auto is_asked_for = [&request](const http::StaticFile& file) { return path_of_file(file.name) == request.path; };
    const auto found = std::ranges::find_if(files_, is_asked_for);
    if (found == files_.end()) return {.status = 404};
    auto response = http::static_file_response(*found, request);
    response.headers.add("content-security-policy", std::string{kViewerPolicy});
    return response;
}

}  // namespace tw::gateway
