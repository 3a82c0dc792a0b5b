#pragma once

#include "kit/async/cancel.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/signal.hpp"
#include "kit/http/server/connection_host.hpp"
#include "kit/http/server/first_bytes.hpp"
#include "kit/http/server/framing.hpp"
#include "kit/http/server/input_buffer.hpp"
#include "kit/http/server/request_parser.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tw::http {

class RequestWork;
class ServedStream;

/// Serves one client's requests by HTTP/1.1, in order, until the connection is over. It has two
/// coroutines. One reads all input, also while a handler runs, so that a broken connection is
/// noticed. The other parses, calls the handler and answers. They share the input buffer, whose
/// bound limits how much a client can send ahead.
class Connection final : public ServedConnection {
 public:
    /// `host` must outlive the connection.
    Connection(ConnectionHost& host, std::unique_ptr<net::Stream> stream, FirstBytes first_bytes = {});

    Task<void> run() override;
    /// Tells the client why it must come back later, and closes. Call it in place of run.
    Task<void> refuse(Error why);

    void drain() override;
    void cut() override;

 private:
    /// The state of the connection, for timers and drain.
    enum class Phase : std::uint8_t { idle, head, body, handling, lingering };
    enum class Step : std::uint8_t { need_input, request_ready, rejected };

    Task<void> read_input();
    Task<void> serve_requests();
    Task<bool> await_input();
    Task<bool> flush();
    Task<void> finish(Gate& reader);

    Step advance();
    Step advance_head();
    Step advance_body();
    Step refuse_request(Error why);
    /// Ends the work for a client that does not wait for it any more.
    void client_left();
    void wait_until(SteadyTime when);
    void on_timer();

    // These functions are in connection_refusal.cpp.
    Task<void> reject(Error why);
    Task<Request> read_refused_head();
    Task<void> linger();

    // These functions are in connection_answer.cpp.
    Task<void> answer();
    bool keeps_alive(const RequestWork& work) const;
    void conclude(RequestWork& work, const Response& response);
    void append(const Response& response, bool head_only, std::string_view request_id = {});

    // This function is in connection_stream.cpp.
    class PartWriter;
    Task<void> answer_in_parts(RequestWork& work, Response response);

    ConnectionHost& host_;
    std::unique_ptr<net::Stream> stream_;
    ClientOrigin origin_;
    InputBuffer input_;
    Signal input_changed_;
    Signal room_made_;
    Signal turn_ended_;
    TurnEnd turn_end_{[this] { turn_ended_.notify(); }};
    RequestParser parser_;
    std::string output_;
    Timer timer_;
    /// When the first request began, if that was before this object was made.
    std::optional<SteadyTime> opened_;
    /// When the client must have begun a request; set while there is none.
    std::optional<SteadyTime> idle_until_;

    // These members describe the current request.
    Phase phase_ = Phase::idle;
    std::size_t scanned_ = 0;
    SteadyTime started_{};
    Version version_ = Version::http_1_1;
    bool wants_keep_alive_ = true;
    std::optional<Error> rejection_;
    CancelScope* scope_ = nullptr;
    /// The streamed answer that is being sent; null while there is none.
    ServedStream* stream_answer_ = nullptr;

    bool keep_alive_ = true;  ///< whether the connection continues after the last answer
    bool ended_ = false;      ///< no more input will come
    bool lost_ = false;       ///< the connection broke or was cut, so that nobody waits for an answer
    bool timed_out_ = false;  ///< what the timer was waiting for did not happen
    bool writing_ = false;
    bool draining_ = false;
};

}  // namespace tw::http
