#pragma once

#include "kit/auth/authentication.hpp"
#include "kit/auth/authorization.hpp"
#include "kit/auth/challenge.hpp"
#include "kit/auth/verifier_fixture.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/wrappers.pb.h>

// A service whose methods allow different callers, behind both policies, for tests.
namespace tw::auth::test {

using Text = google::protobuf::StringValue;

inline constexpr rpc::Caller kAnyoneAllowed[] = {rpc::Caller::anyone};
inline constexpr rpc::Caller kOwnerAllowed[] = {rpc::Caller::owner};
inline constexpr rpc::Caller kOwnerAndSupportAllowed[] = {rpc::Caller::owner, rpc::Caller::support};
inline constexpr rpc::Caller kSupportAllowed[] = {rpc::Caller::support};
inline constexpr rpc::Caller kMerchantAllowed[] = {rpc::Caller::merchant};
inline constexpr rpc::Caller kServiceAllowed[] = {rpc::Caller::service};
inline constexpr rpc::Caller kOperatorAllowed[] = {rpc::Caller::operator_};
inline constexpr rpc::Caller kOwnerAndServiceAllowed[] = {rpc::Caller::owner, rpc::Caller::service};
inline constexpr rpc::Caller kAllAllowed[] = {rpc::Caller::anyone, rpc::Caller::owner};
inline constexpr rpc::Caller kKnownAllowed[] = {rpc::Caller::owner, rpc::Caller::support, rpc::Caller::merchant,
                                                rpc::Caller::service};

constexpr rpc::Method shop_method(std::string_view path, std::string_view name, std::span<const rpc::Caller> allow) {
    return {.path = path,
            .service = "test.Shop",
            .name = name,
            .shape = rpc::Shape::unary,
            .idempotency = rpc::Idempotency::safe,
            .deadline = std::chrono::seconds{20},
            .allow = allow,
            .request_prototype = rpc::prototype<Text>,
            .response_prototype = rpc::prototype<Text>,
            .validate = [](const rpc::Message&, std::vector<Violation>&) {}};
}

inline constexpr rpc::Method kForAnyone = shop_method("/test.Shop/Anyone", "Anyone", kAnyoneAllowed);
inline constexpr rpc::Method kForOwner = shop_method("/test.Shop/Owner", "Owner", kOwnerAllowed);
inline constexpr rpc::Method kForOwnerAndSupport =
    shop_method("/test.Shop/OwnerAndSupport", "OwnerAndSupport", kOwnerAndSupportAllowed);
inline constexpr rpc::Method kForSupport = shop_method("/test.Shop/Support", "Support", kSupportAllowed);
inline constexpr rpc::Method kForMerchant = shop_method("/test.Shop/Merchant", "Merchant", kMerchantAllowed);
inline constexpr rpc::Method kForService = shop_method("/test.Shop/Service", "Service", kServiceAllowed);
inline constexpr rpc::Method kForOperator = shop_method("/test.Shop/Operator", "Operator", kOperatorAllowed);
inline constexpr rpc::Method kForOwnerAndService =
    shop_method("/test.Shop/OwnerAndService", "OwnerAndService", kOwnerAndServiceAllowed);
/// A method whose contract says of nobody that they may call it.
inline constexpr rpc::Method kForNobody = shop_method("/test.Shop/Nobody", "Nobody", {});

inline constexpr auto kOwnerAndSupport = rpc::set_of(rpc::Caller::owner) | rpc::set_of(rpc::Caller::support);
/// Returns a method whose answers the owner and support alone can read.
constexpr rpc::Method with_hidden_answer(rpc::Method method) {
    method.hide_fields = [](rpc::Message& response, rpc::CallerSet callers) {
        if ((callers & kOwnerAndSupport) == 0) static_cast<Text&>(response).clear_value();
    };
    method.see_all_fields = kOwnerAndSupport;
    return method;
}
inline constexpr rpc::Method kHidden = with_hidden_answer(shop_method("/test.Shop/Hidden", "Hidden", kKnownAllowed));
inline constexpr rpc::Method kPublicHidden =
    with_hidden_answer(shop_method("/test.Shop/PublicHidden", "PublicHidden", kAllAllowed));

constexpr rpc::Method streaming(rpc::Method method) {
    method.shape = rpc::Shape::server_streaming;
    return method;
}
inline constexpr rpc::Method kWatch = streaming(shop_method("/test.Shop/Watch", "Watch", kAllAllowed));

inline const std::array kShopMethods{&kForAnyone,  &kForOwner,    &kForOwnerAndSupport, &kForSupport, &kForMerchant,
                                     &kForService, &kForOperator, &kForOwnerAndService, &kForNobody};

/// Answers with the caller's id.
class Shop final : public rpc::Service {
 public:
    std::string_view service_name() const override { return "test.Shop"; }
    std::span<const rpc::Handler> handlers() const override {
        static constexpr std::array kHandlers{
            rpc::make_handler<&Shop::who, kForAnyone>(),          rpc::make_handler<&Shop::who, kForOwner>(),
            rpc::make_handler<&Shop::who, kForOwnerAndSupport>(), rpc::make_handler<&Shop::who, kForSupport>(),
            rpc::make_handler<&Shop::who, kForMerchant>(),        rpc::make_handler<&Shop::who, kForService>(),
            rpc::make_handler<&Shop::who, kForOperator>(),        rpc::make_handler<&Shop::who, kForOwnerAndService>(),
            rpc::make_handler<&Shop::who, kForNobody>(),          rpc::make_handler<&Shop::who, kHidden>(),
            rpc::make_handler<&Shop::who, kPublicHidden>(),       rpc::make_handler<&Shop::watch, kWatch>()};
        return kHandlers;
    }
    Task<Result<Text>> who(const CallContext& ctx, const Text&) {
        ++calls;
        principal = ctx.principal();
        limit = rpc::owner_limit(ctx);
        authorization = ctx.attributes().authorization ? *ctx.attributes().authorization : std::string{};
        Text answer;
        answer.set_value(principal.id);
        co_return answer;
    }

