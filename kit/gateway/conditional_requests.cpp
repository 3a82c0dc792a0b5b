#include "kit/gateway/conditional_requests.hpp"

#include "kit/base/reasons.hpp"
#include "kit/gateway/calls/request_reader.hpp"
#include "kit/gateway/conditions/version_field.hpp"
#include "kit/http/json_mapping.hpp"
#include "proto/tradewind/options.pb.h"

#include <utility>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

using google::protobuf::FieldDescriptor;

/// How many times a change is tried, with its conditions evaluated each time, if other changes come
/// in between.
constexpr int kAttempts = 4;

Error mismatch(std::string detail) {
    return Error{Code::aborted, reason::kVersionMismatch, std::move(detail)}.with_retryable(false);
}

Error condition_failed() { return mismatch("the object has changed: it does not match If-Match or If-None-Match"); }

/// Returns the response to a read of a representation that the client has already (RFC 9110
/// §15.4.5).
http::Response not_modified(std::string tag) {
    http::Response response{.status = 304};
    response.content_type.clear();
    if (!tag.empty()) response.headers.add("etag", std::move(tag));
    return response;
}

/// Returns the fields of an answer that change without its version.
std::vector<const FieldDescriptor*> unversioned_fields(const rpc::Message& response) {
    std::vector<const FieldDescriptor*> fields;
    const auto* type = response.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
        if (type->field(i)->options().GetExtension(tradewind::field).unversioned()) fields.push_back(type->field(i));
    }
    return fields;
}

}  // namespace

const ConditionalRequests::Tagged& ConditionalRequests::tagged(const rpc::Method& method) {
    const auto [found, is_new] = methods_.try_emplace(&method);
    if (is_new) {
        const auto& answer = method.response_prototype();
        found->second = {version_field(answer), unversioned_fields(answer)};
    }
    return found->second;
}

std::string ConditionalRequests::tag_of(const rpc::Route& route, const rpc::Message& answer) {
    const auto& fields = tagged(*route.method);
    if (fields.version == nullptr) return {};
    const auto& reflection = *answer.GetReflection();
    const auto version = reflection.GetInt64(answer, fields.version);
    if (fields.unversioned.empty()) return entity_tag(version);
    std::string shown;
    for (const auto* field : fields.unversioned) http::write_json(reflection.GetMessage(answer, field), shown);
    return entity_tag(version, shown);
}

Representation ConditionalRequests::represent(const rpc::Route& route, const rpc::Message& answer) {
    Representation now{.exists = true, .tag = tag_of(route, answer)};
    if (const auto* const version = tagged(*route.method).version)
        now.version = answer.GetReflection()->GetInt64(answer, version);
    return now;
}

void ConditionalRequests::on_answer(const http::Request&, const ServiceAnswer* from, http::Response& response) {
    if (from == nullptr) return;
    if (auto tag = tag_of(from->route, from->message); !tag.empty()) response.headers.add("etag", std::move(tag));
}

Task<Result<void>> ConditionalRequests::around_json(const CallContext& ctx, JsonCall& call, NextJson next) {
    const Preconditions conditions{call.request.headers};
    if (call.route.verb == "GET") co_return co_await read_if(ctx, conditions, call, next);
    co_return co_await change_if(ctx, conditions, call, next);
}

Task<Result<void>> ConditionalRequests::read_if(const CallContext& ctx, const Preconditions& conditions, JsonCall& call,
                                                NextJson& next) {
    auto done = co_await next(ctx);
    if (!done) co_return done;
    auto now = represent(call.route, *call.answer);
    switch (conditions.judge(now, true)) {
        case Preconditions::Verdict::failed:
            co_return condition_failed();
        case Preconditions::Verdict::not_modified:
            call.response = not_modified(std::move(now.tag));
            break;
        case Preconditions::Verdict::holds:
            break;
    }
    co_return Result<void>{};
}

Task<Result<void>> ConditionalRequests::change_if(const CallContext& ctx, const Preconditions& conditions, JsonCall& call,
                                                  NextJson& next) {
    auto& message = *call.message;
    const auto given = expected_version(message);
    const auto only = given ? conditions.only_version() : std::nullopt;
    if (only && *given != 0 && *given != *only) co_return invalid("/expected_version", "differs from If-Match");
    if (only) set_expected_version(message, *only);
    const bool left_to_service = only || (given && conditions.only_existence());
    for (int attempt = 1;; ++attempt) {
        if (!left_to_service) {
            std::vector<Violation> faults;
            call.route.method->validate(message, faults);
            if (!faults.empty()) co_return invalid(std::move(faults));
            const auto now = co_await look_up(ctx, call);
            if (!now) co_return now.error();
            // The service reports a missing object, since conditions do not hide another refusal
            // (RFC 9110 §13.2.1).
            const bool missing = !now->exists && call.shown_by() != nullptr;
            if (!missing && conditions.judge(*now, false) != Preconditions::Verdict::holds) co_return condition_failed();
            if (given && *given == 0 && now->version > 0) set_expected_version(message, now->version);
        }
        auto done = co_await next(ctx);
        if (done) co_return done;
        const bool overtaken = done.error().reason() == reason::kVersionMismatch && !left_to_service && given && *given == 0;
        if (!overtaken || attempt == kAttempts) co_return done;
    }
}

Task<Result<Representation>> ConditionalRequests::look_up(const CallContext& ctx, JsonCall& call) {
    const auto* const shown = call.shown_by();
    if (shown == nullptr) co_return Representation{};
    // A list always exists, even an empty one.
    const bool names_object = call.route.path.find('{') != std::string_view::npos;
    if (tagged(*shown->method).version == nullptr && !names_object) co_return Representation{.exists = true};
    const auto answer = co_await call.show(ctx);
    if (!answer) co_return answer.error();
    if (*answer == nullptr) co_return Representation{};
    co_return represent(*shown, **answer);
}

}  // namespace tw::gateway
