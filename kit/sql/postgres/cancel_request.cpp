#include "kit/sql/postgres/cancel_request.hpp"

#include "kit/async/loop_driver.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tw::sql::pg {
namespace {

struct Free {
    void operator()(PGcancel* request) const { PQfreeCancel(request); }
};
using Request = std::unique_ptr<PGcancel, Free>;

/// The cancel request of a simulated process. PQcancel would block the thread that has to answer
/// it.
class SimulatedRequest : public std::enable_shared_from_this<SimulatedRequest> {
 public:
    SimulatedRequest(LoopDriver& driver, PGconn& connection, std::move_only_function<void()> done)
        : driver_{driver}, done_{std::move(done)}, socket_{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
        sockaddr_un server{};
        socklen_t size = sizeof server;
        auto* const address = reinterpret_cast<sockaddr*>(&server);
        const bool connected =
            ::getpeername(PQsocket(&connection), address, &size) == 0 && ::connect(socket_, address, size) == 0;
        if (connected) send(static_cast<std::uint32_t>(PQbackendPID(&connection)));
    }
    ~SimulatedRequest() { ::close(socket_); }
    SimulatedRequest(const SimulatedRequest&) = delete;
    SimulatedRequest& operator=(const SimulatedRequest&) = delete;

    /// The server closes the connection when it has passed the request on.
    void wait() {
        char byte{};
        if (::recv(socket_, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return driver_.work_at(driver_.steady_now() + kLookAfter, [self = shared_from_this()] { self->wait(); });
        }
        done_();
    }

 private:
    static constexpr std::chrono::milliseconds kLookAfter{1};

    /// Sends four numbers of 32 bits: the message's size, the code of a CancelRequest, the process
    /// and its key, which the simulated server ignores.
    void send(std::uint32_t process) const {
        constexpr std::uint32_t kCode = 80877102;
        std::array<char, 16> message{};
        std::size_t at = 0;
        for (const auto number : {static_cast<std::uint32_t>(message.size()), kCode, process, std::uint32_t{0}}) {
            for (int shift = 24; shift >= 0; shift -= 8) message.at(at++) = static_cast<char>(number >> shift & 0xff);
        }
        static_cast<void>(::send(socket_, message.data(), message.size(), MSG_NOSIGNAL));
        driver_.descriptors_changed();
    }

    LoopDriver& driver_;
    std::move_only_function<void()> done_;
    int socket_;
};

}  // namespace

void request_cancel(EventLoop& loop, PGconn& connection, std::move_only_function<void()> done) {
    if (auto* const driver = loop.driver()) {
        return std::make_shared<SimulatedRequest>(*driver, connection, std::move(done))->wait();
    }
    Request request{PQgetCancel(&connection)};
    if (!request) return done();
    std::thread{[request = std::move(request), done = std::move(done)]() mutable {
        std::array<char, 256> message{};
        static_cast<void>(PQcancel(request.get(), message.data(), static_cast<int>(message.size())));
        done();
    }}.detach();
}

}  // namespace tw::sql::pg
