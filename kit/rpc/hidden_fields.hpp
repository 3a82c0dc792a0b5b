#pragma once

#include "kit/rpc/service.hpp"

namespace tw::rpc {

/// Whether the answers of this call have fields that its caller may not see.
inline bool hides_fields(const CallInfo& call) { return call.answered_to != kEveryCaller && call.method.hide_fields != nullptr; }

/// Clears the fields that the caller may not see from each response that is written. It clears them
/// in a copy, because the handler may go on using its message. `call` and `inner` must outlive it.
class HidingStream final : public ServerStream {
 public:
    HidingStream(const CallInfo& call, ServerStream& inner) : call_{call}, inner_{inner} {}

    Task<Result<bool>> read(Message& request) override { return inner_.read(request); }
    Task<Result<void>> write(const Message& response, WriteOptions options) override;
    void send_head() override { inner_.send_head(); }

 private:
    const CallInfo& call_;
    ServerStream& inner_;
};

}  // namespace tw::rpc
