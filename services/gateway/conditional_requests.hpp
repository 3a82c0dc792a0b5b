#pragma once

#include "services/gateway/edge_policy.hpp"
#include "services/gateway/preconditions.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace google::protobuf {
class FieldDescriptor;
}

namespace tw::gateway {

/// Gives answers that have a `version` their entity tag (RFC 9110 §8.8.3), and holds the preconditions of requests (RFC 9110
/// §13): If-Match and If-None-Match.
///
/// Preconditions are judged by what the path's GET route shows. The version that was judged is the one that the change expects,
/// so that nothing can come in between; a method without `expected_version` is called right after the judgement.
class ConditionalRequests final : public EdgePolicy {
 public:
    bool wants(const http::Request& request) const override { return Preconditions::asked(request.headers); }
    Task<Result<void>> around_json(const CallContext& ctx, JsonCall& call, NextJson next) override;
    void on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response) override;

 private:
    /// What the entity tag of a method's answer is made of.
    struct Tagged {
        /// Null where the answer has none.
        const google::protobuf::FieldDescriptor* version = nullptr;
        /// The answer's messages that change without its version, which the tag covers by a hash.
        std::vector<const google::protobuf::FieldDescriptor*> unversioned{};
    };

    Task<Result<void>> read_if(const CallContext& ctx, const Preconditions& conditions, JsonCall& call, NextJson& next);
    Task<Result<void>> change_if(const CallContext& ctx, const Preconditions& conditions, JsonCall& call, NextJson& next);
    /// What there is now, for conditions of a change. An error says that it could not be found out.
    Task<Result<Representation>> look_up(const CallContext& ctx, JsonCall& call);
    Representation represent(const rpc::Route& route, const rpc::Message& answer);
    /// Empty where the answer has none.
    std::string tag_of(const rpc::Route& route, const rpc::Message& answer);
    const Tagged& tagged(const rpc::Method& method);

    std::unordered_map<const rpc::Method*, Tagged> methods_;
};

}  // namespace tw::gateway
