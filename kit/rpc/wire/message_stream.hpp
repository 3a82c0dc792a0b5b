#pragma once

#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/net/h2_session.hpp"
#include "kit/rpc/compression.hpp"
#include "kit/rpc/message_decoder.hpp"
#include "kit/rpc/method.hpp"

#include <optional>
#include <string_view>

namespace tw::rpc {

/// gRPC messages over one HTTP/2 stream, for either side, with back-pressure both ways. One reader and one writer at a time.
class MessageStream : public net::H2Stream {
 public:
    /// Limits: of one message that is read, and of one that is written. `unreadable`: as MessageDecoder says.
    MessageStream(std::size_t read_bytes_max, std::size_t write_bytes_max, Code unreadable)
        : decoder_{read_bytes_max, unreadable}, write_bytes_max_{write_bytes_max} {}

 protected:
    /// The bytes of the next message, valid until the next read; nothing at the end. Gives the sender room when it has to wait,
    /// and for what it delivers: what nobody reads stays in the window.
    Task<Result<std::optional<std::string_view>>> read_bytes();
    /// Queues the message and waits while more than a window is queued. RESOURCE_EXHAUSTED when it is too large to be sent.
    Task<Result<void>> write_message(const Message& message, Compression compression);

    /// Ends reading and writing with `why`; the first one counts.
    void break_off(const Error& why);
    const std::optional<Error>& broken() const { return broken_; }

    /// The call has ended: what arrived is still read; nothing more need be sent, a waiting writer goes on as if it had been.
    void end_both();

    /// For derived classes' events.
    void deliver(std::string_view bytes);
    void deliver_end();
    /// Takes what arrives without waiting for a reader.
    void set_unbounded() { unbounded_ = true; }
    MessageDecoder& decoder() { return decoder_; }
    std::size_t write_bytes_max() const { return write_bytes_max_; }

    void recycle();

 private:
    void on_room() override;
    void consume_all();

    MessageDecoder decoder_;
    std::size_t write_bytes_max_;
    std::size_t unconsumed_bytes_ = 0;
    bool unbounded_ = false;
    bool ended_ = false;
    bool writes_dropped_ = false;
    std::optional<Error> broken_;
    Signal reader_;
    Signal writer_;
};

/// INTERNAL: the stream ended within a message.
Error truncated_message();

}  // namespace tw::rpc
