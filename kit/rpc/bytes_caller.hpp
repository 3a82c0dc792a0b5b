#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/net/connector.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/method.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tw::rpc {

class NetworkTransport;

/// Calls unary methods of one callee over the network, with messages that are serialised already.
/// Its calls have no spans and no interceptors, and are not counted. An exporter of telemetry needs
/// that, because its own calls must not make telemetry.
///
/// The object belongs to `loop`, which must outlive it. Destroy it when no call is under way.
class BytesCaller {
 public:
    /// `authority` is the callee's name in requests. `connector` makes the connections.
    BytesCaller(EventLoop& loop, std::string authority, const ChannelOptions& options, net::Connector connector);
    ~BytesCaller();
    BytesCaller(const BytesCaller&) = delete;
    BytesCaller& operator=(const BytesCaller&) = delete;

    /// Sends `request` with the metadata `sent`, and returns the bytes of the response. Errors are
    /// those of Channel::unary. `method`, `sent` and `request` must stay valid until the task ends.
    Task<Result<std::string>> unary(const CallContext& ctx, const Method& method, const Metadata& sent, std::string_view request);

 private:
    std::unique_ptr<NetworkTransport> transport_;
};

}  // namespace tw::rpc
