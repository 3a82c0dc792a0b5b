#include "apps/tradewind/commands.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/data_folder.hpp"

#include <fmt/format.h>

namespace tw::app {
namespace {

Result<void> migrate_module(const runtime::Config& config, const runtime::ModuleSpec& module, WorkerPool& workers) {
    std::optional<runtime::FolderLock> lock;
    if (runtime::keeps_data_in_folder(config, module.name)) {
        const auto& folder = config.text("data.folder");
        if (auto made = runtime::make_data_folder(folder); !made) return made;
        auto taken = runtime::lock_module(folder, module.name);
        if (!taken) return taken.error();
        lock.emplace(std::move(*taken));
    }
    const auto store = sql::open_store(runtime::database_url(config, module.name), workers);
    if (!store) return store.error();
    return (*store)->migrate(module.schema());
}

}  // namespace

int migrate(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen) {
    WorkerPool workers{1};
    for (const auto& module : chosen) {
        if (module.schema == nullptr) continue;
        if (const auto done = migrate_module(config, module, workers); !done) return report(done.error());
        const auto& setting = config.entry("database.url").setting;
        fmt::print("{}: the schema is up to date in {}\n", module.name,
                   runtime::mask(setting, runtime::database_url(config, module.name)));
    }
    return 0;
}

}  // namespace tw::app
