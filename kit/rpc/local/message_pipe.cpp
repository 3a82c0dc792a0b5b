#include "kit/rpc/local/message_pipe.hpp"

#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {

MessagePipe::MessagePipe(EventLoop& loop) : loop_{loop} {}

MessagePipe::~MessagePipe() = default;

void MessagePipe::wake(Signal& waiter) {
    if (waiter.awaited()) loop_.resume_later(waiter.take_waiter());
}

Task<Result<void>> MessagePipe::write(const Message& message) {
    while (message_ && !broken_ && !dropped_) co_await writer_;
    if (broken_) co_return *broken_;
    if (dropped_) co_return Result<void>{};
    message_.reset(message.New());
    // MergeFrom copies into an empty message. CopyFrom would first search for one message within
    // the other.
    message_->MergeFrom(message);
    wake(reader_);
    co_return Result<void>{};
}

Task<Result<bool>> MessagePipe::read(Message& message) {
    while (!message_ && !broken_ && !closed_) co_await reader_;
    if (broken_) co_return *broken_;
    if (!message_) co_return false;
    message.GetReflection()->Swap(&message, message_.get());
    message_.reset();
    wake(writer_);
    co_return true;
}

void MessagePipe::close() {
    closed_ = true;
    wake(reader_);
}

void MessagePipe::drop() {
    dropped_ = true;
    message_.reset();
    wake(writer_);
}

void MessagePipe::break_off(const Error& why) {
    if (broken_) return;
    broken_ = why;
    wake(reader_);
    wake(writer_);
}

}  // namespace tw::rpc
