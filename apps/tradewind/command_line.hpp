#pragma once

#include "kit/runtime/config.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tw::app {

enum class Command : std::uint8_t {
    up,
    serve,
    migrate,
    doctor,
    healthcheck,
    backup,
    restore,
    copy,
    config_show,
    certs_dev,
    version,
};

/// What `migrate` does: it applies migrations, shows which ones it would apply, or lists all of
/// them.
enum class MigrateMode : std::uint8_t { apply, dry_run, status };

/// What the user asked for on the command line.
struct CommandLine {
    Command command = Command::up;
    /// The names of modules as they were typed, for `serve`, `migrate` and `copy`.
    std::vector<std::string> modules;
    std::vector<runtime::Assignment> flags;
    /// The mode of `migrate`.
    MigrateMode migrate_mode = MigrateMode::apply;
    /// Whether `healthcheck` only asks if the process is alive.
    bool live = false;
    /// The folder for `certs dev`, `backup` and `restore`.
    std::string folder = "certs";
    /// The URL of the target database for `copy`.
    std::string to;
    /// Whether `certs dev` and `restore` may replace files that exist.
    bool force = false;
};

/// The exit code of wrong usage (EX_USAGE of sysexits.h).
inline constexpr int kUsage = 64;

/// Parses the command line. `settings` become options. Returns an exit code if nothing is left to
/// do: 0 after it printed a help text, 64 after it printed a usage error.
std::variant<CommandLine, int> parse_command_line(int argc, char** argv, std::span<const runtime::Setting> settings);

}  // namespace tw::app
