#include "kit/rpc/admission.hpp"

#include <memory>
#include <utility>

namespace tw::rpc {
namespace {

Error refusal(Result<void> answer) { return std::move(answer).error().with_outcome_open(false); }

CallContext with_changes(const CallContext& ctx, const CallInfo& info) {
    auto attributes = std::make_shared<CallAttributes>(ctx.attributes());
    if (info.principal) {
        attributes->principal = info.principal;
        attributes->authorization = info.authorization;
    }
    if (info.baggage != nullptr) attributes->baggage = *info.baggage;
    return ctx.with_attributes(std::move(attributes));
}

}  // namespace

ValueTask<Result<void>> Admission::ask(const CallContext& ctx) {
    while (passed_ < policies_.before.size()) {
        auto answer = policies_.before[passed_]->before(ctx, info_);
        if (!answer.ready()) return ask_others(ctx, std::move(answer));
        if (auto passed = std::move(answer).take(); !passed) return refusal(std::move(passed));
        ++passed_;
    }
    return pass(ctx);
}

/// Waits for `answer`, which a policy has not given at once, and asks the policies after it.
Task<Result<void>> Admission::ask_others(const CallContext& ctx, ValueTask<Result<void>> answer) {
    while (true) {
        auto passed = co_await std::move(answer);
        if (!passed) co_return refusal(std::move(passed));
        if (++passed_ == policies_.before.size()) co_return pass(ctx);
        answer = policies_.before[passed_]->before(ctx, info_);
    }
}

Result<void> Admission::pass(const CallContext& ctx) {
    if (ctx.over()) return ctx.over_before_start();
    given_ = &ctx;
    const bool ends_earlier = info_.deadline && *info_.deadline < ctx.deadline();
    const bool changes = info_.principal || info_.baggage != nullptr;
    if (changes || ends_earlier) changed_ = std::make_unique<Changed>(ctx);
    if (changes) changed_->context = with_changes(ctx, info_);
    if (ends_earlier) {
        auto& scope = changed_->scope.emplace(ctx.loop(), *info_.deadline, &ctx.scope());
        changed_->context = changed_->context.with_scope(scope);
    }
    return {};
}

Result<void> Admission::conclude(Result<void> outcome) const {
    const auto* const scope = changed_ && changed_->scope ? &*changed_->scope : nullptr;
    if (scope != nullptr && scope->error() && outcome) return Error{*scope->error()}.with_outcome_open(true);
    return outcome;
}

void Admission::close() {
    while (passed_ > 0) policies_.before[--passed_]->after(info_);
}

}  // namespace tw::rpc
