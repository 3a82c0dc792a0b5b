#pragma once

#include "kit/http/message.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace tw::http {

/// The Date field (RFC 9110 §6.6.1), made anew once a second.
class DateCache {
 public:
    /// "Sun, 06 Nov 1994 08:49:37 GMT"; valid until the next call.
    std::string_view at(std::time_t now);
    /// Of this second, by the machine's clock or the simulation's.
    std::string_view now();

 private:
    std::time_t second_ = -1;
    std::string text_;
};

/// How an answer goes out, beside what it says.
struct ResponseFraming {
    bool head_only = false;  ///< the answer to HEAD: the length is told, the body is not sent
    bool keep_alive = true;
    bool http_1_1 = true;
    std::string_view date;
};

/// 204 and 304 have no content, and 204 not even its length (RFC 9110 §8.6, §15.4.5).
constexpr bool has_no_content(int status) { return status == 204 || status == 304; }

/// Whether a handler's field goes out: it breaks no framing, and is none of those that only the server writes.
bool may_send(std::string_view name, std::string_view value);

/// Appends the whole answer. Header fields that would break the framing (no token for a name, control characters in a
/// value) are left out: a handler passed on what it should have checked, and the client must not pay for it.
void append_response(std::string& out, const Response& response, const ResponseFraming& framing);

}  // namespace tw::http
