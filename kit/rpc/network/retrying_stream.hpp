#pragma once

#include "kit/rpc/network/network_transport.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace tw::rpc {

/// A streaming call on the network that is made again, on another connection, while that is safe.
/// It keeps the written requests until the callee begins to answer or until they become too large.
/// After that the call is not made again. `ctx` and `call` must outlive it; the transport may be
/// destroyed before it.
class RetryingStream final : public ClientStream {
 public:
    RetryingStream(NetworkTransport& transport, const CallContext& ctx, CallInfo& call);
    ~RetryingStream() override;

    Task<Result<void>> open();
    Task<Result<void>> write(const Message& request, WriteOptions options) override;
    Task<Result<void>> finish_writes() override;
    Task<Result<bool>> read(Message& response) override;

 private:
    /// One attempt and its connection, which counts its calls. The call is destroyed first.
    struct Attempt {
        std::shared_ptr<Link> link;
        std::unique_ptr<NetworkCall> call;
    };

    /// How an attempt began. If it failed to begin, `failure` says what that means for the next
    /// attempt.
    struct Begun {
        Result<void> outcome;
        Failure failure{};
    };

    void keep(const Message& request, WriteOptions options);
    void settle();
    /// Returns the outcome that the caller gets, who sees one attempt only.
    Result<void> conclude(Result<void> outcome) const;
    /// Decides after a failure of attempt number `failed` whether there is another one. Sends it
    /// all that was written.
    Task<bool> recover(std::size_t failed);
    Task<Begun> start();
    Task<void> replay(NetworkCall& call);
    NetworkCall& current() { return *attempts_.back().call; }
    bool transport_gone() const { return *transport_ == nullptr; }

    std::shared_ptr<NetworkTransport*> transport_;
    std::shared_ptr<const CallSettings> settings_;
    EventLoop& loop_;
    const CallContext& ctx_;
    CallInfo& call_;
    RetryPlan plan_;
    /// Failed attempts stay, because a reader and a writer may both still be inside one.
    std::vector<Attempt> attempts_;
    std::vector<std::pair<std::unique_ptr<Message>, WriteOptions>> written_;
    std::size_t written_bytes_ = 0;
    bool writes_finished_ = false;
    /// The call will not be made again.
    bool settled_ = false;
    bool recovering_ = false;
    /// Whether the last recovery succeeded.
    bool recovered_well_ = false;
    WaitList recovered_;
};

}  // namespace tw::rpc
