#pragma once

#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <span>
#include <string>

namespace tw::app {

/// Each function runs one command and returns its exit code (sysexits.h). Problems are written to
/// standard error.

/// What the user asked `up` for, beside settings.
struct UpOptions {
    /// Whether to run without the console, whatever its setting says.
    bool no_console = false;
    /// Whether to show the console's page in a browser.
    bool open = false;
};
/// Runs the modules in `chosen` until a signal comes. The console runs only if its setting says so.
/// The function prints the addresses and the place of the data on standard error as soon as the
/// process is ready.
int run_all(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, UpOptions options);
/// Copies the SQLite databases to `folder`, even while processes use them.
int backup(const runtime::Config& config, const std::string& folder);
/// Restores the databases of a backup. With `force`, they replace databases that exist.
int restore(const runtime::Config& config, const std::string& folder, bool force);
/// Copies the data of `chosen` from SQLite to the PostgreSQL database at `url`.
int copy(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, const std::string& url);
/// What `audit export` is to write; an empty text means all.
struct AuditExport {
    std::string from;
    std::string to;
    std::string actor;
    std::string object;
};
/// Checks the audit logs of `chosen`. `known_file` is the output of an earlier check, or empty.
/// Returns 1 if one of them is broken.
int verify_audit(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool json,
                 const std::string& known_file);
/// Writes the sealed records of the audit logs of `chosen` as lines of JSON.
int export_audit(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, const AuditExport& what);
/// Checks what a process that runs `chosen` would use, and prints a table, or JSON. Returns 0 if no
/// check fails, and 1 otherwise.
int doctor(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool json);
/// Writes a development CA and a certificate for each module to `folder`. With `force`, they
/// replace files that exist.
int make_certificates(const std::string& folder, bool force);

/// Prints what went wrong, a line for each problem, and returns the exit code for the error.
int report(const Error& error);

}  // namespace tw::app
