#pragma once

#include "kit/rpc/method.hpp"
#include "kit/runtime/program.hpp"

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::runtime {

/// What a process runs of a program, and which methods the program answers over HTTP.
struct ProgramPlan {
    /// The chosen modules that have code in this program.
    std::vector<ModuleSpec> here;
    /// The methods whose routes a gateway of the program answers, here or in another process.
    std::set<const rpc::Method*> answered;
};

/// Fails if the program contradicts itself, or if none of `chosen` can run here: INTERNAL or
/// INVALID_ARGUMENT, reason BAD_PROGRAM. The error says what to change.
Result<ProgramPlan> plan_program(const Program& program, std::span<const ModuleSpec> chosen);

/// The methods of one service whose routes nobody answers.
struct UnansweredRoutes {
    std::string_view service;
    /// The routes, separated by commas.
    std::string routes;
};

/// Returns what is not answered of the methods that run here, a service each.
std::vector<UnansweredRoutes> find_unanswered(const ProgramPlan& plan, std::span<const rpc::Method* const> methods);

}  // namespace tw::runtime
