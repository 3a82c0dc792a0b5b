#include "kit/runtime/host/process_stores.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/secret_file.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// Says whose database it is and who chose it; the URL itself is not repeated.
Error name_database(Error error, const Config& config, std::string_view module) {
    const auto& own = config.entry(std::string{module} + ".database_url");
    const auto& entry = own.value.empty() ? config.entry("database.url") : own;
    const auto detail =
        fmt::format("the database of {} ({} from {}): {}", module, entry.setting.key, entry.origin, error.detail());
    return std::move(error).with_detail(detail);
}

}  // namespace

Result<void> ProcessStores::open(const Config& config, std::span<const std::unique_ptr<ModuleInstance>> modules,
                                 WorkerPool& workers, const sql::pg::PostgresOptions& options) {
    for (const auto& module : modules) {
        const auto& spec = module->spec();
        if (spec.schema == nullptr) continue;
        if (keeps_data_in_folder(config, spec)) {
            const auto folder = process_settings(config).data_folder;
            if (auto made = make_data_folder(folder); !made) return made;
            auto lock = lock_module(config.program(), folder, spec.name);
            if (!lock) return lock.error();
            locks_.push_back(std::move(*lock));
        }
        const auto store = open_store(config, spec, workers, options);
        if (!store) return name_database(store.error(), config, spec.name);
        module->use(**store);
    }
    return {};
}

Result<sql::Store*> ProcessStores::open_store(const Config& config, const ModuleSpec& module, WorkerPool& workers,
                                              const sql::pg::PostgresOptions& options) {
    const auto url = database_url(config, module);
    auto& store = stores_[url];
    if (store) return store.get();
    auto with_current_url = options;
    if (auto renewed = renewed_secret(Secret{url}, database_url_file(config, module))) {
        with_current_url.current_url = [renewed = std::move(renewed)] { return renewed().reveal(); };
    }
    auto opened = sql::open_store(url, workers, with_current_url);
    if (!opened) return std::move(opened).error();
    store = std::move(*opened);
    return store.get();
}

std::vector<ProcessStores::File> ProcessStores::files() const {
    constexpr std::string_view kScheme = "sqlite:";
    std::vector<File> files;
    for (const auto& [url, store] : stores_) {
        // "sqlite::" begins the name of a database in memory.
        if (!url.starts_with(kScheme) || url.starts_with("sqlite::")) continue;
        files.push_back({url.substr(kScheme.size()), store.get()});
    }
    return files;
}

}  // namespace tw::runtime
