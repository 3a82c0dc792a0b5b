#pragma once

#include "kit/runtime/config.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/module_spec.hpp"
#include "kit/runtime/policies.hpp"
#include "kit/runtime/program_name.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace tw::runtime {

/// A program made of modules: what its main function says of it.
struct Program {
    /// Everything is called after it that has to have a name: variables of the environment and the
    /// file of its settings, what it says on standard error, its telemetry, the URIs in its
    /// certificates, its keys in Redis, the domain of its errors, the user agent of its calls.
    ProgramName name;
    /// The version of all modules: service.version in their telemetry.
    std::string_view version;
    /// All modules that the program knows, each after those that it calls. `serve` is told which of
    /// them run here. The others are called by their URLs.
    std::span<const ModuleSpec> modules;
    /// What applies to the calls of its modules.
    PolicyLists policies = {};
    /// What the program is for, in one sentence: the first line of its --help.
    std::string_view about = {};
};

/// Runs `chosen` until SIGTERM or SIGINT, then drains them; meanwhile SIGHUP has certificates read
/// again. Modules of `chosen` that have no code in this program (ModuleSpec::make) are left out.
/// `on_ready` is called once it serves; without one, a line on standard error names all addresses.
/// For the main thread, before it makes any other. Gives the exit code (sysexits.h): 0 after an
/// orderly end, else what `exit_code_of` says, with the problem on standard error.
int serve(const Program& program, const Config& config, std::span<const ModuleSpec> chosen,
          const std::function<void(const Listening&)>& on_ready = {});

/// Says on standard error what went wrong, a line for each problem, and gives the exit code for it.
int report(const ProgramName& program, const Error& error);

/// The exit code (sysexits.h) for a start that failed: 78 for what somebody has to mend in a
/// setting, also where only a server could tell (a wrong password, a database that does not exist),
/// 70 for a bug, 69 for all else that is in the way.
int exit_code_of(const Error& error);

}  // namespace tw::runtime
