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

/// What `migrate` does: brings schemas up to date, says what it would run, or lists what there is.
enum class MigrateMode : std::uint8_t { apply, dry_run, status };

/// What the person at the command line wants.
struct CommandLine {
    Command command = Command::up;
    /// Of `serve`, `migrate` and `copy`: names as they were typed.
    std::vector<std::string> modules;
    std::vector<runtime::Assignment> flags;
    /// Of `migrate`.
    MigrateMode migrate_mode = MigrateMode::apply;
    /// Of `healthcheck`.
    bool live = false;
    /// Of `certs dev`, `backup` and `restore`.
    std::string folder = "certs";
    /// Of `copy`.
    std::string to;
    /// Of `certs dev` and `restore`.
    bool force = false;
};

/// Wrong usage (sysexits.h).
inline constexpr int kUsage = 64;

/// Reads the command line; options come from the settings. An exit code where there is nothing left to do: 0 after help was
/// printed, 64 after a usage error was.
std::variant<CommandLine, int> parse_command_line(int argc, char** argv, std::span<const runtime::Setting> settings);

}  // namespace tw::app
