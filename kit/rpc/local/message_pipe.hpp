#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/method.hpp"

#include <memory>
#include <optional>

namespace tw::rpc {

/// Passes messages from a writer to a reader on the same loop. It holds one message at a time, so
/// that a writer waits for the reader. A coroutine that waits is resumed in a later turn of the
/// loop. The pipe must outlive its reads and writes.
class MessagePipe {
 public:
    explicit MessagePipe(EventLoop& loop);
    ~MessagePipe();
    MessagePipe(const MessagePipe&) = delete;
    MessagePipe& operator=(const MessagePipe&) = delete;

    /// Returns when the pipe has taken the message, or has dropped it because nobody will read it.
    Task<Result<void>> write(const Message& message);
    /// Returns false at the end of the messages.
    Task<Result<bool>> read(Message& message);
    /// Says that no more messages follow. A message in the pipe can still be read.
    void close();
    /// Says that nobody will read any more. Messages are dropped from now on.
    void drop();
    /// Ends reads and writes with `why`. Later calls have no effect.
    void break_off(const Error& why);

 private:
    void wake(Signal& waiter);

    EventLoop& loop_;
    std::unique_ptr<Message> message_;
    bool closed_ = false;
    bool dropped_ = false;
    std::optional<Error> broken_;
    Signal reader_;
    Signal writer_;
};

}  // namespace tw::rpc
