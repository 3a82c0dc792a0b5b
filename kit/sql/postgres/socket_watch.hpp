#pragma once

#include "kit/async/event_loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace tw::sql::pg {

/// Tells when a socket that somebody else reads and writes (libpq) is ready for it. Does not own the descriptor: forget it
/// before it is closed. Belongs to the loop.
class SocketWatch {
 public:
    enum class Ready : std::uint8_t { to_read, to_write };

    explicit SocketWatch(EventLoop& loop);
    ~SocketWatch();
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;

    /// Watches this descriptor from now on, and no other.
    void watch(int descriptor);
    /// Nobody is called back any more.
    void forget();
    /// Calls `then` once, in a later turn; one waits for each kind at a time.
    void wait(Ready what, std::move_only_function<void()> then);

 private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tw::sql::pg
