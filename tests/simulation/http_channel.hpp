#pragma once

#include "kit/http/client.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/method.hpp"

#include <memory>
#include <span>
#include <vector>

namespace tw::shop {

/// Calls of the contract by their HTTP routes, as a stock client of the API makes them, so that clients over HTTP and over gRPC
/// are the same program. Unary calls only.
class HttpChannel final : public rpc::Channel {
 public:
    explicit HttpChannel(std::unique_ptr<http::Client> client) : client_{std::move(client)} {}

    Task<Result<void>> unary(const CallContext& ctx, const rpc::Method& method, const rpc::Message& request,
                             rpc::Message& response, rpc::CallOptions* options) override;
    Task<Result<std::unique_ptr<rpc::ClientStream>>> open(const CallContext& ctx, const rpc::Method& method,
                                                          rpc::CallOptions* options) override;
    rpc::ChannelState state() const override { return {}; }

 private:
    std::unique_ptr<http::Client> client_;
};

}  // namespace tw::shop
