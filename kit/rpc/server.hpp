#pragma once

#include "kit/async/deadline.hpp"
#include "kit/net/h2_keepalive.hpp"
#include "kit/net/socket.hpp"
#include "kit/net/stream.hpp"
#include "kit/rpc/call_observer.hpp"
#include "kit/rpc/service.hpp"
#include "kit/rpc/state.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tw::rpc {

class Interceptor;

/// The services of one loop, found by path; used by network servers and local channels alike. Services outlive it.
class ServiceTable {
 public:
    struct Entry {
        Service* service;
        const Handler* handler;
        /// Of the module that serves: its server spans bear its service.name.
        telemetry::Telemetry telemetry;
        std::unique_ptr<CallObserver> observer;
        std::size_t* running;
    };

    void add(Service& service, telemetry::Telemetry telemetry);
    /// `path` as in ":path"; null where nobody serves it. Valid until the next add.
    const Entry* find(std::string_view path) const;
    /// In the order they were added, each once.
    std::vector<std::string_view> service_names() const;
    /// How many handlers are at work. A caller that has gone, or has had its time, is answered and waits no more, while its
    /// handler may go on: whoever destroys the services waits for this to be zero, since servers and channels do not.
    std::size_t running() const { return *running_; }

 private:
    static constexpr std::uint32_t kFree = 0xffff'ffff;
    void rebuild();
    std::size_t slot_of(std::string_view path) const;

    std::vector<Entry> entries_;
    /// Has a place of its own, as calls refer to it.
    std::unique_ptr<std::size_t> running_ = std::make_unique<std::size_t>(0);
    /// A hash table by path with open addressing, of indices into `entries_`.
    std::vector<std::uint32_t> slots_;
};

/// What a server grants its clients.
struct ServerLimits {
    /// Of one request, and of one response; before packing.
    std::size_t message_bytes_max = 4 * 1024 * 1024;
    std::size_t response_bytes_max = kMessageBytesMost;
    /// More than W3C baggage alone may need, so that a full one does not fail a call.
    std::size_t metadata_bytes_max = 16 * 1024;
    std::size_t streams_max = 100;  ///< concurrent, a connection
    std::size_t stream_window_bytes = 64 * 1024;
    std::size_t connection_window_bytes = 1024 * 1024;
    std::size_t connections_max = 10'000;              ///< of all loops together
    std::size_t resets_max = 100;                      ///< streams reset by the client within 10 s (CVE-2023-44487)
    std::chrono::milliseconds idle_time_max{300'000};  ///< of a connection without streams
    std::chrono::milliseconds header_time_max{5'000};  ///< from a call's first byte to the end of its headers
    /// How long a client may take, after the deadline of its call, to read what was answered; and how long it may read nothing.
    std::chrono::milliseconds answer_time_max{15'000};
    /// A connection that is older takes no new calls (GOAWAY; gRFC A9), so that clients come to replicas that are new to them;
    /// by up to a tenth more or less at random. Its calls may go on for the grace, then it is cut.
    std::chrono::milliseconds connection_age_max{1'800'000};
    std::chrono::milliseconds connection_grace{60'000};
    /// When a silent client is asked whether it is still there; one that does not answer is cut, and its calls are cancelled.
    net::KeepaliveOptions keepalive{.time = std::chrono::hours{2}, .without_streams = true};
    /// A client that pings more often than this gets GOAWAY with ENHANCE_YOUR_CALM and "too_many_pings" (gRFC A8).
    net::PingLimits pings{.interval_min = std::chrono::minutes{5}};

    Result<void> validate() const;
};

/// gRPC over HTTP/2 on one loop: h2c by prior knowledge, or over a stream that has TLS under it already.
class Server {
 public:
    virtual ~Server() = default;
    /// Takes a connection over. On the loop's thread.
    virtual void serve(net::Socket socket) = 0;
    /// Likewise a stream, such as one after its TLS handshake.
    virtual void serve_stream(std::unique_ptr<net::Stream> stream) = 0;
    /// GOAWAY on every connection, in-flight calls end; returns when all are gone, or at the deadline, when the rest are cut.
    virtual Task<void> drain(Deadline deadline) = 0;
    virtual ServerState state() const = 0;
};

/// `loop`, `services`, the interceptors and the telemetry outlive the server. Interceptors run in order, outermost first.
std::unique_ptr<Server> make_server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits,
                                    std::span<Interceptor* const> interceptors = {});

}  // namespace tw::rpc
