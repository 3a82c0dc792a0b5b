#pragma once

#include "kit/net/socket.hpp"
#include "kit/runtime/module_room.hpp"
#include "kit/runtime/rpc_board.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tw::runtime {

class Seat;

/// One loop's part of the process: each module's services on this loop, and the servers in front of them. Used on the
/// loop's thread only, construction and destruction too.
class LoopRoom {
 public:
    /// Of the loop with that index.
    LoopRoom(std::size_t index, const Surroundings& around);
    ~LoopRoom();
    LoopRoom(const LoopRoom&) = delete;
    LoopRoom& operator=(const LoopRoom&) = delete;

    /// Lets each module serve, in order, and sets up the servers. The error of the first that cannot.
    Result<void> open(std::span<const std::unique_ptr<ModuleRoom>> modules);

    /// Takes over a connection to the HTTP port, or to the gRPC port of a module.
    void serve_http(net::Socket socket);
    void serve_rpc(std::string_view module, net::Socket socket);
    /// Likewise one that has no socket under it.
    void serve_http(std::unique_ptr<net::Stream> stream);
    void serve_rpc(std::string_view module, std::unique_ptr<net::Stream> stream);

    /// Whether calls are served that have not ended.
    bool handlers_at_work() const;

    /// Ends all connections in good order and waits for what handlers still do; at the deadline those that are left are cut.
    Task<Result<void>> drain(Deadline deadline);

 private:
    friend Seat;
    Seat* find(std::string_view module) const;
    Seat* http_seat() const;
    Seat* rpc_seat(std::string_view module) const;
    void tell(std::vector<ModuleRpcState>& states) const;
    Task<void> handlers_ended(Deadline deadline);

    std::size_t index_;
    EventLoop& loop_;
    const Surroundings& around_;
    Random random_;
    std::vector<std::unique_ptr<Seat>> seats_;
};

}  // namespace tw::runtime
