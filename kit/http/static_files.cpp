#include "kit/http/static_files.hpp"

#include "kit/base/gzip.hpp"
#include "kit/http/text.hpp"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace tw::http {
namespace {

std::string_view type_of_file(std::string_view name) {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    if (name.ends_with(".json")) return "application/json";
    return "text/plain; charset=utf-8";
}

/// FNV-1a, which tells two versions of a file apart; nobody gains by forging it.
std::string hash_of_file(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3;
    return fmt::format("\"{:016x}\"", hash);
}

bool accepts_gzip(const Request& request) {
    bool accepted = false;
    for_each_element(request.headers.joined("accept-encoding"), [&accepted](std::string_view coding) {
        accepted = accepted || coding == "gzip" || (coding.starts_with("gzip;") && coding.find("q=0") == std::string_view::npos);
    });
    return accepted;
}

}  // namespace

StaticFile make_static_file(std::string_view name, std::string bytes) {
    StaticFile file{.name = std::string{name}, .content_type = std::string{type_of_file(name)}};
    file.zipped = gzip(bytes);
    file.etag = hash_of_file(bytes);
    file.bytes = std::move(bytes);
    return file;
}

Response static_file_response(const StaticFile& file, const Request& request) {
    Response response{.content_type = file.content_type};
    response.headers.add("etag", file.etag);
    response.headers.add("cache-control", "no-cache");
    response.headers.add("vary", "accept-encoding");
    if (request.headers.find("if-none-match") == file.etag) {
        response.status = 304;
        return response;
    }
    if (accepts_gzip(request)) {
        response.headers.add("content-encoding", "gzip");
        response.body = file.zipped;
    } else {
        response.body = file.bytes;
    }
    return response;
}

}  // namespace tw::http
