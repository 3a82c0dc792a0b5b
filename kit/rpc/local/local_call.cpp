#include "kit/rpc/local/local_call.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/policy_chain.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

/// Returns the entries that could be sent over the network. A local call passes on no others.
Metadata sendable(const Metadata& metadata) {
    Metadata sent;
    std::ranges::copy_if(metadata, std::back_inserter(sent),
                         [](const auto& entry) { return is_sendable(entry.first, entry.second); });
    return sent;
}

}  // namespace

LocalCall::LocalCall(EventLoop& loop, const ServiceTable::Entry& entry, const CallContext& ctx, const CallInfo& call)
    : entry_{entry},
      request_metadata_{sendable(call.request_metadata)},
      info_{*entry.handler->method, request_metadata_, initial_metadata_, trailing_metadata_},
      scope_{loop, ctx.deadline()},
      context_{ctx.with_scope(scope_).with_attached(&info_)},
      requests_{loop},
      responses_{loop} {}

LocalCall::~LocalCall() = default;

void LocalCall::start(const std::shared_ptr<LocalCall>& self, Gate& gate, const Message* request) {
    if (request != nullptr) {
        self->request_.reset(request->New());
        // MergeFrom copies into an empty message. CopyFrom would first search for one message
        // within the other.
        self->request_->MergeFrom(*request);
        self->response_.reset(self->info_.method.response_prototype().New());
    }
    self->self_ = self;
    const Serving serving{self->entry_, self->info_, {}};
    spawn(gate, serve_call(serving, self->context_, *self));
}

void LocalCall::cancel(const Error& why) {
    if (outcome_) return;
    // The handler is told first, but nobody waits for it. What it does from now on is unknown.
    const auto stay = self_;
    scope_.cancel(why);
    const auto open = Error{why}.with_outcome_open(true);
    requests_.break_off(open);
    responses_.break_off(open);
    conclude(public_part(open));
}

void LocalCall::collect(CallInfo& call, Message* response) {
    if (self_) return;  // the handler still runs, so its metadata and response are not final
    call.initial_metadata = sendable(initial_metadata_);
    call.trailing_metadata = sendable(trailing_metadata_);
    if (response == nullptr || !response_ || !*outcome_) return;
    if (const auto swap = entry_.handler->swap_responses) return swap(*response, *response_);
    response->GetReflection()->Swap(response, response_.get());
}

void LocalCall::collect_initial(CallInfo& call) const { call.initial_metadata = sendable(initial_metadata_); }

Task<Result<void>> LocalCall::run(const CallContext& ctx) {
    if (entry_.handler->unary != nullptr) return call_handler(entry_, info_, ctx, *request_, *response_);
    return call_handler(entry_, info_, ctx, *this);
}

void LocalCall::on_outcome(Result<void> outcome) {
    const auto stay = std::move(self_);
    requests_.drop();
    responses_.close();
    conclude(std::move(outcome));
}

void LocalCall::conclude(Result<void> outcome) {
    if (outcome_) return;
    outcome_ = std::move(outcome);
    ended_.notify();
}

Task<Result<bool>> LocalCall::read(Message& request) {
    auto more = co_await requests_.read(request);
    if (!more || !*more) co_return more;
    if (auto fine = check(info_.method, request); !fine) co_return std::move(fine).error();
    co_return true;
}

Task<Result<void>> LocalCall::write(const Message& response, WriteOptions) { return responses_.write(response); }

}  // namespace tw::rpc
