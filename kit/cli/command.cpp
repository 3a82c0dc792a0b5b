#include "kit/cli/command.hpp"

namespace tw::cli {

std::string Arguments::text(std::string_view name, std::string fallback) const {
    const auto found = values_.find(name);
    return found == values_.end() || found->second.empty() ? std::move(fallback) : found->second.front();
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace tw::cli
