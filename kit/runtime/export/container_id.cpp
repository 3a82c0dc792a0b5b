#include "kit/runtime/export/container_id.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace tw::runtime {
namespace {

constexpr std::size_t kDigits = 64;

bool is_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// The id that `text` begins with, if no other digit follows.
std::string_view id_at(std::string_view text) {
    const auto* const end = std::ranges::find_if_not(text, is_digit);
    return static_cast<std::size_t>(end - text.begin()) == kDigits ? text.substr(0, kDigits) : std::string_view{};
}

/// Calls `find` with one line after the other until it gives something.
template <class Find>
std::string first_in_lines(std::string_view text, Find find) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (const auto found = find(text.substr(0, end)); !found.empty()) return std::string{found};
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return {};
}

std::string file_text(const char* path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

std::string container_id_of_cgroup(std::string_view text) {
    return first_in_lines(text, [](std::string_view line) {
        // The last part of the group's path: "/docker/<id>",
        // "/kubepods/…/cri-containerd-<id>.scope".
        const auto slash = line.rfind('/');
        if (slash == std::string_view::npos) return std::string_view{};
        auto part = line.substr(slash + 1);
        if (part.ends_with(".scope")) part.remove_suffix(6);
        if (const auto dash = part.find_last_of("-:"); dash != std::string_view::npos) part.remove_prefix(dash + 1);
        return part.size() == kDigits ? id_at(part) : std::string_view{};
    });
}

std::string container_id_of_mountinfo(std::string_view text) {
    return first_in_lines(text, [](std::string_view line) {
        // The files that an engine mounts, such as "/var/lib/docker/containers/<id>/hostname";
        // layers have such digits too.
        constexpr std::string_view kFolder = "containers/";
        const auto found = line.find(kFolder);
        return found == std::string_view::npos ? std::string_view{} : id_at(line.substr(found + kFolder.size()));
    });
}

std::string own_container_id() {
    const auto id = container_id_of_cgroup(file_text("/proc/self/cgroup"));
    return id.empty() ? container_id_of_mountinfo(file_text("/proc/self/mountinfo")) : id;
}

}  // namespace tw::runtime
