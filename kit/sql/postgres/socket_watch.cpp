#include "kit/sql/postgres/socket_watch.hpp"

#include <array>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace tw::sql::pg {

namespace asio = boost::asio;

/// The state that is shared with Asio's handlers, which may be called after the watch is gone.
struct SocketWatch::State {
    explicit State(EventLoop& on) : loop{on}, descriptor{on.io()} {}

    void forget() {
        ++generation;
        for (auto& then : waiting) then = nullptr;
        loop.descriptors_changed();
        if (descriptor.is_open()) descriptor.release();
    }

    EventLoop& loop;
    asio::posix::basic_stream_descriptor<asio::io_context::executor_type> descriptor;
    std::array<std::move_only_function<void()>, 2> waiting;
    /// Counts the descriptors, so that a late event of one is not taken for an event of the next.
    std::uint64_t generation = 0;
};

SocketWatch::SocketWatch(EventLoop& loop) : state_{std::make_shared<State>(loop)} {}

SocketWatch::~SocketWatch() { forget(); }

void SocketWatch::watch(int descriptor) {
    forget();
    boost::system::error_code ignored;
    state_->descriptor.assign(descriptor, ignored);
}

void SocketWatch::forget() { state_->forget(); }

void SocketWatch::wait(Ready what, std::move_only_function<void()> then) {
    const auto index = static_cast<std::size_t>(what);
    state_->waiting[index] = std::move(then);
    state_->loop.descriptors_changed();
    const auto kind = what == Ready::to_read ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write;
    state_->descriptor.async_wait(kind,
                                  [state = state_, index, generation = state_->generation](const boost::system::error_code&) {
                                      if (state->generation != generation || !state->waiting[index]) return;
                                      // After an error the caller reads from the socket and finds
                                      // the reason.
                                      std::exchange(state->waiting[index], nullptr)();
                                  });
}

}  // namespace tw::sql::pg
