#include "kit/http/json_mapping.hpp"
#include "services/gateway/gateway.hpp"
#include "services/gateway/request_reader.hpp"

#include <algorithm>

#include <google/protobuf/message.h>

/// Entity tags, and the calls that are made under conditions.
namespace tw::gateway {
namespace {

using google::protobuf::FieldDescriptor;

/// Room for most single objects, so that their text is not moved while it grows.
constexpr std::size_t kBodyBytes = 384;

/// How often a change is judged anew because another one came in between.
constexpr int kAttempts = 4;

Error mismatch(std::string detail) { return Error{Code::aborted, "VERSION_MISMATCH", std::move(detail)}.with_retryable(false); }

Error condition_failed() { return mismatch("what is there now is not what If-Match and If-None-Match ask for"); }

/// The answer to a read of what the client has already (RFC 9110 §15.4.5).
http::Response not_modified(std::string tag) {
    http::Response response{.status = 304};
    response.content_type.clear();
    if (!tag.empty()) response.headers.add("etag", std::move(tag));
    return response;
}

/// Whether `path` is `prefix` or an action below it.
bool is_at_or_below(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

/// The request of a GET route, of the path's variables alone; null where they do not make a valid one.
std::unique_ptr<rpc::Message> request_of(const rpc::Route& route, std::span<const PathVariable> variables) {
    std::unique_ptr<rpc::Message> message{route.method->request_prototype().New()};
    std::vector<Violation> violations;
    for (const auto& [name, value] : variables) http::set_field_from_text(*message, name, value, violations);
    if (violations.empty()) route.method->validate(*message, violations);
    return violations.empty() ? std::move(message) : nullptr;
}

}  // namespace

std::string Gateway::tag_of(const Call& call, const rpc::Message& answer) {
    if (call.version == nullptr) return {};
    const auto& reflection = *answer.GetReflection();
    const auto version = reflection.GetInt64(answer, call.version);
    if (call.unversioned.empty()) return entity_tag(version);
    std::string shown;
    for (const auto* field : call.unversioned) http::write_json(reflection.GetMessage(answer, field), shown);
    return entity_tag(version, shown);
}

http::Response Gateway::write_response(const Call& call, const rpc::Message& answer) {
    http::Response response;
    response.body.reserve(kBodyBytes);
    http::write_json(answer, response.body);
    if (call.version != nullptr) response.headers.add("etag", tag_of(call, answer));
    return response;
}

Task<Result<http::Response>> Gateway::call_if(const CallContext& ctx, const Call& call, const http::Request& request,
                                              const http::Router::Match& match, std::unique_ptr<rpc::Message> message,
                                              rpc::CallInfo& info) const {
    const Preconditions conditions{request.headers};
    if (call.route->verb != "GET") {
        co_return co_await change_if(ctx, call, conditions, match, std::move(message), info);
    }
    auto answer = co_await ask(ctx, call, &info, *message);
    if (!answer) co_return explain_plus(std::move(answer).error(), request.query);
    auto tag = tag_of(call, **answer);
    const auto version = call.version == nullptr ? 0 : (*answer)->GetReflection()->GetInt64(**answer, call.version);
    switch (conditions.judge({.exists = true, .tag = tag, .version = version}, true)) {
        case Preconditions::Verdict::failed:
            co_return condition_failed();
        case Preconditions::Verdict::not_modified:
            co_return not_modified(std::move(tag));
        case Preconditions::Verdict::holds:
            break;
    }
    co_return write_response(call, **answer);
}

Task<Result<http::Response>> Gateway::change_if(const CallContext& ctx, const Call& call, const Preconditions& conditions,
                                                const http::Router::Match& match, std::unique_ptr<rpc::Message> message,
                                                rpc::CallInfo& info) const {
    const auto given = expected_version(*message);
    const auto only = given ? conditions.only_version() : std::nullopt;
    if (only && *given != 0 && *given != *only) co_return invalid("/expected_version", "differs from If-Match");
    if (only) set_expected_version(*message, *only);
    const bool left_to_service = only || (given && conditions.only_existence());
    for (int attempt = 1;; ++attempt) {
        if (!left_to_service) {
            std::vector<Violation> faults;
            call.route->method->validate(*message, faults);
            if (!faults.empty()) co_return invalid(std::move(faults));
            const auto now = co_await look_up(ctx, call, match);
            if (!now) co_return now.error();
            // What is not there at all is told by the service, since conditions do not hide another refusal (RFC 9110 §13.2.1).
            const bool missing = !now->exists && shown_by(call) != nullptr;
            if (!missing && conditions.judge(*now, false) != Preconditions::Verdict::holds) co_return condition_failed();
            if (given && *given == 0 && now->version > 0) set_expected_version(*message, now->version);
        }
        auto answer = co_await ask(ctx, call, &info, *message);
        if (answer) co_return write_response(call, **answer);
        const bool overtaken = answer.error().reason() == "VERSION_MISMATCH" && !left_to_service && given && *given == 0;
        if (!overtaken || attempt == kAttempts) co_return std::move(answer).error();
    }
}

Task<Result<Representation>> Gateway::look_up(const CallContext& ctx, const Call& call, const http::Router::Match& match) const {
    const auto* const shown = shown_by(call);
    if (shown == nullptr) co_return Representation{};
    // A list is there, whatever is in it.
    if (shown->version == nullptr && match.variables.empty()) co_return Representation{.exists = true};
    const auto message = request_of(*shown->route, match.variables);
    if (message == nullptr) co_return Representation{};
    const auto answer = co_await ask(ctx, *shown, nullptr, *message);
    if (!answer && answer.error().code() == Code::not_found) co_return Representation{};
    if (!answer) co_return answer.error();
    Representation now{.exists = true, .tag = tag_of(*shown, **answer)};
    if (shown->version != nullptr) now.version = (*answer)->GetReflection()->GetInt64(**answer, shown->version);
    co_return now;
}

const Gateway::Call* Gateway::shown_by(const Call& call) const {
    const Call* best = nullptr;
    for (const auto& endpoint : endpoints_) {
        const auto* const shown = std::get_if<Call>(&endpoint);
        if (shown == nullptr || shown->route->verb != "GET" || !is_at_or_below(call.route->path, shown->route->path)) continue;
        const auto answers = [](const Call& each) { return each.route->method->response_prototype().GetDescriptor(); };
        if (shown->route->path != call.route->path && answers(*shown) != answers(call)) continue;
        if (best == nullptr || best->route->path.size() < shown->route->path.size()) best = shown;
    }
    return best;
}

}  // namespace tw::gateway
