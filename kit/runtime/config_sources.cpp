#include "kit/runtime/config_sources.hpp"

#include <fstream>
#include <iterator>
#include <unistd.h>
#include <utility>

namespace tw::runtime {
namespace {

constexpr const char* kUsualFile = "tradewind.toml";

/// The file that a flag or the environment names; empty when neither does. Needed before the configuration can be read.
std::string named_file(const Sources& sources) {
    std::string file;
    if (const auto found = sources.environment.find("TRADEWIND_CONFIG_FILE"); found != sources.environment.end())
        file = found->second;
    for (const auto& flag : sources.flags) {
        if (flag.key == "config.file") file = flag.value;
    }
    return file;
}

}  // namespace

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

Result<Config> load_config(const std::vector<Setting>& settings, std::vector<Assignment> flags) {
    Sources sources{.flags = std::move(flags), .environment = environment()};
    const auto named = named_file(sources);
    const auto path = named.empty() ? std::string{kUsualFile} : named;
    std::ifstream file{path};
    if (file) {
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        auto assignments = read_toml(text, path);
        if (!assignments) return assignments.error();
        sources.file = std::move(*assignments);
    } else if (!named.empty()) {
        return Error{Code::invalid_argument, "BAD_CONFIG", "the configuration file " + path + " cannot be read"};
    }
    return Config::read(settings, sources);
}

}  // namespace tw::runtime
