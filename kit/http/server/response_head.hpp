#pragma once

#include "kit/http/message.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace tw::http {

/// The Date field (RFC 9110 §6.6.1), which is formatted once a second.
class DateCache {
 public:
    /// Returns a text such as "Sun, 06 Nov 1994 08:49:37 GMT". It is valid until the next call.
    std::string_view at(std::time_t now);
    /// Returns the text for the current second, by the machine's clock or the simulation's.
    std::string_view now();

 private:
    std::time_t second_ = -1;
    std::string text_;
};

class FixedFields;

/// How an answer is sent, beside its content.
struct ResponseFraming {
    bool head_only = false;  ///< the answer to HEAD: the length is sent, the body is not
    bool keep_alive = true;
    bool http_1_1 = true;
    std::string_view date;
    /// The fields of all answers; null if there are none.
    const FixedFields* fixed = nullptr;
    /// The id of the request; empty if the answer does not name it.
    std::string_view request_id = {};
};

/// Whether the status has no content. 204 has not even a length (RFC 9110 §8.6, §15.4.5).
constexpr bool has_no_content(int status) { return status == 204 || status == 304; }

/// Whether a handler's field may be sent: it does not break the framing, and is not one that only
/// the server writes.
bool may_send(std::string_view name, std::string_view value);

/// Appends the whole answer, or the head of a streamed one. Header fields that would break the
/// framing (no token for a name, control characters in a value) are left out. A handler passed on a
/// value that it should have checked, and the client must still get the answer.
void append_response(std::string& out, const Response& response, const ResponseFraming& framing);

}  // namespace tw::http
