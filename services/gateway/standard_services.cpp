#include "services/gateway/standard_services.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/message_decoder.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/unary_exchange.hpp"
#include "services/gateway/grpc_form.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

/// Questions of health and reflection are a few names.
constexpr std::size_t kMessageBytesMax = 64 * 1024;

constexpr std::string_view kWatch = "/grpc.health.v1.Health/Watch";
constexpr std::array<std::string_view, 2> kPrefixes{"/grpc.health.v1.Health/", "/grpc.reflection."};

Result<std::vector<std::unique_ptr<rpc::Message>>> read_requests(const rpc::Method& method, std::string_view frames,
                                                                 std::string_view encoding) {
    std::vector<std::unique_ptr<rpc::Message>> requests;
    rpc::MessageDecoder decoder{kMessageBytesMax};
    if (!encoding.empty()) decoder.set_encoding(encoding);
    decoder.append(frames);
    while (true) {
        const auto next = decoder.next();
        if (!next) return next.error();
        if (!*next) break;
        auto& request = requests.emplace_back(method.request_prototype().New());
        if (!request->ParseFromArray((*next)->data(), static_cast<int>((*next)->size()))) return rpc::malformed_request();
    }
    if (decoder.partial()) return Error{Code::unimplemented, reason::kMessageCount, "The last message is not whole."};
    return requests;
}

rpc::ServerLimits with_message_limit(rpc::ServerLimits limits) {
    limits.message_bytes_max = std::min(limits.message_bytes_max, kMessageBytesMax);
    return limits;
}

}  // namespace

StandardServices::StandardServices(EventLoop& loop, telemetry::Telemetry telemetry, const std::vector<std::string_view>& services,
                                   std::function<bool()> ready, Options options)
    : services_{loop, table_, telemetry, std::move(ready), services},
      channel_{rpc::make_local_channel(loop, table_, telemetry)},
      streams_{loop, table_, with_message_limit(options.limits), {std::move(options.streams), options.streams_max}} {}

const rpc::Method* StandardServices::find(std::string_view path) const {
    const auto* const entry = path == kWatch ? nullptr : table_.find(path);
    return entry == nullptr ? nullptr : entry->handler->method;
}

bool StandardServices::wants(const http::Request& head) const {
    const auto leads = [&head](std::string_view prefix) { return head.path.starts_with(prefix); };
    return std::ranges::any_of(kPrefixes, leads) && head.method == "POST" && grpc_form(head) == GrpcForm::grpc &&
           !head.headers.find("origin");
}

net::H2Stream& StandardServices::take(const http::StreamOrigin& origin) {
    return streams_.take(origin.started, origin.peer, origin.attributes);
}

Task<Result<std::string>> StandardServices::call(const CallContext& ctx, const rpc::Method& method, std::string frames,
                                                 std::string encoding) const {
    auto requests = read_requests(method, frames, encoding);
    if (!requests) co_return std::move(requests).error();
    std::string answers;
    if (method.shape != rpc::Shape::unary) {
        auto done = co_await answer_each(ctx, method, *requests, answers);
        if (!done) co_return std::move(done).error();
        co_return answers;
    }
    if (requests->size() != 1)
        co_return Error{Code::unimplemented, reason::kMessageCount, "The method takes exactly one message."};
    const std::unique_ptr<rpc::Message> answer{method.response_prototype().New()};
    auto done = co_await channel_->unary(ctx, method, *requests->front(), *answer);
    if (!done) co_return std::move(done).error();
    co_return rpc::frame_message(*answer);
}

Task<Result<void>> StandardServices::answer_each(const CallContext& ctx, const rpc::Method& method,
                                                 const std::vector<std::unique_ptr<rpc::Message>>& requests,
                                                 std::string& answers) const {
    auto stream = co_await channel_->open(ctx, method);
    if (!stream) co_return std::move(stream).error();
    const std::unique_ptr<rpc::Message> answer{method.response_prototype().New()};
    for (const auto& request : requests) {
        auto written = co_await (*stream)->write(*request, {});
        if (!written) co_return written;
        const auto read = co_await (*stream)->read(*answer);
        if (!read) co_return read.error();
        if (!*read) co_return Result<void>{};
        answers += rpc::frame_message(*answer);
    }
    auto finished = co_await (*stream)->finish_writes();
    if (!finished) co_return finished;
    const auto end = co_await (*stream)->read(*answer);
    if (!end) co_return end.error();
    co_return Result<void>{};
}

}  // namespace tw::gateway
