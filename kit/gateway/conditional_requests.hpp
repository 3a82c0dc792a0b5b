#pragma once

#include "kit/gateway/conditions/preconditions.hpp"
#include "kit/gateway/edge_policy.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace google::protobuf {
class FieldDescriptor;
}

namespace tw::gateway {

/// Adds the entity tag (RFC 9110 §8.8.3) to answers that have a `version`, and enforces the
/// preconditions If-Match and If-None-Match of requests (RFC 9110 §13).
///
/// Preconditions are evaluated on the answer of the path's GET route. The change then expects the
/// version that was evaluated, so that no other change can come in between. A method without
/// `expected_version` is called right after the evaluation.
class ConditionalRequests final : public EdgePolicy {
 public:
    bool wants(const http::Request& request) const override { return Preconditions::asked(request.headers); }
    Task<Result<void>> around_json(const CallContext& ctx, JsonCall& call, NextJson next) override;
    void on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response) override;

 private:
    /// What the entity tag of a method's answer is made of.
    struct Tagged {
        /// The field of the version; null if the answer has none.
        const google::protobuf::FieldDescriptor* version = nullptr;
        /// The answer's messages that change without its version. The tag contains a hash of them.
        std::vector<const google::protobuf::FieldDescriptor*> unversioned{};
    };

    Task<Result<void>> read_if(const CallContext& ctx, const Preconditions& conditions, JsonCall& call, NextJson& next);
    Task<Result<void>> change_if(const CallContext& ctx, const Preconditions& conditions, JsonCall& call, NextJson& next);
    /// Finds out what exists now, for the conditions of a change. An error means that this could
    /// not be found out.
    Task<Result<Representation>> look_up(const CallContext& ctx, JsonCall& call);
    Representation represent(const rpc::Route& route, const rpc::Message& answer);
    /// Returns the entity tag of an answer; empty if the answer has none.
    std::string tag_of(const rpc::Route& route, const rpc::Message& answer);
    const Tagged& tagged(const rpc::Method& method);

    std::unordered_map<const rpc::Method*, Tagged> methods_;
};

}  // namespace tw::gateway
