#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/method.hpp"

#include <memory>
#include <optional>

namespace tw::rpc {

/// Hands messages from a writer to a reader on the same loop; one at a time lies between them, and that is the back-pressure.
/// Who waits is resumed in a later turn. Outlives its reads and writes.
class MessagePipe {
 public:
    explicit MessagePipe(EventLoop& loop);
    ~MessagePipe();
    MessagePipe(const MessagePipe&) = delete;
    MessagePipe& operator=(const MessagePipe&) = delete;

    /// Returns when the message lies in the pipe, or is dropped because nobody will read it.
    Task<Result<void>> write(const Message& message);
    /// False at the end.
    Task<Result<bool>> read(Message& message);
    /// No more messages follow; what lies in the pipe is still read.
    void close();
    /// Nobody will read any more.
    void drop();
    /// Ends reads and writes with `why`; the first one counts.
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
