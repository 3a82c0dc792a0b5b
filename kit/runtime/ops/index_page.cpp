#include "kit/runtime/ops/index_page.hpp"

#include "kit/http/html.hpp"
#include "kit/http/text.hpp"

#include <string>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::runtime {
namespace {

namespace json = boost::json;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color-scheme:light dark}"
    "dt{font-weight:600;margin-top:.8em}dd{margin:0}code{font-family:ui-monospace,monospace}";
/// The hash of kStyle (SHA-256, base64); the unit test computes it.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'sha256-HFTePj5uPjZKVQ1WCcxw0Y/DIj21jcVrzeSFHNva6HU='; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

std::string html(std::string_view program, std::string_view version, std::span<const OpsPath> paths) {
    const auto title = http::escape_html(program) + " " + http::escape_html(version);
    auto page = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}: operations</title>"
        "<meta name=\"viewport\" content=\"width=device-width\"><style>{1}</style></head><body>\n"
        "<h1>{0}: operations port</h1>\n<dl>\n",
        title, kStyle);
    for (const auto& each : paths) {
        // Links are relative, so that they work below a prefix of a proxy.
        page += fmt::format("<dt><a href=\".{0}\"><code>{0}</code></a> {1}</dt><dd>{2}</dd>\n", each.path, each.methods,
                            http::escape_html(each.description));
    }
    return page + "</dl>\n</body></html>\n";
}

json::object listed(std::string_view program, std::string_view version, std::span<const OpsPath> paths) {
    json::array all;
    for (const auto& each : paths) {
        json::array methods;
        http::for_each_element(each.methods, [&methods](std::string_view method) { methods.emplace_back(method); });
        all.push_back({{"path", each.path}, {"methods", std::move(methods)}, {"description", each.description}});
    }
    return {{"program", program}, {"version", version}, {"paths", std::move(all)}};
}

}  // namespace

http::Response index_page(const http::Request& request, std::string_view program, std::string_view version,
                          std::span<const OpsPath> paths) {
    http::Response response{.route = "/"};
    response.headers.add("vary", "accept");
    response.headers.add("cache-control", "no-store");
    if (!http::wants_html(request)) {
        response.body = json::serialize(listed(program, version, paths));
        return response;
    }
    response.content_type = "text/html; charset=utf-8";
    response.headers.add("content-security-policy", std::string{kPolicy});
    response.headers.add("x-content-type-options", "nosniff");
    response.headers.add("referrer-policy", "no-referrer");
    response.body = html(program, version, paths);
    return response;
}

}  // namespace tw::runtime
