#pragma once

#include "kit/http/server.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"
#include "kit/runtime/process_settings.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace tw::runtime {

/// Everything that can be configured: the runtime's own settings, and for each module its address,
/// its URL, its database and what it declares. `data_folder` is the default of data.folder.
std::vector<Setting> all_settings(const ProgramName& program, std::span<const ModuleSpec> modules, std::string data_folder);

/// Where the program "greeter" keeps data unless somebody says otherwise: $XDG_DATA_HOME/greeter,
/// else ~/.local/share/greeter (XDG Base Directory Specification), else ./greeter-data where there
/// is no home.
std::string default_data_folder(const ProgramName& program, const std::map<std::string, std::string>& environment);

http::ServerLimits http_limits(const Config& config);

/// Which hosts an HTTP port answers for that is bound to `bound`. All, except where http.hosts is
/// set, or where a developer's machine serves itself (profile = dev, bound to loopback), since
/// pages of any web site can reach that (DNS rebinding).
http::HostRule host_rule(const Config& config, const net::Address& bound);
/// Which hosts the operations port answers for. On loopback it answers for loopback alone in every
/// profile, since nobody but the machine's own programs and a rebinding page asks there.
http::HostRule ops_host_rule(const Config& config, const net::Address& bound);
/// What the HTTP port speaks: "https://" where it has a certificate, else "http://".
std::string_view edge_scheme(const Config& config);
Profile profile_of(const Config& config);

/// Whether callers may inject faults: in the development profile, if it is set.
bool injects_faults(const Config& config);

/// The database of a module that has one: its own setting, else the common one, else a file in the
/// data folder.
std::string database_url(const Config& config, const ModuleSpec& module);
/// The file that has that URL, if a variable NAME_FILE named one; else empty.
std::string database_url_file(const Config& config, const ModuleSpec& module);
/// The URL of a module's database as it may be shown, with a password masked.
std::string shown_database_url(const Config& config, const ModuleSpec& module);
/// Whether that database is a file in the data folder.
bool keeps_data_in_folder(const Config& config, const ModuleSpec& module);

/// What configuration and environment say about telemetry; OTLP_ENDPOINT is the configuration's to
/// give.
otlp::Parsed otlp_settings(const Config& config, std::map<std::string, std::string> environment);

}  // namespace tw::runtime
