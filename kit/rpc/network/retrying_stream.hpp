#pragma once

#include "kit/rpc/network/network_transport.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace tw::rpc {

/// A streaming call on the network that is made again, elsewhere, while that is safe: what was written is kept until the callee
/// begins to answer, and then, or when it becomes too much, the call stays where it is. `ctx` and `call` outlive it; the
/// transport may go before it.
class RetryingStream final : public ClientStream {
 public:
    RetryingStream(NetworkTransport& transport, const CallContext& ctx, CallInfo& call);
    ~RetryingStream() override;

    Task<Result<void>> open();
    Task<Result<void>> write(const Message& request, WriteOptions options) override;
    Task<Result<void>> finish_writes() override;
    Task<Result<bool>> read(Message& response) override;

 private:
    /// An attempt, and what keeps the books of it. The call goes first.
    struct Attempt {
        std::shared_ptr<Link> link;
        std::unique_ptr<NetworkCall> call;
    };

    /// How an attempt began, and what a failure to do so means for the next one.
    struct Begun {
        Result<void> outcome;
        Failure failure{};
    };

    void keep(const Message& request, WriteOptions options);
    void settle();
    /// What the caller is told, who knows of no attempts but one.
    Result<void> conclude(Result<void> outcome) const;
    /// After a failure of attempt number `failed`: whether there is another one, with all that was written.
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
    /// Those that failed stay, since a reader and a writer may both be on their way out of one.
    std::vector<Attempt> attempts_;
    std::vector<std::pair<std::unique_ptr<Message>, WriteOptions>> written_;
    std::size_t written_bytes_ = 0;
    bool writes_finished_ = false;
    /// It will not be made again.
    bool settled_ = false;
    bool recovering_ = false;
    /// How the last recovery ended.
    bool recovered_well_ = false;
    WaitList recovered_;
};

}  // namespace tw::rpc
