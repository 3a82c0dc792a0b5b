#include "kit/http/json/json_pointer.hpp"

namespace tw::http {

void append_pointer_token(std::string& pointer, std::string_view token) {
    // This is longer than any name of a contract. A longer token is made up by the client, who need
    // not get all of it back for each mistake.
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
