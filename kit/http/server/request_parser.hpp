#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace tw::http {

/// Parses fields and body of one request after the other, by Beast's parser, into a Request whose
/// memory is reused. The input has passed scan_head. The parser handles chunks and trailers (which
/// are read and dropped).
class RequestParser {
 public:
    RequestParser();
    ~RequestParser();

    /// Starts with an empty request. The header may have `header_bytes_max`, the content
    /// `body_bytes_max`.
    void begin(std::size_t header_bytes_max, std::size_t body_bytes_max);

    /// Takes as much of `bytes` as possible and returns how much that was. Pass the rest again
    /// together with the next bytes. Fails with BODY_TOO_LARGE, HEADER_TOO_LARGE or
    /// MALFORMED_REQUEST, which end the request.
    Result<std::size_t> put(std::string_view bytes);
    bool done() const;

    Request& request() { return request_; }
    const Request& request() const { return request_; }

 private:
    class Parser;
    Request request_;
    std::unique_ptr<Parser> parser_;
};

}  // namespace tw::http
