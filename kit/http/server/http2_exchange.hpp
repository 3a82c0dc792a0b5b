#pragma once

#include "kit/async/signal.hpp"
#include "kit/http/server/http2_connection.hpp"
#include "kit/net/h2_session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tw::http {

class RequestWork;
class ServedStream;
enum class StreamEnd : std::uint8_t;

/// One request and its answer on a stream. It is made when the header begins. It destroys itself
/// when the stream has ended and no handler works on it any more, which the connection waits for,
/// or when another object has taken the stream over.
class Http2Exchange final : public net::H2Stream {
 public:
    Http2Exchange(Http2Connection& connection, SteadyTime started);
    ~Http2Exchange() override;

    /// How many bytes of the request's body are buffered.
    std::size_t buffered_bytes() const { return buffered_bytes_; }
    /// Lets the client send the rest of the body.
    void receive_more() { consume(std::exchange(unconsumed_bytes_, 0)); }
    /// Ends a streamed answer, so that its client goes elsewhere.
    void end_stream_for_drain();

 private:
    /// The state of the exchange. Its timer runs while the body arrives, and while the answer is
    /// sent.
    enum class Phase : std::uint8_t { head, body, handling, streaming, sending };

    // These functions implement net::H2Stream.
    void on_field(std::string_view name, std::string_view value) override;
    void on_fields_end() override;
    void on_data(std::string_view bytes) override;
    void on_end() override;
    void on_room() override { room_.notify(); }
    void on_close(net::H2Code code) override;

    Result<void> judge_head();
    void hand_to(StreamTaker& taker);
    void on_timer();
    void reject(const Error& why);
    Task<void> work();
    void send(Response response);
    ResponseFraming framing() const;
    void unpin();

    // These functions are in http2_stream_answer.cpp.
    class PartWriter;
    Task<void> answer_in_parts(RequestWork& work, Response response);
    void send_stream_head(Response response);
    void end_parts(StreamEnd how);
    void watch_reader();

    ConnectionHost& host() const { return connection_.host_; }

    Http2Connection& connection_;
    SteadyTime started_;
    Timer timer_;
    Phase phase_ = Phase::head;
    /// Counts the stream and the handler in work. The object is destroyed at 0.
    int pins_ = 1;
    Request request_;
    std::string target_;
    std::optional<std::string> authority_;
    std::optional<Error> rejection_;
    std::size_t buffered_bytes_ = 0;
    std::size_t unconsumed_bytes_ = 0;
    CancelScope* scope_ = nullptr;
    /// The streamed answer that is being sent; null while there is none.
    ServedStream* stream_answer_ = nullptr;
    /// Wakes the writer of a streamed answer.
    Signal room_;
    /// How many bytes of a streamed answer have been queued, and how many the client had accepted
    /// when that was checked last.
    std::size_t queued_total_ = 0;
    std::size_t accepted_before_ = 0;
    /// The response that is being sent. The stream refers to the trailers until its end.
    Response response_;
    /// The id that the answer names; empty if it names none.
    std::string request_id_;
    std::vector<net::H2Field> trailers_;
};

}  // namespace tw::http
