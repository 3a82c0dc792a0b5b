#include "kit/net/listener.hpp"

#include "kit/net/descriptor.hpp"
#include "kit/net/sockets/endpoint.hpp"
#include "kit/net/sockets/listen_error.hpp"
#include "kit/net/sockets/listening_socket.hpp"
#include "kit/net/sockets/local_socket.hpp"

#include <atomic>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace tw::net {
namespace {

namespace asio = boost::asio;

/// How long accepting pauses when descriptors have run out: long enough to cost nothing, short
/// enough to go unnoticed.
constexpr std::chrono::milliseconds kPause{100};

/// The loop's part of a listener. It lives until the last wait has ended.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
    Acceptor(LoopGroup& loops, Listener::OnSocket on_socket, Descriptor listening, Address local)
        : loops_{loops},
          on_socket_{std::move(on_socket)},
          listening_{std::move(listening)},
          local_{std::move(local)},
          descriptor_{loops.at(0).io()} {}

    void start() {
        descriptor_.assign(listening_.release());
        wait();
    }

    void close() {
        resume_.reset();
        boost::system::error_code ignored;
        descriptor_.close(ignored);
    }

 private:
    void wait() {
        descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                               [self = shared_from_this()](const boost::system::error_code& error) {
                                   if (!error) self->accept_all();
                               });
    }

    void accept_all() {
        // The number is bounded, so that a flood of connections does not starve those that are
        // being served.
        for (int i = 0; i < 64 && descriptor_.is_open(); ++i) {
            Endpoint peer;
            const int fd = ::accept4(descriptor_.native_handle(), peer.data(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd >= 0) {
                deal(accepted(fd, peer));
            } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                return pause();
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                break;
            } else if (errno == EINVAL || errno == EBADF) {
                return;  // No longer listening: close() is on its way.
            }
            // Any other error concerns only the connection that was to be accepted (ECONNABORTED
            // and others), so the next one is tried.
        }
        if (descriptor_.is_open()) wait();
    }

    Socket accepted(int fd, const Endpoint& peer) const {
        // Clients of a Unix domain socket have no address of their own, so they get the listener's.
        if (local_.is_local_socket()) return {fd, local_};
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return {fd, peer.address().unmapped()};
    }

    void deal(Socket socket) {
        auto& loop = loops_.next();
        if (&loop == &loops_.at(0)) return on_socket_(loop, std::move(socket));
        loop.post([self = shared_from_this(), &loop, socket = std::move(socket)]() mutable {
            self->on_socket_(loop, std::move(socket));
        });
    }

    void pause() {
        auto& loop = loops_.at(0);
        resume_.emplace(loop.timers(), [this] { wait(); });
        resume_->arm(loop.now() + kPause);
    }

    LoopGroup& loops_;
    Listener::OnSocket on_socket_;
    /// The socket; start() hands it to the loop.
    Descriptor listening_;
    Address local_;
    asio::posix::stream_descriptor descriptor_;
    std::optional<Timer> resume_;
};

class SocketListener final : public Listener {
 public:
    SocketListener(ListeningSockets sockets, LocalSocketFile file)
        : local_{std::move(sockets.local)}, file_{std::move(file)}, listening_{std::move(sockets.descriptors)} {
        for (const auto& one : listening_) numbers_.push_back(one.number());
    }
    ~SocketListener() override { close(); }

    const Address& local() const override { return local_; }

    void start(LoopGroup& loops, OnSocket on_socket) override {
        loop_ = &loops.at(0);
        for (auto& one : listening_) {
            acceptors_.push_back(std::make_shared<Acceptor>(loops, on_socket, std::move(one), local_));
            loop_->post([acceptor = acceptors_.back()] { acceptor->start(); });
        }
        listening_.clear();
    }

    void close() override {
        if (closed_.exchange(true)) return;
        // New connections are refused from here on, even before the loop closes the descriptor.
        for (const int number : numbers_) ::shutdown(number, SHUT_RDWR);
        file_.remove();
        for (const auto& one : acceptors_) loop_->post([acceptor = one] { acceptor->close(); });
    }

 private:
    Address local_;
    /// The socket's file; empty if the address is a port.
    LocalSocketFile file_;
    /// The sockets; start() gives them to the acceptors.
    std::vector<Descriptor> listening_;
    std::vector<int> numbers_;
    EventLoop* loop_ = nullptr;
    std::vector<std::shared_ptr<Acceptor>> acceptors_;
    std::atomic<bool> closed_{false};
};

Result<std::unique_ptr<Listener>> listen_locally(const Address& address) {
    Descriptor listening{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!listening) return cannot_listen(address, errno);
    auto file = bind_local(listening.number(), address);
    if (!file) return std::move(file).error();
    if (::listen(listening.number(), kBacklog) != 0) return cannot_listen(address, errno);
    ListeningSockets sockets{.local = address};
    sockets.descriptors.push_back(std::move(listening));
    return std::make_unique<SocketListener>(std::move(sockets), std::move(*file));
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(const Address& address) {
    if (address.is_local_socket()) return listen_locally(address);
    auto sockets = listen_on_port(address);
    if (!sockets) return std::move(sockets).error();
    return std::make_unique<SocketListener>(std::move(*sockets), LocalSocketFile{});
}

}  // namespace tw::net
