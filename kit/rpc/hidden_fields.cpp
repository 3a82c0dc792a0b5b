#include "kit/rpc/hidden_fields.hpp"

#include <memory>

#include <google/protobuf/message.h>

namespace tw::rpc {

Task<Result<void>> HidingStream::write(const Message& response, WriteOptions options) {
    const std::unique_ptr<Message> shown{response.New()};
    shown->CopyFrom(response);
    call_.method.hide_fields(*shown, call_.answered_to);
    co_return co_await inner_.write(*shown, options);
}

}  // namespace tw::rpc
