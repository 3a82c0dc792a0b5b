#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/loop_group.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/state.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tw::runtime {

/// What one module's channels and its server are doing on one loop.
struct ModuleRpcState {
    std::string module;
    std::size_t loop = 0;
    std::vector<rpc::ChannelState> channels;
    /// Nothing where the module serves no calls.
    std::optional<rpc::ServerState> server;
};

/// Where all loops' channels and servers can be asked what they are doing.
class RpcStateRegistry {
 public:
    /// Appends what the modules of one loop are doing.
    using Source = std::move_only_function<void(std::vector<ModuleRpcState>&)>;

    explicit RpcStateRegistry(LoopGroup& loops) : loops_{loops}, sources_(loops.size()) {}
    RpcStateRegistry(const RpcStateRegistry&) = delete;
    RpcStateRegistry& operator=(const RpcStateRegistry&) = delete;

    /// On the loop's thread: from now on `source` is asked; null means none.
    void set(std::size_t loop, Source source) { sources_[loop] = std::move(source); }
    /// Asks each source on its loop, for a request on one of the process's loops. UNAVAILABLE when
    /// a loop does not answer in time.
    Task<Result<std::vector<ModuleRpcState>>> collect(const CallContext& ctx);

 private:
    LoopGroup& loops_;
    /// Each is touched on its own loop alone.
    std::vector<Source> sources_;
};

}  // namespace tw::runtime
