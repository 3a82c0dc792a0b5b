#include "kit/rpc/policy_chain.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/hidden_fields.hpp"

#include <cstddef>
#include <memory>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

struct UnaryChain {
    std::span<Policy* const> policies;
    CallInfo& info;
    const Message& request;
    Message& response;
    Policy::Next& last;

    Task<Result<void>> step(std::size_t index, const CallContext& ctx) {
        if (index == policies.size()) return last(ctx);
        return policies[index]->around(ctx, info, request, response,
                                       [this, index](const CallContext& inner) { return step(index + 1, inner); });
    }
};

struct StreamChain {
    const ServiceTable::Entry& entry;
    CallInfo& info;

    Task<Result<void>> step(std::size_t index, const CallContext& ctx, ServerStream& stream) {
        const auto& policies = entry.policies.around;
        if (index == policies.size()) return entry.handler->stream(*entry.service, ctx, stream);
        return policies[index]->around_stream(ctx, info, stream, [this, index](const CallContext& inner, ServerStream& next) {
            return step(index + 1, inner, next);
        });
    }
};

Task<Result<void>> call_stream_around(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx,
                                      ServerStream& stream) {
    StreamChain chain{entry, info};
    HidingStream hiding{info, stream};
    ServerStream& outermost = hides_fields(info) ? static_cast<ServerStream&>(hiding) : stream;
    co_return co_await chain.step(0, ctx, outermost);
}

Task<Result<void>> call_unary_around(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx,
                                     const Message& request, Message& response) {
    if (auto fine = check(info.method, request); !fine) co_return fine;
    auto done = co_await run_around(entry.policies.around, info, ctx, request, response, [&](const CallContext& inner) {
        return entry.handler->unary(*entry.service, inner, request, response);
    });
    if (done && hides_fields(info)) info.method.hide_fields(response, info.answered_to);
    co_return done;
}

Task<Result<void>> call_bytes_around(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx,
                                     std::string_view bytes, std::string& out) {
    const std::unique_ptr<Message> request{info.method.request_prototype().New()};
    const std::unique_ptr<Message> response{info.method.response_prototype().New()};
    if (!request->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) co_return malformed_request();
    auto done = co_await call_unary_around(entry, info, ctx, *request, *response);
    if (done) response->AppendToString(&out);
    co_return done;
}

/// Whether nothing stands between the call and its handler.
bool is_direct(const ServiceTable::Entry& entry, const CallInfo& info) {
    return entry.policies.around.empty() && !hides_fields(info);
}

}  // namespace

Task<Result<void>> run_around(std::span<Policy* const> policies, CallInfo& info, const CallContext& ctx, const Message& request,
                              Message& response, Policy::Next next) {
    UnaryChain chain{policies, info, request, response, next};
    co_return co_await chain.step(0, ctx);
}

Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx, const Message& request,
                                Message& response) {
    if (is_direct(entry, info)) return entry.handler->unary(*entry.service, ctx, request, response);
    return call_unary_around(entry, info, ctx, request, response);
}

Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx,
                                std::string_view request, std::string& response) {
    if (is_direct(entry, info)) return entry.handler->unary_bytes(*entry.service, ctx, request, response);
    return call_bytes_around(entry, info, ctx, request, response);
}

Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx, ServerStream& stream) {
    if (is_direct(entry, info)) return entry.handler->stream(*entry.service, ctx, stream);
    return call_stream_around(entry, info, ctx, stream);
}

}  // namespace tw::rpc
