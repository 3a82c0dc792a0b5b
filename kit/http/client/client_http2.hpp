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
    /// `streams_max` is how many streams the server is assumed to allow until its settings come.
    /// `options` and `authority` must outlive every exchange.
    ClientHttp2(EventLoop& loop, std::unique_ptr<net::Stream> stream, const ClientOptions& options, const std::string& authority,
                std::size_t streams_max);

    /// Sets a function that is called when more requests may be possible, or none any more. An
    /// empty function removes it.
    void watch(std::move_only_function<void()> changed) { changed_ = std::move(changed); }
    /// Runs the connection until it has ended. Call it once, and keep the object until then.
    Task<void> run();

    /// Sends the request and waits for its answer. Resets the stream when the call is over.
    Task<ClientAttempt> exchange(const CallContext& ctx, const ClientMessage& message);

    /// Whether another request is possible. Take a place before an exchange, and give it back
    /// afterwards.
    bool has_room() { return !leaving_ && places_ < streams_max(); }
    void take_place();
    void give_place();
    std::size_t places() const { return places_; }
    /// How many streams the server allows, limited by the client's options.
    std::size_t streams_max();

    /// Takes no new requests, and closes when the current ones have been answered.
    void leave();
    bool leaving() const { return leaving_; }
    void close();
    bool older_than(std::chrono::nanoseconds age) const { return loop_.now() - born_ >= age; }

 private:
    // These functions implement net::H2Events.
    void on_goaway(net::H2Code, std::string_view) override;
    void on_settings() override;
    void on_abuse(std::string_view what) override;
    void tell();
    void leave_and_tell();
    /// Returns what the server did wrong, if the connection ended because of that.
    std::optional<std::string> fault();

    EventLoop& loop_;
    const ClientOptions& options_;
    const std::string& authority_;
    SteadyTime born_;
    std::move_only_function<void()> changed_;
    /// The assumed limit of streams, until the server's settings come.
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
