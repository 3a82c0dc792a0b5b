#include "kit/net/stream.hpp"
#include "kit/net/system_error.hpp"

#include <cerrno>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tw::net {
namespace {

namespace asio = boost::asio;

/// The handlers capture one pointer, so that Asio's recycling allocator serves them from its
/// per-thread cache.
class TcpStream final : public Stream {
 public:
    TcpStream(EventLoop& loop, Socket socket) : peer_{socket.peer()}, socket_{loop.io()} {
        // Asio only remembers the protocol, for questions that are never asked here.
        socket_.assign(asio::ip::tcp::v4(), socket.release());
    }

    void close() override {
        boost::system::error_code ignored;
        // A stream that is closed during a write has given up on its peer. Without this option the
        // system would keep the unsent bytes for as long as the peer likes. A half answer is of no
        // use anyway.
        if (writing_ != nullptr && socket_.is_open()) socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
        socket_.close(ignored);
    }

    void shutdown_write() override {
        boost::system::error_code ignored;
        socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    }

    const Address& peer() const override { return peer_; }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        if (!socket_.is_open()) return operation.complete(cancelled());
        reading_ = &operation;
        socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                [this](const boost::system::error_code& error, std::size_t count) { on_read(error, count); });
    }

    void on_read(const boost::system::error_code& error, std::size_t count) {
        auto& operation = *std::exchange(reading_, nullptr);
        if (!error) return operation.complete(count);
        if (error == asio::error::eof) return operation.complete(std::size_t{0});
        operation.complete(failure("read", error));
    }

    void start_write(std::span<const char> bytes, Operation& operation) override {
        if (!socket_.is_open()) return operation.complete(cancelled());
        // The system nearly always takes everything at once; the reactor is not needed then.
        std::size_t taken = 0;
        while (taken < bytes.size()) {
            const auto sent =
                ::send(socket_.native_handle(), bytes.data() + taken, bytes.size() - taken, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent >= 0) {
                taken += static_cast<std::size_t>(sent);
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                break;
            } else if (errno != EINTR) {
                return operation.complete(failure("write", {errno, boost::system::system_category()}));
            }
        }
        if (taken == bytes.size()) return operation.complete(taken);
        writing_ = &operation;
        size_ = bytes.size();
        rest_ = bytes.subspan(taken);
        write_rest();
    }

    void write_rest() {
        socket_.async_write_some(asio::buffer(rest_.data(), rest_.size()),
                                 [this](const boost::system::error_code& error, std::size_t count) { on_written(error, count); });
    }

    void on_written(const boost::system::error_code& error, std::size_t count) {
        if (!error && count < rest_.size()) {
            rest_ = rest_.subspan(count);
            return write_rest();
        }
        auto& operation = *std::exchange(writing_, nullptr);
        if (error) return operation.complete(failure("write", error));
        operation.complete(size_);
    }

    Error failure(std::string_view what, const boost::system::error_code& error) const {
        if (error == asio::error::operation_aborted || !socket_.is_open()) return cancelled();
        return unavailable("the connection broke")
            .with_cause(describe_failure(std::string{what} + " " + peer_.to_string(), error.value()));
    }

    Address peer_;
    asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type> socket_;
    Operation* reading_ = nullptr;
    Operation* writing_ = nullptr;
    /// The size of the write under way, and the part that the system has not taken yet.
    std::size_t size_ = 0;
    std::span<const char> rest_;
};

}  // namespace

std::unique_ptr<Stream> make_tcp_stream(EventLoop& loop, Socket socket) {
    return std::make_unique<TcpStream>(loop, std::move(socket));
}

}  // namespace tw::net
