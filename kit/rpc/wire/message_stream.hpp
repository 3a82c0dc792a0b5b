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

/// gRPC messages over one HTTP/2 stream, for either side. Flow control applies in both directions:
/// a side that does not read makes the other side wait. There may be one reader and one writer at a
/// time.
class MessageStream : public net::H2Stream {
 public:
    /// `read_bytes_max` and `write_bytes_max` are the greatest sizes of one message in bytes.
    /// `unreadable` is the code for a message whose compression cannot be read (MessageDecoder).
    MessageStream(std::size_t read_bytes_max, std::size_t write_bytes_max, Code unreadable)
        : decoder_{read_bytes_max, unreadable}, write_bytes_max_{write_bytes_max} {}

 protected:
    /// Returns the bytes of the next message, valid until the next read. Returns nothing at the
    /// end. The sender gets room for each message that is returned, and for all that has arrived
    /// when the reader has to wait. Data that nobody reads stays in the flow-control window.
    Task<Result<std::optional<std::string_view>>> read_bytes();
    /// Queues the message, and waits while more than a window is queued. Fails with
    /// RESOURCE_EXHAUSTED if the message is too large to be sent.
    Task<Result<void>> write_message(const Message& message, Compression compression);

    /// Ends reading and writing with the error `why`. The first error counts.
    void break_off(const Error& why);
    const std::optional<Error>& broken() const { return broken_; }

    /// Notes that the call has ended. Messages that have arrived can still be read. A writer that
    /// waits, and later writers, succeed without sending.
    void end_both();

    /// Derived classes call these functions when data, or the end of the stream, has arrived.
    void deliver(std::string_view bytes);
    void deliver_end();
    /// Gives the sender room for all data as it arrives, without waiting for a reader.
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

/// The error for a stream that ended within a message: INTERNAL.
Error truncated_message();

}  // namespace tw::rpc
