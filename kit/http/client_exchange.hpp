#pragma once

#include "kit/http/client.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tw::http {

/// One request and its answer on one connection. Internal to the client.
class ClientExchange {
 public:
    ClientExchange(net::Stream& stream, const ClientOptions& options, const std::string& authority, bool head_request)
        : stream_{stream}, options_{options}, authority_{authority}, head_request_{head_request} {}

    /// `wire` is the whole request and stays until the task ends. Closes the stream when the call is over.
    Task<Result<ClientResponse>> run(const CallContext& ctx, std::string_view wire);

    /// Whether anything of an answer came.
    bool answered() const { return answered_; }
    /// Whether the connection may take another request.
    bool reusable() const { return reusable_; }

 private:
    /// Beast's parser, kept out of this header.
    class Reading;
    Task<Result<ClientResponse>> receive();
    Task<Result<void>> read_into(Reading& reading);
    Error gone(const std::string& cause) const;

    net::Stream& stream_;
    const ClientOptions& options_;
    const std::string& authority_;
    bool head_request_;
    bool answered_ = false;
    bool reusable_ = false;
    /// What came and has not been parsed.
    std::string unparsed_;
    std::array<char, 8192> chunk_;
};

}  // namespace tw::http
