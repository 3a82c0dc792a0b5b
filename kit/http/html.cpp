#include "kit/http/html.hpp"

namespace tw::http {

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

bool wants_html(const Request& request) { return request.headers.joined("accept").find("text/html") != std::string::npos; }

}  // namespace tw::http
