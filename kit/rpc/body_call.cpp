#include "kit/rpc/body_call.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/call/served_call.hpp"
#include "kit/rpc/message_decoder.hpp"
#include "kit/rpc/policy_chain.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"

#include <algorithm>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

Error wrong_message_count(std::string detail) { return Error{Code::unimplemented, reason::kMessageCount, std::move(detail)}; }

class ServedBody final : public ServedCall, private ServerStream {
 public:
    ServedBody(const ServiceTable::Entry& entry, BodyCall& call, const BodyCallLimits& limits, BodyAnswer& answer)
        : info{*entry.handler->method, call.metadata, answer.initial_metadata, answer.trailing_metadata},
          entry_{entry},
          call_{call},
          responses_bytes_max_{limits.responses_bytes_max},
          answer_{answer},
          decoder_{limits.message_bytes_max} {}

    Task<Result<void>> run(const CallContext& ctx) override {
        if (!call_.frames) co_return call_.frames.error();
        if (!call_.encoding.empty()) decoder_.set_encoding(call_.encoding);
        decoder_.append(*call_.frames);
        if (info.method.shape != Shape::unary) co_return co_await call_handler(entry_, info, ctx, *this);
        auto request = only_request();
        if (!request) co_return std::move(request).error();
        answer_.frames.assign(kPrefixBytes, '\0');
        auto done = co_await call_handler(entry_, info, ctx, *request, answer_.frames);
        write_prefix(answer_.frames.size() - kPrefixBytes, answer_.frames.data());
        co_return done;
    }
    void on_outcome(Result<void> outcome) override { answer_.outcome = std::move(outcome); }

    CallInfo info;

 private:
    Result<std::string_view> only_request() {
        auto first = decoder_.next();
        if (!first) return std::move(first).error();
        if (!*first || decoder_.partial()) return wrong_message_count("The method takes exactly one message.");
        info.read_compressed = decoder_.compressed();
        return **first;
    }

    Task<Result<bool>> read(Message& request) override {
        auto next = decoder_.next();
        if (!next) co_return std::move(next).error();
        if (!*next && decoder_.partial()) co_return wrong_message_count("The last message is incomplete.");
        if (!*next) co_return false;
        info.read_compressed = decoder_.compressed();
        if (!request.ParseFromArray((*next)->data(), static_cast<int>((*next)->size()))) co_return malformed_request();
        if (auto fine = check(info.method, request); !fine) co_return std::move(fine).error();
        co_return true;
    }

    Task<Result<void>> write(const Message& response, WriteOptions) override {
        append_message(response, answer_.frames);
        if (answer_.frames.size() > responses_bytes_max_) co_return unsendable(answer_.frames.size(), responses_bytes_max_);
        co_return Result<void>{};
    }
    /// The answer is one body, which is sent at the end.
    void send_head() override {}

    const ServiceTable::Entry& entry_;
    BodyCall& call_;
    std::size_t responses_bytes_max_;
    BodyAnswer& answer_;
    MessageDecoder decoder_;
};

}  // namespace

Task<BodyAnswer> serve_body(const ServiceTable::Entry& entry, const CallContext& ctx, BodyCall call, BodyCallLimits limits) {
    BodyAnswer answer;
    auto deadline = ctx.deadline();
    if (call.timeout) {
        const auto time = parse_timeout(*call.timeout);
        if (!time) {
            answer.outcome = Error{Code::invalid_argument, reason::kMalformedTimeout, "grpc-timeout is not valid."};
            co_return answer;
        }
        deadline = std::min(deadline, Deadline::after(ctx.loop().now(), *time));
    }
    ServedBody served{entry, call, limits, answer};
    CancelScope scope{ctx.loop(), deadline, &ctx.scope()};
    const auto limited = ctx.with_scope(scope).with_attached(&served.info);
    const Serving serving{entry, served.info, {}};
    co_await serve_call(serving, limited, served);
    if (!answer.outcome) answer.frames.clear();
    co_return answer;
}

}  // namespace tw::rpc
