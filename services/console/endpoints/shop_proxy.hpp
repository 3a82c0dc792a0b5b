#pragma once

#include "kit/http/client.hpp"
#include "kit/http/message.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tw::http {
class ClientStream;
}

namespace tw::console {

/// Passes requests below /shop/api, and /shop/openapi.json, on to the shop's HTTP port, so that the
/// console's page can call the shop's public routes with the caller's own rights. It calls no other
/// path and no other host, passes on no cookies, and follows no redirect. Streams of events are
/// passed on as they come. It belongs to one loop.
class ShopProxy {
 public:
    /// `url` is where the shop's HTTP port is; empty if that is not known.
    static Result<ShopProxy> make(EventLoop& loop, const std::string& url);

    /// Whether the request is one to be passed on.
    static bool takes(const http::Request& request);
    /// Passes the request on, if it is allowed. Errors become responses. A response that is a
    /// stream refers to the request, which must outlive it.
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request) const;

 private:
    Task<Result<http::Response>> pass_on(const CallContext& ctx, const http::Request& request) const;

    /// Null if the place of the shop is not known.
    std::unique_ptr<http::Client> client_;
    /// Makes the connection for one answer that may be a stream.
    std::function<Result<std::unique_ptr<http::ClientStream>>()> make_stream_;
};

}  // namespace tw::console