    /// Answers once, and then goes on until the call is over.
    Task<Result<void>> watch(const CallContext& ctx, const Text& request, rpc::Writer<Text>& answers) {
        auto sent = co_await answers.write(request);
        if (!sent) co_return sent;
        while (!ctx.over()) co_await hop_to(ctx.loop());
        co_return *ctx.over();
    }

    int calls = 0;
    Principal principal;
    std::optional<std::string> limit;
    std::string authorization;
};

class PoliciesTest : public VerifierTest {
 public:
    /// How a call went, and the challenge that came with a refusal.
    struct Outcome {
        std::string reason;
        Code code = Code::ok;
        std::string challenge;
        std::string detail;
        std::string answer;
    };

    PoliciesTest() { table.add(shop, {tracer, log, meter}); }

    void use_policies(AuthenticationOptions authentication_options = {}, AuthorizationOptions authorization_options = {}) {
        authentication = std::make_unique<Authentication>(*verifier, telemetry::Telemetry{tracer, log, meter},
                                                          std::move(authentication_options));
        authorization =
            std::make_unique<Authorization>(telemetry::Telemetry{tracer, log, meter}, std::move(authorization_options));
        policies = {authentication.get(), authorization.get()};
        table.set_policies(policies);
    }
    /// Calls with these values of `authorization`, as a module with that identity.
    Outcome call_with(const rpc::Method& method, const std::vector<std::string>& fields, std::string identity = {}) {
        rpc::CallOptions call_options;
        for (const auto& field : fields) call_options.metadata.emplace_back("authorization", field);
        channel = rpc::make_local_channel(loop, table, {tracer, log, meter}, {}, std::move(identity));
        auto outcome = run_until_done(loop, make_call(method, call_options));
        for (const auto* metadata : {&call_options.initial_metadata, &call_options.trailing_metadata}) {
            for (const auto& [name, value] : *metadata) {
                if (name == kChallengeField) outcome.challenge += value;
            }
        }
        return outcome;
    }
    std::string reason_of(const rpc::Method& method, const std::string& token, std::string identity = {}) {
        std::vector<std::string> fields;
        if (!token.empty()) fields.push_back("Bearer " + token);
        return call_with(method, fields, std::move(identity)).reason;
    }
    /// The answer to a call, as far as its caller sees it.
    std::string seen_of(const rpc::Method& method, const std::string& token, std::string identity = {}) {
        std::vector<std::string> fields;
        if (!token.empty()) fields.push_back("Bearer " + token);
        return call_with(method, fields, std::move(identity)).answer;
    }
    std::string token_with(const std::vector<std::string>& roles, std::string scopes = {}) {
        auto claims = valid_claims();
        claims["roles"] = boost::json::array(roles.begin(), roles.end());
        claims["scope"] = std::move(scopes);
        return key.token(claims);
    }

    Random random{7};
    telemetry::CollectedLogs logs;
    telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    telemetry::Logger log{"test", clock, logs, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    Shop shop;
    rpc::ServiceTable table;
    std::unique_ptr<Authentication> authentication;
    std::unique_ptr<Authorization> authorization;
    std::vector<rpc::Policy*> policies;
    std::unique_ptr<rpc::Channel> channel;

 private:
    Task<Outcome> make_call(const rpc::Method& method, rpc::CallOptions& call_options) {
        const Text request;
        auto answer = co_await rpc::call_unary<Text>(*channel, call.context(), method, request, &call_options);
        Outcome outcome;
        if (answer) outcome.answer = answer->value();
        if (!answer) {
            outcome.reason = answer.error().reason();
            outcome.code = answer.error().code();
            outcome.detail = answer.error().detail();
        }
        co_return outcome;
    }
};

}  // namespace tw::auth::test
