#pragma once

#include "kit/base/result.hpp"
#include "kit/http/client/client.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace tw::http {

/// Reads one answer of HTTP/1.1 out of bytes as they come, within the client's limits, and trusts none of them: a framing that
/// two readers could understand differently is refused (RFC 9112 §6). Internal to the client.
class ClientResponseParser {
 public:
    /// `head_only`: the answer to HEAD, whose fields speak of a body that does not come (RFC 9110 §9.3.2).
    ClientResponseParser(const ClientOptions& options, const std::string& authority, bool head_only);
    ~ClientResponseParser();
    ClientResponseParser(const ClientResponseParser&) = delete;
    ClientResponseParser& operator=(const ClientResponseParser&) = delete;

    /// Takes what it can off the front of `bytes`; the rest comes again, with more behind it. RESPONSE_TOO_LARGE,
    /// MALFORMED_RESPONSE.
    Result<void> take(std::string& bytes);
    /// The connection has ended. UNAVAILABLE where that cuts the answer short.
    Result<void> take_end();

    bool done() const;
    /// Once done: whether the connection may take another request.
    bool keep_alive() const;
    ClientResponse& response();

 private:
    /// Beast's parser, kept out of this header.
    class Reader;
    const ClientOptions& options_;
    const std::string& authority_;
    std::unique_ptr<Reader> reader_;
};

}  // namespace tw::http
