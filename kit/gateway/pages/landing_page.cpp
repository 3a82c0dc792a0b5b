#include "kit/gateway/pages/landing_page.hpp"

#include "kit/base/json_text.hpp"
#include "kit/http/html.hpp"

#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tw::gateway {
namespace {

constexpr std::string_view kLandingStyle =
    "body{font:16px/1.6 system-ui,sans-serif;max-width:40em;margin:3em auto;padding:0 1em;color-scheme:light "
    "dark}h1{margin-bottom:.2em}li{margin:.4em 0}code{font-family:ui-monospace,monospace}";
/// The unit test computes the hash of the style.
constexpr std::string_view kLandingPolicy =
    "default-src 'none'; style-src 'sha256-ngmWBOksl0TR9vLAOqKCoUJHg6058PCeEhWMTkwBEKM='; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";
/// A wave in a circle. In the page itself, so that browsers do not ask for /favicon.ico.
constexpr std::string_view kIcon =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='16' cy='16' r='16' "
    "fill='%231a56c4'/%3E%3Cpath d='M6 19c4-6 7-6 10 0s6 6 10 0' fill='none' stroke='white' stroke-width='3'/%3E%3C/svg%3E";

struct Entry {
    std::string_view path;
    std::string_view text;
};
constexpr Entry kViewer{"/docs", "the API, with a form that calls each route"};
constexpr std::array kEntries{
    Entry{"/openapi.json", "the routes of the API, as an OpenAPI document"},
    Entry{"/health", "whether the process answers"},
    Entry{"/ready", "whether it can do its work; /ready?verbose says why not"},
    Entry{"/version", "its version"},
};

std::vector<Entry> entries_of(const Landing& landing) {
    std::vector<Entry> entries;
    if (landing.has_viewer) entries.push_back(kViewer);
    entries.insert(entries.end(), kEntries.begin(), kEntries.end());
    return entries;
}

std::string html_of(const Landing& landing) {
    auto page = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>"
        "<meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"{1}\"><style>{2}</style></head><body>\n"
        "<h1>{0}</h1>\n<p>{3} {4}: this is the HTTP port of the API.</p>\n<ul>\n",
        http::escape_html(landing.title), kIcon, kLandingStyle, http::escape_html(landing.program),
        http::escape_html(landing.version));
    if (!landing.console_url.empty()) {
        page += fmt::format(
            "<li><a href=\"{0}\">Console</a>: orders, every request with its trace and its log, and forms that call the "
            "API</li>\n",
            http::escape_html(landing.console_url));
    }
    for (const auto& entry : entries_of(landing)) {
        page += fmt::format("<li><a href=\".{0}\"><code>{0}</code></a>: {1}</li>\n", entry.path, entry.text);
    }
    return page + "</ul>\n</body></html>\n";
}

std::string json_of(const Landing& landing) {
    std::string body = R"({"name":)";
    append_json_string(body, landing.program);
    body += R"(,"version":)";
    append_json_string(body, landing.version);
    if (!landing.console_url.empty()) {
        body += R"(,"console":)";
        append_json_string(body, landing.console_url);
    }
    body += R"(,"paths":[)";
    std::string_view separator;
    for (const auto& entry : entries_of(landing)) {
        body += separator;
        append_json_string(body, entry.path);
        separator = ",";
    }
    return body + "]}";
}

}  // namespace

http::Response landing_page(const Landing& landing, const http::Request& request) {
    http::Response response;
    response.headers.add("vary", "accept");
    response.headers.add("cache-control", "no-store");
    if (!http::wants_html(request)) {
        response.body = json_of(landing);
        return response;
    }
    response.content_type = "text/html; charset=utf-8";
    response.headers.add("content-security-policy", std::string{kLandingPolicy});
    response.body = html_of(landing);
    return response;
}

}  // namespace tw::gateway
