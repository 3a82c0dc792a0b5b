#include "apps/tradewind/backup_folder.hpp"
#include "apps/tradewind/commands.hpp"
#include "kit/async/run.hpp"
#include "kit/audit/audit_json.hpp"
#include "kit/audit/schema.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr int kBrokenChain = 1;
constexpr std::int64_t kExportedAtOnce = 500;

Error bad_option(std::string_view option, std::string_view what) {
    return {Code::invalid_argument, reason::kBadConfig, fmt::format("{}: {}", option, what)};
}

/// Telemetry that is discarded, for a command.
class NoTelemetry {
 public:
    telemetry::Telemetry get() { return {.tracer = tracer_, .log = log_, .meter = meter_}; }

 private:
    SystemClock clock_;
    Random random_;
    telemetry::DiscardedLogs sink_;
    telemetry::Tracer tracer_{clock_, random_};
    telemetry::Meter meter_;
    telemetry::Logger log_{"audit", clock_, sink_, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
};

/// What a command does with the audit log of one module. It returns an error to end the command.
using AuditWork = std::function<Task<Result<void>>(const CallContext& ctx, audit::AuditStore& store, const std::string& module)>;

Task<Result<void>> run_in(EventLoop& loop, sql::Store& store, std::string module, const AuditWork& work) {
    NoTelemetry telemetry;
    RootCall call{loop};
    const auto database = store.connect(loop, telemetry.get());
    audit::AuditStore records{*database, telemetry.get()};
    co_return co_await work(call.context(), records, module);
}

/// Locks the SQLite file of the module, if it has one and the file exists.
Result<std::vector<runtime::FolderLock>> lock_sqlite(const runtime::Config& config, const std::string& module) {
    const auto files = sqlite_files(config);
    if (!files) return files.error();
    for (const auto& file : *files) {
        if (std::ranges::find(file.modules, module) == file.modules.end()) continue;
        std::error_code unreachable;
        if (!std::filesystem::exists(file.path, unreachable) && !unreachable) {
            return Error{Code::failed_precondition, "NO_DATABASE",
                         fmt::format("{} does not exist; name the data folder with --data", file.path)};
        }
        return lock_file(config, file);
    }
    return std::vector<runtime::FolderLock>{};
}

Result<void> with_module(const runtime::Config& config, const runtime::ModuleSpec& module, const AuditWork& work) {
    const std::string name{module.name};
    const auto locks = lock_sqlite(config, name);
    if (!locks) return locks.error();
    WorkerPool workers{1};
    const auto store = sql::open_store(runtime::database_url(config, module), workers, runtime::postgres_options(config));
    if (!store) return store.error();
    const auto migrations = (*store)->migrations(audit::schema());
    if (!migrations) return migrations.error();
    // A database of an older version has no audit log yet.
    if (!std::ranges::all_of(*migrations, &sql::MigrationState::applied)) return {};
    EventLoop loop;
    return run_until_done(loop, run_in(loop, **store, name, work));
}

/// Does the work for each module that keeps an audit log. Returns the error with the module's name.
Result<void> with_each(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, const AuditWork& work) {
    for (const auto& module : chosen) {
        if (module.schema == nullptr || !sql::uses(module.schema(), audit::schema)) continue;
        auto done = with_module(config, module, work);
        if (!done) return Error{done.error()}.with_detail(fmt::format("{}: {}", module.name, done.error().detail()));
    }
    return {};
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return bad_option("--anchor", fmt::format("{} cannot be read", path));
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

void print_report(const std::string& module, const audit::ChainReport& report) {
    if (report.broken) {
        fmt::print("{}: BROKEN at position {} ({}); {} records before it are whole\n", module, report.broken->position,
                   audit::fault_name(report.broken->fault), report.records);
        return;
    }
    fmt::print("{}: whole, {} records from position {}, {} not sealed yet, oldest {}\n", module, report.records,
               report.removed.position + 1, report.unsealed, report.oldest ? report.oldest->to_string() : "none");
    fmt::print("  head: position {}, hash {}\n", report.head.position, report.head.hash);
}

class Verification {
 public:
    Verification(bool json, std::string known) : json_{json}, known_{std::move(known)} {}

    Task<Result<void>> check(const CallContext& ctx, audit::AuditStore& store, const std::string& module) {
        std::optional<audit::Seal> known;
        if (!known_.empty()) {
            auto head = audit::known_head(known_, module);
            if (!head) co_return bad_option("--anchor", "takes the output of `audit verify --json`");
            known = *std::move(head);
        }
        const auto report = co_await audit::check_chain(ctx, store, module, std::move(known));
        if (!report) co_return report.error();
        broken_ = broken_ || report->broken;
        if (json_) {
            chains_.push_back(audit::report_json(*report, module));
        } else {
            print_report(module, *report);
        }
        co_return Result<void>{};
    }

    int end() const {
        if (json_) fmt::print("{{\"ok\":{},\"chains\":[{}]}}\n", !broken_, fmt::join(chains_, ","));
        return broken_ ? kBrokenChain : 0;
    }

 private:
    bool json_;
    std::string known_;
    std::vector<std::string> chains_;
    bool broken_ = false;
};

struct ExportFilter {
    std::optional<Timestamp> from;
    std::optional<Timestamp> to;
    std::string actor;
    std::string object;

    bool takes(const audit::Record& record) const {
        if (from && record.at < *from) return false;
        if (to && record.at >= *to) return false;
        if (!actor.empty() && record.actor_id != actor && record.service != actor) return false;
        return object.empty() || (record.objects + " ").find("=" + object + " ") != std::string::npos;
    }
};

Result<std::optional<Timestamp>> read_time(std::string_view option, const std::string& text) {
    if (text.empty()) return std::optional<Timestamp>{};
    const auto time = Timestamp::parse(text);
    if (!time) {
        return bad_option(option, fmt::format("takes a time such as 2026-01-31T12:00:00Z, and not {}", text));
    }
    return std::optional{*time};
}

Task<Result<void>> export_chain(const CallContext& ctx, audit::AuditStore& store, const std::string& module,
                                const ExportFilter& filter) {
    const auto chain = co_await store.chain(ctx, module);
    if (!chain) co_return chain.error();
    auto last = chain->value_or(audit::Chain{}).removed;
    while (true) {
        const auto page = co_await store.sealed(ctx, module, last.position, kExportedAtOnce);
        if (!page) co_return page.error();
        if (page->empty()) co_return Result<void>{};
        for (const auto& one : *page) {
            if (filter.takes(one.record)) fmt::print("{}\n", audit::export_line(one, last.hash));
            last = one.seal;
        }
    }
}

}  // namespace

int verify_audit(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool json,
                 const std::string& known_file) {
    Result<std::string> known{std::string{}};
    if (!known_file.empty()) known = read_file(known_file);
    if (!known) return report(known.error());
    Verification verification{json, *std::move(known)};
    const auto done = with_each(config, chosen, [&](const CallContext& ctx, audit::AuditStore& store, const std::string& module) {
        return verification.check(ctx, store, module);
    });
    if (!done) return report(done.error());
    return verification.end();
}

int export_audit(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, const AuditExport& what) {
    const auto from = read_time("--from", what.from);
    if (!from) return report(from.error());
    const auto to = read_time("--to", what.to);
    if (!to) return report(to.error());
    const ExportFilter filter{.from = *from, .to = *to, .actor = what.actor, .object = what.object};
    const auto done = with_each(config, chosen, [&](const CallContext& ctx, audit::AuditStore& store, const std::string& module) {
        return export_chain(ctx, store, module, filter);
    });
    return done ? 0 : report(done.error());
}

}  // namespace tw::app
