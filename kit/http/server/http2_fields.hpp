#pragma once

#include "kit/http/message.hpp"
#include "kit/http/server/response_head.hpp"
#include "kit/net/h2_session.hpp"

#include <array>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::http {

/// The header of an answer in HTTP/2's form (RFC 9113 §8.2, §8.3.2): names in lower case, values
/// without spaces around them, no field that concerns the connection. It refers to the response and
/// to what `framing` refers to, and must stay at its address.
class Http2ResponseFields {
 public:
    Http2ResponseFields(const Response& response, const ResponseFraming& framing);
    Http2ResponseFields(const Http2ResponseFields&) = delete;
    Http2ResponseFields& operator=(const Http2ResponseFields&) = delete;

    std::span<const net::H2Field> get() const { return fields_; }

 private:
    std::array<char, 3> status_;
    std::array<char, 20> length_;
    std::deque<std::string> names_;
    std::vector<net::H2Field> fields_;
};

/// Returns trailers, whose names are in lower case already, as HTTP/2 fields. The fields refer to
/// them.
std::vector<net::H2Field> fields_of(const Headers& trailers);

}  // namespace tw::http
