#include "apps/tradewind/commands.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::app {

int show_config(const runtime::Config& config) {
    std::size_t key_width = 0;
    std::size_t value_width = 0;
    const auto shown = [](const runtime::Config::Entry& entry) { return entry.value.empty() ? "\"\"" : entry.shown(); };
    for (const auto& entry : config.entries()) {
        key_width = std::max(key_width, entry.setting.key.size());
        value_width = std::max(value_width, shown(entry).size());
    }
    for (const auto& entry : config.entries()) {
        fmt::print("{:<{}}  {:<{}}  {}\n", entry.setting.key, key_width, shown(entry), value_width, entry.origin);
    }
    return 0;
}

}  // namespace tw::app
