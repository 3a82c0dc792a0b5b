#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/http/message.hpp"

#include <array>
#include <string_view>

namespace tw::http {

/// The name of the header field with a request's id, in requests and answers.
inline constexpr std::string_view kRequestIdField = "x-request-id";

/// The id of a request, by which its client, proxies and logs name it. A client may send an id,
/// which is used if it is well formed: 1 to 128 characters, which are letters, digits and
/// "-_.:/+=@". Otherwise the id is the id of the request's trace, so that one id finds both the log
/// and the trace. The object refers to the request, and stays at its address.
class RequestId {
 public:
    RequestId(const Request& request, const TraceContext& trace);
    RequestId(const RequestId&) = delete;
    RequestId& operator=(const RequestId&) = delete;

    std::string_view text() const { return text_; }
    /// Whether the client sent the id.
    bool given() const { return given_; }

 private:
    std::array<char, 32> made_;
    std::string_view text_;
    bool given_ = false;
};

/// Whether `text` is a well-formed id.
bool is_request_id(std::string_view text);

}  // namespace tw::http
