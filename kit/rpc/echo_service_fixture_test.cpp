#include "kit/rpc/echo_service_fixture.hpp"

#include "kit/async/sleep.hpp"
#include "kit/rpc/adapter.hpp"

#include <array>
#include <stdexcept>

namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;

const Message& prototype() { return Text::default_instance(); }

void require_text(const Message& request, std::vector<Violation>& violations) {
    if (static_cast<const Text&>(request).value().empty()) violations.push_back({"/value", "must not be empty"});
}

constexpr Method make_method(std::string_view path, std::string_view name, Shape shape,
                             Idempotency idempotency = Idempotency::safe) {
    return {.path = path,
            .service = "test.EchoService",
            .name = name,
            .shape = shape,
            .idempotency = idempotency,
            .deadline = 20s,
            .allow = {},
            .request_prototype = prototype,
            .response_prototype = prototype,
            .validate = require_text};
}

}  // namespace

/// Hides the text of an answer from all but its owner.
Method hiding(Method method) {
    method.hide_fields = [](Message& response, CallerSet callers) {
        if ((callers & set_of(rpc::Caller::owner)) == 0) static_cast<Text&>(response).clear_value();
    };
    method.see_all_fields = set_of(rpc::Caller::owner);
    return method;
}

const Method kSay = hiding(make_method("/test.EchoService/Say", "Say", Shape::unary));
const Method kCount = hiding(make_method("/test.EchoService/Count", "Count", Shape::server_streaming));
const Method kJoin = make_method("/test.EchoService/Join", "Join", Shape::client_streaming);
const Method kChat = make_method("/test.EchoService/Chat", "Chat", Shape::bidirectional);
const Method kAct = make_method("/test.EchoService/Act", "Act", Shape::unary, Idempotency::none);
const Method kLost = make_method("/test.EchoService/Lost", "Lost", Shape::unary);

std::span<const Handler> EchoService::handlers() const {
    using S = EchoService;
    static const std::array<Handler, 5> kHandlers{
        {{&kSay, serve_unary_bytes<S, Text, Text, &S::say, kSay>, serve_unary<S, Text, Text, &S::say, kSay>, nullptr},
         {&kAct, serve_unary_bytes<S, Text, Text, &S::say, kAct>, serve_unary<S, Text, Text, &S::say, kAct>, nullptr},
         {&kCount, nullptr, nullptr, serve_server_streaming<S, Text, Text, &S::count>},
         {&kJoin, nullptr, nullptr, serve_client_streaming<S, Text, Text, &S::join>},
         {&kChat, nullptr, nullptr, serve_bidirectional<S, Text, Text, &S::chat>}}};
    return kHandlers;
}

Task<Result<Text>> EchoService::say(const CallContext& ctx, const Text& request) {
    ++calls;
    deadline = ctx.deadline();
    attributes = ctx.attributes();
    trace = ctx.trace();
    metadata = served(ctx)->request_metadata;
    read_compressed = served(ctx)->read_compressed;
    if (away) co_return unavailable("the database is away");
    const auto& what = request.value();
    if (what == "pack") served(ctx)->response_compression = Compression::gzip;
    if (what.starts_with("metadata")) {
        served(ctx)->initial_metadata = metadata;
        served(ctx)->trailing_metadata = metadata;
        if (what == "metadata of the end") served(ctx)->initial_metadata.clear();
        if (what.ends_with("error") || what.ends_with("end")) co_return Error{Code::aborted, "ABORTED", "Aborted."};
    }
    if (what == "unsendable") served(ctx)->trailing_metadata = {{"Color", "blue"}, {"upgrade", "h2c"}, {"line", "\n"}};
    if (what == "missing") co_return not_found("thing", "7");
    if (what == "busy") {
        co_return Error{Code::resource_exhausted, "TOO_BUSY", "100% busy; später — bitte\n"}
            .with_cause("secret queue length")
            .with_violation("/lines/0", "too many")
            .with_retry_after(1500ms)
            .with_retryable(false);
    }
    if (what == "lost") co_return unavailable("the database did not say").with_outcome_open(true);
    if (what == "bug") co_return internal("secret detail");
    if (what == "throw") throw std::runtime_error{"secret exception"};
    if (what == "large") co_return text(std::string(200'000, 'x'));
    if (what == "wait") {
        auto slept = co_await sleep_for(ctx, 60s);
        ends.push_back(slept ? Code::ok : slept.error().code());
        if (!slept) co_return std::move(slept).error();
    }
    if (what == "nap") static_cast<void>(co_await sleep_for(ctx, 20ms));
    if (what == "stubborn") {
        ++running;
        co_await release;
        --running;
        ++finished;
        co_return text("too late: " + request.value());
    }
    co_return request;
}

Task<Result<void>> EchoService::count(const CallContext& ctx, const Text& request, Writer<Text>& writer) {
    trace = ctx.trace();
    auto& call = *served(ctx);
    call.initial_metadata = call.trailing_metadata = call.request_metadata;
    if (request.value() == "wait") {
        writer.send_head();
        co_return co_await sleep_for(ctx, 60s);
    }
    const bool packs_all = request.value().starts_with("pack ");
    if (text_bytes == 1 || packs_all) call.response_compression = Compression::gzip;
    const int last = std::stoi(request.value().substr(packs_all ? 5 : 0));
    for (int i = 0; i < last; ++i) {
        const auto next = text(std::string(text_bytes, static_cast<char>('a' + i % 26)));
        if (auto sent = co_await writer.write(next, {.compress = packs_all || i % 2 == 0}); !sent) {
            ends.push_back(sent.error().code());
            co_return sent;
        }
        ++written;
    }
    if (last == 13) co_return Error{Code::aborted, "UNLUCKY", "Thirteen."};
    co_return Result<void>{};
}

Task<Result<Text>> EchoService::join(const CallContext&, Reader<Text>& reader) {
    std::string all;
    while (true) {
        auto next = co_await reader.read();
        if (!next) {
            ends.push_back(next.error().code());
            co_return std::move(next).error();
        }
        if (!*next) co_return text(all);
        if ((*next)->value() == "enough") co_return Error{Code::out_of_range, "ENOUGH", "Enough."};
        all += (*next)->value();
    }
}

Task<Result<void>> EchoService::chat(const CallContext&, Reader<Text>& reader, Writer<Text>& writer) {
    while (true) {
        auto next = co_await reader.read();
        if (!next) co_return std::move(next).error();
        if (!*next) co_return Result<void>{};
        const auto answer = text("re: " + (*next)->value());
        if (auto sent = co_await writer.write(answer); !sent) co_return sent;
    }
}

}  // namespace tw::rpc::test
