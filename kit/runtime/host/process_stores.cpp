#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/host/process.hpp"

#include <filesystem>
#include <string>
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

Result<void> Process::open_stores() {
    for (const auto& module : modules_) {
        if (module->spec().schema == nullptr) continue;
        const auto name = module->spec().name;
        if (keeps_data_in_folder(config_, module->spec())) {
            const auto folder = process_settings(config_).data_folder;
            if (auto made = make_data_folder(folder); !made) return made;
            auto lock = lock_module(config_.program(), folder, name);
            if (!lock) return lock.error();
            locks_.push_back(std::move(*lock));
        }
        const auto url = database_url(config_, module->spec());
        auto& store = stores_[url];
        if (!store) {
            auto opened = sql::open_store(url, workers_, connections_.options);
            if (!opened) return name_database(std::move(opened).error(), config_, name);
            store = std::move(*opened);
            if (profile_of(config_) == Profile::production) {
                if (auto safe = store->check_durability(); !safe) return name_database(std::move(safe).error(), config_, name);
            }
        }
        module->use(*store);
    }
    return {};
}

void Process::open_control_ports() {
    constexpr std::string_view kScheme = "sqlite:";
    for (const auto& [url, store] : stores_) {
        if (!url.starts_with(kScheme) || url.starts_with("sqlite::")) continue;
        const auto file = url.substr(kScheme.size());
        backups_.add({std::filesystem::path{file}.filename(), store.get()});
        auto place = ControlPlace::beside(file);
        auto listener = place ? net::Listener::bind(place->address()) : Result<std::unique_ptr<net::Listener>>{place.error()};
        if (listener) {
            control_ports_.push_back({std::move(*place), std::move(*listener), nullptr});
            continue;
        }
        // Some file systems have no sockets. The process serves all the same.
        log_.log(telemetry::Severity::warn, "backup.control_unavailable",
                 {{"file.path", file}, {"cause", listener.error().detail()}},
                 config_.program().text() + " backup cannot reach this process; stop it for a backup");
    }
}

void Process::tell_of_connections() {
    if (!connections_.bounded) return;
    const auto count = [](std::size_t number) { return static_cast<std::int64_t>(number); };
    const auto& options = connections_.options;
    log_.log(telemetry::Severity::info, "database.connections_bounded",
             {{"tw.database.connections", count(connections_.connections)},
              {"tw.loops", count(connections_.loops)},
              {"tw.database.pipelines", count(options.lines)},
              {"tw.database.transactions_max", count(options.leases_max)}},
             fmt::format(
                 "at most {} connections to PostgreSQL, within database.connections_max: {} loops with {} for reads and commits "
                 "and up to {} for transactions for each module; raise it together with the server's max_connections",
                 connections_.connections, connections_.loops, options.lines, options.leases_max));
}

}  // namespace tw::runtime
