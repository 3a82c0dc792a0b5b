#include "kit/rpc/local/local_transport.hpp"

#include "kit/rpc/local/local_call.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/reasons.hpp"

#include <string>
#include <utility>

namespace tw::rpc {
namespace {

Error unknown_method(const Method& method) {
    return Error{Code::unimplemented, reason::kUnknownMethod, "There is no method " + std::string{method.path} + " here."};
}

/// The caller's end of a local streaming call.
class LocalStream final : public ClientStream {
 public:
    LocalStream(std::shared_ptr<LocalCall> call, const CallContext& ctx, CallInfo& info)
        : call_{std::move(call)}, info_{info}, hook_{ctx.scope(), [this](const Error& why) { call_->cancel(why); }} {}
    ~LocalStream() override { call_->cancel(cancelled()); }

    Task<Result<void>> write(const Message& request, WriteOptions) override {
        if (call_->outcome()) co_return *call_->outcome();
        auto done = co_await call_->requests().write(request);
        if (call_->outcome()) co_return *call_->outcome();
        co_return done;
    }

    Task<Result<void>> finish_writes() override {
        if (call_->outcome()) co_return *call_->outcome();
        call_->requests().close();
        co_return Result<void>{};
    }

    Task<Result<bool>> read(Message& response) override {
        auto more = co_await call_->responses().read(response);
        if (more && *more) {
            if (!std::exchange(started_, true)) call_->collect_initial(info_);
            co_return true;
        }
        if (!call_->outcome()) co_await call_->ended();
        call_->collect(info_, nullptr);
        if (!*call_->outcome()) co_return call_->outcome()->error();
        co_return false;
    }

 private:
    std::shared_ptr<LocalCall> call_;
    CallInfo& info_;
    bool started_ = false;
    CancelScope::Hook hook_;
};

}  // namespace

/// Returns the context in which the callee sees who calls: the module that has this channel. Work
/// that no user asked for is the module's own.
CallContext LocalTransport::as_caller(const CallContext& ctx) const {
    const auto& given = ctx.attributes();
    const bool unknown = given.principal->kind == Principal::Kind::anonymous && !identity_.empty();
    if (given.peer_identity == identity_ && !unknown) return ctx;
    auto attributes = std::make_shared<CallAttributes>(given);
    attributes->peer_identity = identity_;
    if (unknown) attributes->principal = itself_;
    return ctx.with_attributes(std::move(attributes));
}

Task<Result<void>> LocalTransport::unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) {
    const auto* const entry = services_.find(call.method.path);
    if (entry == nullptr) co_return unknown_method(call.method);
    if (ctx.over()) co_return ctx.over_before_start();
    const auto local = std::make_shared<LocalCall>(loop_, *entry, as_caller(ctx), call);
    const CancelScope::Hook hook{ctx.scope(), [&local](const Error& why) { local->cancel(why); }};
    LocalCall::start(local, gate_.get(), &request);
    if (!local->outcome()) co_await local->ended();
    local->collect(call, &response);
    co_return *local->outcome();
}

Task<Result<std::unique_ptr<ClientStream>>> LocalTransport::open(const CallContext& ctx, CallInfo& call) {
    const auto* const entry = services_.find(call.method.path);
    if (entry == nullptr) co_return unknown_method(call.method);
    if (ctx.over()) co_return ctx.over_before_start();
    auto local = std::make_shared<LocalCall>(loop_, *entry, as_caller(ctx), call);
    auto stream = std::make_unique<LocalStream>(local, ctx, call);
    LocalCall::start(local, gate_.get(), nullptr);
    co_return std::unique_ptr<ClientStream>{std::move(stream)};
}

ChannelState LocalTransport::state() const {
    ChannelState state;
    state.target = state.policy = "local";
    state.connectivity = Connectivity::ready;
    return state;
}

std::unique_ptr<Channel> make_local_channel(EventLoop& loop, const ServiceTable& services, telemetry::Telemetry telemetry,
                                            std::span<Interceptor* const> interceptors, std::string identity) {
    auto transport = std::make_unique<LocalTransport>(loop, services, std::move(identity));
    return std::make_unique<CallerChannel>(loop, std::move(transport), telemetry, interceptors);
}

}  // namespace tw::rpc
