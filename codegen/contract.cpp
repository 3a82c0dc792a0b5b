#include "codegen/contract.hpp"

#include "codegen/names.hpp"
#include "codegen/rule_check.hpp"
#include "codegen/visibility.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace tw::codegen {

namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

void check_callers(const MethodDescriptor& method, const tradewind::MethodPolicy& policy, Problems& problems) {
    if (policy.allow().empty()) problems.add(method, "its policy says nobody may call it; `allow` needs at least one caller");
    bool service_alone = !policy.allow().empty();
    for (const int caller : policy.allow()) {
        if (caller == tradewind::CALLER_UNSPECIFIED || !tradewind::Caller_IsValid(caller)) {
            problems.add(method, "`allow` names a caller that does not exist");
        }
        service_alone = service_alone && caller == tradewind::SERVICE;
    }
    if (service_alone && policy.has_http()) {
        problems.add(method, "only services of the product may call it, so it has no HTTP route");
    }
}

void check_policy(const MethodDescriptor& method, const tradewind::MethodPolicy& policy, Problems& problems) {
    check_callers(method, policy, problems);
    if (policy.idempotency() == tradewind::IDEMPOTENCY_UNSPECIFIED || !tradewind::Idempotency_IsValid(policy.idempotency())) {
        problems.add(method,
                     "its policy does not say what a repeated call does; `idempotency` is NONE, SAFE, IDEMPOTENT or KEYED");
    }
    if (!tradewind::Priority_IsValid(policy.priority())) problems.add(method, "its `priority` does not exist");
    const auto& deadline = policy.deadline();
    if (!policy.has_deadline() || deadline.seconds() < 0 || deadline.nanos() < 0 ||
        (deadline.seconds() == 0 && deadline.nanos() < 1'000'000)) {
        problems.add(method, "its policy has no deadline; `deadline` is at least a millisecond, such as {seconds: 2}");
    }
    for (const int status : policy.errors()) {
        if (status < 400 || status > 599) {
            problems.add(method, fmt::format("`errors` names {}, which is no HTTP status of an error", status));
        }
    }
}

std::optional<MethodModel> read_method(const MethodDescriptor& method, Problems& problems) {
    if (!method.options().HasExtension(tradewind::method)) {
        problems.add(method, "has no policy; write `option (tradewind.method) = {...}` with allow, idempotency and deadline");
        return std::nullopt;
    }
    MethodModel model{
        .descriptor = &method, .policy = method.options().GetExtension(tradewind::method), .deadline_ms = 0, .http = {}};
    check_policy(method, model.policy, problems);
    model.deadline_ms = model.policy.deadline().seconds() * 1000 + model.policy.deadline().nanos() / 1'000'000;
    if (model.policy.has_http()) model.http = read_route(method, model.policy, problems);
    return model;
}

ServiceModel read_service(const ServiceDescriptor& service, Problems& problems) {
    ServiceModel model{.descriptor = &service, .methods = {}};
    std::map<std::string, const MethodDescriptor*> members;
    for (int i = 0; i < service.method_count(); ++i) {
        const auto& method = *service.method(i);
        const auto [member, fresh] = members.emplace(member_name(method), &method);
        if (!fresh) {
            problems.add(method, fmt::format("is called {}() in C++, and so is {}", member->first, member->second->name()));
        }
        if (auto read = read_method(method, problems)) model.methods.push_back(std::move(*read));
    }
    return model;
}

/// Reports two methods with the same verb and path, because the second would never be called.
void check_routes_differ(const Contract& contract, Problems& problems) {
    std::map<std::string, const MethodDescriptor*> taken;
    for (const auto& file : contract.files) {
        for (const auto& service : file.services) {
            for (const auto& method : service.methods) {
                if (!method.http) continue;
                const auto [route, fresh] = taken.emplace(method.http->shape(), method.descriptor);
                if (fresh) continue;
                problems.add(*method.descriptor,
                             fmt::format("its route {} {} is already that of {} ({})", method.http->verb, method.http->path,
                                         route->second->full_name(), route->second->file()->name()));
            }
        }
    }
}

void check_answers(const Contract& contract, Problems& problems) {
    std::set<const google::protobuf::Descriptor*> reported;
    for (const auto& file : contract.files) {
        for (const auto& service : file.services) {
            for (const auto& method : service.methods) check_visibility(*method.descriptor->output_type(), reported, problems);
        }
    }
}

}  // namespace

Contract read_contract(const std::vector<const FileDescriptor*>& files, Problems& problems) {
    Contract contract;
    for (const auto* file : files) {
        check_field_rules(*file, problems);
        if (file->service_count() == 0) continue;
        FileModel model{.descriptor = file, .services = {}};
        for (int i = 0; i < file->service_count(); ++i) model.services.push_back(read_service(*file->service(i), problems));
        contract.files.push_back(std::move(model));
    }
    check_routes_differ(contract, problems);
    check_answers(contract, problems);
    return contract;
}

}  // namespace tw::codegen
