#include "kit/sql/copy.hpp"

#include "apps/tradewind/backup_folder.hpp"
#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/modules.hpp"
#include "kit/base/url_text.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/sql/reasons.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

std::vector<sql::Schema> schemas_of(const SqliteFile& file) {
    std::vector<sql::Schema> schemas;
    for (const auto& module : modules()) {
        if (std::ranges::find(file.modules, module.name) != file.modules.end()) schemas.push_back(module.schema());
    }
    return schemas;
}

/// Returns whether the file has the data of one of `chosen`. Modules that share a file are copied
/// together.
bool holds_one_of(const SqliteFile& file, std::span<const runtime::ModuleSpec> chosen) {
    return std::ranges::any_of(
        chosen, [&](const auto& module) { return std::ranges::find(file.modules, module.name) != file.modules.end(); });
}

Result<void> copy_file(const runtime::Config& config, const SqliteFile& file, const std::string& url) {
    std::error_code unreachable;
    if (!std::filesystem::exists(file.path, unreachable) && !unreachable) {
        return Error{Code::failed_precondition, "NO_DATABASE",
                     fmt::format("{} does not exist; name the data folder with --data", file.path)};
    }
    const auto locks = lock_file(config, file);
    if (!locks) return locks.error();
    const auto schemas = schemas_of(file);
    const auto copied =
        sql::copy_to_postgres(file.path, url, schemas, config.program().text(), runtime::postgres_options(config));
    if (!copied) return copied.error();
    for (const auto& table : *copied) {
        fmt::print("{}: {} rows of {} are in {}\n", fmt::join(file.modules, ", "), table.rows, table.name, printable_url(url));
    }
    return {};
}

}  // namespace

int copy(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, const std::string& url) {
    const auto files = sqlite_files(config);
    if (!files) return report(files.error());
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
        return report(Error{Code::invalid_argument, reason::kUnknownDatabase,
                            "--to takes a URL of PostgreSQL: postgresql://USER:PASSWORD@HOST:PORT/DATABASE"});
    }
    bool any = false;
    for (const auto& file : *files) {
        if (!holds_one_of(file, chosen)) continue;
        any = true;
        if (const auto done = copy_file(config, file, url); !done) return report(done.error());
    }
    if (any) return 0;
    return report(Error{Code::failed_precondition, "NO_DATABASE", "none of these modules uses SQLite"});
}

}  // namespace tw::app
