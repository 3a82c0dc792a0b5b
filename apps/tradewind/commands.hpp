#pragma once

#include "apps/tradewind/command_line.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <span>
#include <string>

namespace tw::app {

/// Each function runs one command and returns its exit code (sysexits.h). Problems are written to
/// standard error.

/// Runs the modules in `chosen` until a signal comes. With `banner`, prints the addresses and the
/// place of the data on standard error as soon as the process is ready.
int run(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool banner);
/// Returns 1 if `mode` is status and a migration is pending.
int migrate(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, MigrateMode mode);
/// Copies the SQLite databases to `folder`, even while processes use them.
int backup(const runtime::Config& config, const std::string& folder);
/// Restores the databases of a backup. With `force`, they replace databases that exist.
int restore(const runtime::Config& config, const std::string& folder, bool force);
/// Copies the data of `chosen` from SQLite to the PostgreSQL database at `url`.
int copy(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, const std::string& url);
/// Returns 0 if nothing prevents `tradewind up`, and 1 otherwise.
int doctor(const runtime::Config& config);
/// Asks the tradewind process with this configuration at its operations port. Returns 0 if the
/// process is ready or, with `live`, if it is alive. Otherwise prints the reason on standard error
/// and returns 1.
int healthcheck(const runtime::Config& config, bool live);
/// Writes a development CA and a certificate for each module to `folder`. With `force`, they
/// replace files that exist.
int make_certificates(const std::string& folder, bool force);
int show_config(const runtime::Config& config);

/// Prints what went wrong, a line for each problem, and returns the exit code for the error.
int report(const Error& error);

}  // namespace tw::app
