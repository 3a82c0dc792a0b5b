#include "services/console/endpoints/assets.hpp"

#include "kit/http/text.hpp"
#include "services/console/endpoints/built_in.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace tw::console {
namespace {

/// The first segments of the paths of pages. The page itself says what stands at a longer path.
constexpr std::array<std::string_view, 9> kPages{
    "", "traces", "logs", "metrics", "shop", "requests", "services", "quality", "data",
};

constexpr std::string_view kIndex = "index.html";
/// As web/src/index.html has it.
constexpr std::string_view kBase = "<base href=\"/\">";

bool is_file_name(std::string_view name) {
    const auto allowed = [](char c) { return http::is_token_char(c) && c != '%'; };
    return !name.empty() && !name.starts_with('.') && std::ranges::all_of(name, allowed);
}

}  // namespace

Assets::Assets(std::string folder, std::string base_path) : folder_{std::move(folder)}, base_path_{std::move(base_path)} {
    if (!folder_.empty()) return;
    for (const auto& file : built_in_files()) built_in_.push_back(make(file.name, std::string{file.bytes}));
}

http::StaticFile Assets::make(std::string_view name, std::string bytes) const {
    const auto base = name == kIndex ? bytes.find(kBase) : std::string::npos;
    if (base != std::string::npos) bytes.replace(base, kBase.size(), fmt::format("<base href=\"{}\">", base_path_));
    return http::make_static_file(name, std::move(bytes));
}

std::optional<http::StaticFile> Assets::find(std::string_view name) const {
    if (folder_.empty()) {
        const auto found = std::ranges::find(built_in_, name, &http::StaticFile::name);
        return found == built_in_.end() ? std::nullopt : std::optional{*found};
    }
    std::ifstream file{folder_ + "/" + std::string{name}, std::ios::binary};
    if (!file) return std::nullopt;
    return make(name, std::string{std::istreambuf_iterator<char>{file}, {}});
}

std::optional<http::Response> Assets::answer(const http::Request& request) const {
    const auto path = std::string_view{request.path}.substr(1);
    if (is_file_name(path) && path.find('.') != std::string_view::npos) {
        const auto asset = find(path);
        return asset ? std::optional{http::static_file_response(*asset, request)} : std::nullopt;
    }
    if (std::ranges::find(kPages, path.substr(0, path.find('/'))) == kPages.end()) return std::nullopt;
    const auto index = find(kIndex);
    return index ? std::optional{http::static_file_response(*index, request)} : std::nullopt;
}

}  // namespace tw::console
