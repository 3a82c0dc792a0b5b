#include "kit/rpc/bytes_caller.hpp"

#include "kit/rpc/network/network_transport.hpp"

#include <utility>

namespace tw::rpc {

BytesCaller::BytesCaller(EventLoop& loop, std::string authority, const ChannelOptions& options, net::Connector connector)
    : transport_{std::make_unique<NetworkTransport>(loop, std::move(authority), options, std::move(connector))} {}

BytesCaller::~BytesCaller() = default;

Task<Result<std::string>> BytesCaller::unary(const CallContext& ctx, const Method& method, const Metadata& sent,
                                             std::string_view request) {
    Metadata request_metadata = sent;
    Metadata initial;
    Metadata trailing;
    CallInfo call{method, request_metadata, initial, trailing};
    std::string response;
    auto done = co_await transport_->unary_bytes(ctx, call, request, response);
    if (!done) co_return std::move(done).error();
    co_return response;
}

}  // namespace tw::rpc
