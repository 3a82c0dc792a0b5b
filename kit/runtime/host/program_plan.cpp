#include "kit/runtime/host/program_plan.hpp"

#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tw::runtime {
namespace {

Error bad_program(std::string detail) { return Error{Code::internal, reason::kBadProgram, std::move(detail)}; }

std::string names_of(std::span<const ModuleSpec> modules) {
    std::vector<std::string_view> names;
    for (const auto& module : modules) names.push_back(module.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

const ModuleSpec* find_module(std::span<const ModuleSpec> modules, std::string_view name) {
    const auto found = std::ranges::find(modules, name, &ModuleSpec::name);
    return found == modules.end() ? nullptr : &*found;
}

/// Returns what is wrong with the list of modules itself.
std::optional<Error> fault_of(std::span<const ModuleSpec> modules) {
    for (const auto& module : modules) {
        if (find_module(modules, module.name) != &module)
            return bad_program(fmt::format("Program::modules has two modules with the name \"{}\"", module.name));
        if (module.make == nullptr && module.grpc_port == 0) {
            return bad_program(fmt::format(
                "the module \"{0}\" can neither run nor be called: give its ModuleSpec `make` if it runs in this program, or "
                "`grpc_port` if it runs elsewhere",
                module.name));
        }
    }
    return std::nullopt;
}

/// Notes the routes that `gateway` answers. Returns an error if a module that they name is missing.
std::optional<Error> note_answered(const Program& program, const ModuleSpec& gateway, ProgramPlan& plan) {
    const auto module = gateway.make();
    for (const auto& [name, routes] : module->answered_routes()) {
        const auto* const served = find_module(program.modules, name);
        if (served == nullptr) {
            return bad_program(fmt::format(
                "the module \"{}\" answers routes of the module \"{}\", which is not in Program::modules ({}): correct the "
                "name, or add a ModuleSpec, without `make` if the module runs elsewhere",
                gateway.name, name, names_of(program.modules)));
        }
        if (served->grpc_port == 0 && find_module(plan.here, name) == nullptr) {
            return bad_program(fmt::format(
                "the module \"{}\" answers routes of the module \"{}\", which does not run in this process and has no gRPC "
                "port: give its ModuleSpec `grpc_port`",
                gateway.name, name));
        }
        for (const auto& route : routes) plan.answered.insert(route.method);
    }
    return std::nullopt;
}

}  // namespace

Result<ProgramPlan> plan_program(const Program& program, std::span<const ModuleSpec> chosen) {
    if (auto fault = fault_of(program.modules)) return std::move(*fault);
    ProgramPlan plan;
    std::ranges::copy_if(chosen, std::back_inserter(plan.here), [](const ModuleSpec& module) { return module.make != nullptr; });
    if (plan.here.empty()) {
        return Error{Code::invalid_argument, reason::kBadProgram,
                     fmt::format("nothing runs in this process: {} has no module with code in this program ({}); the others are "
                                 "called at their URLs",
                                 program.name.text(), names_of(chosen))};
    }
    for (const auto& module : program.modules) {
        if (module.make == nullptr || !module.serves_http) continue;
        if (auto fault = note_answered(program, module, plan)) return std::move(*fault);
    }
    return plan;
}

std::vector<UnansweredRoutes> find_unanswered(const ProgramPlan& plan, std::span<const rpc::Method* const> methods) {
    std::vector<UnansweredRoutes> found;
    for (const auto* const method : methods) {
        if (method->route.empty() || plan.answered.contains(method)) continue;
        const auto same = std::ranges::find(found, method->service, &UnansweredRoutes::service);
        if (same == found.end()) {
            found.push_back({method->service, std::string{method->route}});
        } else {
            same->routes.append(", ").append(method->route);
        }
    }
    return found;
}

}  // namespace tw::runtime
