#pragma once

#include "kit/async/timer_wheel.hpp"
#include "kit/http/client/client_message.hpp"
#include "kit/net/h2_connection.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tw::http {

/// One connection of HTTP/2, which carries many requests at once. Internal to the client.
class ClientHttp2 final : private net::H2Events {
 public:
    /// `streams_max`: what the server is taken to allow until it says. `options` and `authority` outlive every exchange.
    ClientHttp2(EventLoop& loop, std::unique_ptr<net::Stream> stream, const ClientOptions& options, const std::string& authority,
                std::size_t streams_max);

    /// `changed` is called when there may be room for more requests, or none ever again, until it is taken back.
    void watch(std::move_only_function<void()> changed) { changed_ = std::move(changed); }
    /// Until the connection has ended; keep it until then. Call it once.
    Task<void> run();

    /// Sends the request and waits for its answer. Resets the stream when the call is over.
    Task<ClientAttempt> exchange(const CallContext& ctx, const ClientMessage& message);

    /// A place is taken before an exchange, and given back after it.
    bool has_room() { return !leaving_ && places_ < streams_max(); }
    void take_place();
    void give_place();
    std::size_t places() const { return places_; }
    /// What the server allows, as far as the client wants it.
    std::size_t streams_max();

    /// Takes no new requests, and closes when those that there are have been answered.
    void leave();
    bool leaving() const { return leaving_; }
    void close();
    bool older_than(std::chrono::nanoseconds age) const { return loop_.now() - born_ >= age; }

 private:
    // net::H2Events
    void on_goaway(net::H2Code, std::string_view) override;
    void on_settings() override;
    void on_abuse(std::string_view what) override;
    void tell();
    void leave_and_tell();
    /// What the server did wrong, where the connection ends because of that.
    std::optional<std::string> fault();

    EventLoop& loop_;
    const ClientOptions& options_;
    const std::string& authority_;
    SteadyTime born_;
    std::move_only_function<void()> changed_;
    /// Until the server's settings come.
    std::optional<std::size_t> streams_guess_;
    std::size_t places_ = 0;
    bool used_ = false;
    bool leaving_ = false;
    bool closing_ = false;
    std::optional<std::string> abuse_;
    Timer idle_;
    net::H2Connection connection_;
};

}  // namespace tw::http
