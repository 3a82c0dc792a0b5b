#pragma once

#include "kit/async/event_loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace tw::sql::pg {

/// Notifies when a socket that other code (libpq) reads and writes is ready. It does not own the
/// descriptor: call forget() before the descriptor is closed. It belongs to the loop.
class SocketWatch {
 public:
    enum class Ready : std::uint8_t { to_read, to_write };

    explicit SocketWatch(EventLoop& loop);
    ~SocketWatch();
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;

    /// Watches this descriptor from now on, and no other.
    void watch(int descriptor);
    /// Stops watching. No callback is called any more.
    void forget();
    /// Calls `then` once, in a later turn. Only one callback may wait for each kind at a time.
    void wait(Ready what, std::move_only_function<void()> then);

 private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tw::sql::pg
