#pragma once

#include "apps/tradewind/command_line.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <span>
#include <string>

namespace tw::app {

/// Each runs one command and gives its exit code (sysexits.h). Problems go to standard error.

/// Runs `chosen` until a signal comes. With `banner`, says on standard error where everything is once it is ready.
int run(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool banner);
/// 1 where `mode` is status and a migration is pending.
int migrate(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, MigrateMode mode);
/// Copies the SQLite databases to `folder`, also those of running processes.
int backup(const runtime::Config& config, const std::string& folder);
/// Puts the databases of a backup in place; with `force`, in place of others.
int restore(const runtime::Config& config, const std::string& folder, bool force);
/// Copies the data of `chosen` from SQLite to the PostgreSQL database at `url`.
int copy(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, const std::string& url);
/// 0 when nothing is in the way of `tradewind up`, 1 otherwise.
int doctor(const runtime::Config& config);
/// Asks the tradewind that is configured alike, at its operations port: 0 when it is ready (or, with `live`, only alive), else 1
/// with why on standard error.
int healthcheck(const runtime::Config& config, bool live);
/// Leaves a development CA and a certificate for each module in `folder`; with `force`, in place of others.
int make_certificates(const std::string& folder, bool force);
int show_config(const runtime::Config& config);

/// Says what went wrong, a line for each problem, and gives the exit code for it.
int report(const Error& error);

}  // namespace tw::app
