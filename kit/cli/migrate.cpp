#include "kit/cli/commands.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/data_folder.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/sql/history.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tw::cli {
namespace {

using States = std::vector<sql::MigrationState>;

/// The command applies migrations, shows which ones it would apply, or lists all of them.
enum class MigrateMode : std::uint8_t { apply, dry_run, status };

constexpr int kPending = 1;

Result<std::optional<runtime::FolderLock>> lock_folder(const runtime::Config& config, const runtime::ModuleSpec& module) {
    std::optional<runtime::FolderLock> lock;
    if (!runtime::keeps_data_in_folder(config, module)) return lock;
    const auto folder = runtime::process_settings(config).data_folder;
    if (auto made = runtime::make_data_folder(folder); !made) return made.error();
    auto taken = runtime::lock_module(config.program(), folder, module.name);
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
    return lock;
}

/// Applies the pending migrations, and returns those that it applied.
Result<States> migrate_module(const runtime::Config& config, const runtime::ModuleSpec& module, WorkerPool& workers) {
    const auto lock = lock_folder(config, module);
    if (!lock) return lock.error();
    const auto store = sql::open_store(runtime::database_url(config, module), workers, runtime::postgres_options(config));
    if (!store) return store.error();
    auto pending = (*store)->migrations(module.schema());
    if (!pending) return pending;
    std::erase_if(*pending, &sql::MigrationState::applied);
    if (auto done = (*store)->migrate(module.schema()); !done) return std::move(done).error();
    return pending;
}

void print_applied(std::string_view module, const std::string& where, const States& applied) {
    if (applied.empty()) fmt::print("{}: nothing to do, the schema is up to date in {}\n", module, where);
    for (const auto& state : applied) fmt::print("{}: applied {:04} {} in {}\n", module, state.version, state.name, where);
}

/// Prints the error with the name of the module, and returns the exit code.
int report_of(const runtime::Config& config, std::string_view module, Error error) {
    const auto detail = fmt::format("{}: {}", module, error.detail());
    return runtime::report(config.program(), std::move(error).with_detail(detail));
}

/// Returns whether `url` names a SQLite file that does not exist. Such a file must not be opened,
/// since that would create it and the caller changes nothing.
bool is_missing_file(std::string_view url) {
    constexpr std::string_view kScheme = "sqlite:";
    std::error_code unreachable;
    // A file that cannot be accessed does not count as missing. Opening it reports the reason.
    return url.starts_with(kScheme) && !std::filesystem::exists(url.substr(kScheme.size()), unreachable) && !unreachable;
}

Result<States> states_of(const runtime::Config& config, const runtime::ModuleSpec& module, WorkerPool& workers) {
    const auto url = runtime::database_url(config, module);
    const auto schema = module.schema();
    if (is_missing_file(url)) return sql::migration_states(schema.name, schema.sqlite, {});
    const auto store = sql::open_store(url, workers, runtime::postgres_options(config));
    if (!store) return store.error();
    return (*store)->migrations(schema);
}

/// Prints the migrations, and returns how many are pending.
std::size_t print(std::string_view module, const std::string& where, const States& states, MigrateMode mode) {
    std::size_t pending = 0;
    for (const auto& state : states) pending += state.applied ? 0 : 1;
    if (mode == MigrateMode::dry_run && pending == 0) fmt::print("{}: nothing to do in {}\n", module, where);
    if (mode == MigrateMode::dry_run && pending > 0) fmt::print("{}: would be applied in {}\n", module, where);
    if (mode == MigrateMode::status)
        fmt::print("{}: {} of {} applied in {}\n", module, states.size() - pending, states.size(), where);
    for (const auto& state : states) {
        if (mode == MigrateMode::dry_run && state.applied) continue;
        fmt::print("  {:04} {}{}\n", state.version, state.name,
                   mode == MigrateMode::dry_run ? ""
                   : state.applied              ? "  applied"
                                                : "  pending");
    }
    return pending;
}

int migrate(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, MigrateMode mode) {
    WorkerPool workers{1};
    std::size_t pending = 0;
    for (const auto& module : chosen) {
        if (module.schema == nullptr) continue;
        const auto where = runtime::shown_database_url(config, module);
        if (mode == MigrateMode::apply) {
            const auto applied = migrate_module(config, module, workers);
            if (!applied) return report_of(config, module.name, applied.error());
            print_applied(module.name, where, *applied);
            continue;
        }
        const auto states = states_of(config, module, workers);
        if (!states) return report_of(config, module.name, states.error());
        pending += print(module.name, where, *states, mode);
    }
    return mode == MigrateMode::status && pending > 0 ? kPending : 0;
}

int run_migrate(const Invocation& call) {
    auto mode = MigrateMode::apply;
    if (call.arguments.has("--dry-run")) mode = MigrateMode::dry_run;
    if (call.arguments.has("--status")) mode = MigrateMode::status;
    return migrate(*call.config, call.modules, mode);
}

}  // namespace

Command migrate_command(const runtime::Program&) {
    return {.name = "migrate",
            .help = "Apply the migrations of the databases",
            .run = run_migrate,
            .parameters = {{.name = "MODULE", .help = "Migrate only these modules [all]", .kind = Parameter::Kind::modules},
                           {.name = "--dry-run",
                            .help = "Show which migrations would be applied, and change nothing",
                            .kind = Parameter::Kind::flag},
                           {.name = "--status",
                            .help = "List all migrations as applied or pending; the exit code is 1 if one is pending",
                            .kind = Parameter::Kind::flag,
                            .excludes = "--dry-run"}},
            .shown_options = {"--data", "--config"},
            .variables = {Variables::database},
            .example = "migrate --status"};
}

}  // namespace tw::cli
