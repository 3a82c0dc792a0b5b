#include "kit/http/json/json_pointer.hpp"

namespace tw::http {

void append_pointer_token(std::string& pointer, std::string_view token) {
    // Longer than any name of a contract: what a client made up, which it need not get back whole for each of its mistakes.
    constexpr std::size_t kTokenBytesMax = 128;
    const bool whole = token.size() <= kTokenBytesMax;
    token = token.substr(0, kTokenBytesMax);
    pointer += '/';
    for (const char c : token) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
    if (!whole) pointer += "…";
}

}  // namespace tw::http
