#pragma once

#include "kit/async/signal.hpp"
#include "kit/http/client/client_message.hpp"
#include "kit/net/h2_session.hpp"

#include <optional>
#include <string>

namespace tw::http {

/// One request and its answer on a stream of HTTP/2. Destroying it before the stream's end resets
/// the stream. The objects that it refers to must outlive it. Internal to the client.
class ClientHttp2Exchange final : public net::H2Stream {
 public:
    ClientHttp2Exchange(const CallContext& ctx, const ClientOptions& options, const std::string& authority,
                        const ClientMessage& message)
        : ctx_{ctx}, options_{options}, authority_{authority}, message_{message} {}

    /// Sends the request. Returns false when the session accepts no new stream. The call must not
    /// be over.
    bool start(net::H2Session& session);
    /// Waits until the outcome is known.
    Signal& end() { return end_; }
    bool ended() const { return lost_ || outcome_; }

    /// After the end: whether the connection ended first. The connection knows why.
    bool lost() const { return lost_; }
    /// After the end, if not lost: returns the answer, or the error.
    Result<ClientResponse> take_outcome() { return std::move(*outcome_); }
    Reach reach() const { return reach_; }

 private:
    // These functions implement net::H2Stream.
    void on_field(std::string_view name, std::string_view value) override;
    void on_fields_end() override;
    void on_data(std::string_view bytes) override;
    void on_end() override;
    void on_close(net::H2Code code) override;

    bool announces_too_much() const;
    /// Both functions may destroy this object before they return.
    void give_up(Error why);
    void conclude(Result<ClientResponse> outcome);

    const CallContext& ctx_;
    const ClientOptions& options_;
    const std::string& authority_;
    const ClientMessage& message_;
    std::optional<CancelScope::Hook> hook_;
    Signal end_;

    ClientResponse response_{.version = Version::http_2};
    bool head_done_ = false;
    int interim_answers_ = 0;
    Reach reach_ = Reach::unknown;
    bool lost_ = false;
    std::optional<Result<ClientResponse>> outcome_;
};

}  // namespace tw::http
