#include "kit/runtime/config_sources.hpp"

#include "kit/runtime/reasons.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// A configuration is written by people. A path such as /dev/zero would otherwise fill the memory.
constexpr std::size_t kFileBytesMax = 1024 * 1024;

Error unreadable(const std::string& path, std::string_view why) {
    return Error{Code::invalid_argument, reason::kBadConfig, fmt::format("the file {} cannot be read: {}", path, why)};
}

/// Closes the file at the end of the scope.
class OpenFile {
 public:
    explicit OpenFile(int fd) : fd_{fd} {}
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int fd() const { return fd_; }

 private:
    int fd_;
};

/// The name is absent from its folder. A link to nothing is present, and so is a file that this
/// user may not reach.
bool is_absent(const std::string& path, int error_number) {
    struct stat found{};
    return error_number == ENOENT && ::lstat(path.c_str(), &found) != 0 && errno == ENOENT;
}

/// The text of the file; nothing where there is no file of that name.
Result<std::optional<std::string>> read_file(const std::string& path) {
    const OpenFile file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.fd() < 0) {
        const int why = errno;
        if (is_absent(path, why)) return std::optional<std::string>{};
        return unreadable(path, why == ENOENT ? "it is a link to a file that does not exist" : std::strerror(why));
    }
    std::string text;
    std::array<char, 16 * 1024> part;
    while (true) {
        const auto length = ::read(file.fd(), part.data(), part.size());
        if (length == 0) return std::optional{std::move(text)};
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return unreadable(path, errno == EISDIR ? "it is a folder" : std::strerror(errno));
        text.append(part.data(), static_cast<std::size_t>(length));
        if (text.size() > kFileBytesMax) return unreadable(path, fmt::format("it has more than {} bytes", kFileBytesMax));
    }
}

/// The file that a flag or the environment names; empty when neither does. Needed before the
/// configuration can be read.
std::string named_file(const ProgramName& program, const Sources& sources) {
    std::string file;
    if (const auto found = sources.environment.find(program.variable("config.file")); found != sources.environment.end())
        file = trimmed(found->second);
    for (const auto& flag : sources.flags) {
        if (flag.key == "config.file") file = trimmed(flag.value);
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

Result<std::string> read_secret_file(const std::string& path) {
    const auto text = read_file(path);
    if (!text) return text.error();
    if (!*text) return unreadable(path, std::strerror(ENOENT));
    return std::string{trimmed(**text)};
}

Result<void> read_secret_files(const ProgramName& program, const std::vector<Setting>& settings, Sources& sources) {
    auto& environment = sources.environment;
    for (const auto& setting : settings) {
        if (!setting.secret && setting.kind != Setting::Kind::url) continue;
        auto names = setting.aliases;
        names.push_back(program.variable(setting.key));
        for (const auto& name : names) {
            const auto found = environment.find(name + "_FILE");
            if (found == environment.end()) continue;
            const std::string path{trimmed(found->second)};
            environment.erase(found);
            if (path.empty()) continue;
            if (const auto plain = environment.find(name); plain != environment.end() && !trimmed(plain->second).empty()) {
                return Error{Code::invalid_argument, reason::kBadConfig,
                             fmt::format("{} and {}_FILE are both set; remove one of them", name, name)};
            }
            auto text = read_secret_file(path);
            if (!text) {
                const auto detail = fmt::format("{} (from {}_FILE)", text.error().detail(), name);
                return std::move(text).error().with_detail(detail);
            }
            environment.insert_or_assign(name, std::move(*text));
            sources.secret_files.insert_or_assign(name, path);
        }
    }
    return {};
}

Result<Config> load_config(const ProgramName& program, const std::vector<Setting>& settings, std::vector<Assignment> flags) {
    Sources sources{.flags = std::move(flags), .environment = environment()};
    if (auto read = read_secret_files(program, settings, sources); !read) return read.error();
    const auto named = named_file(program, sources);
    const auto path = named.empty() ? program.settings_file() : named;
    const auto text = read_file(path);
    if (!text) return text.error();
    if (*text) {
        auto assignments = read_toml(**text, path);
        if (!assignments) return assignments.error();
        sources.file = std::move(*assignments);
    } else if (!named.empty()) {
        return unreadable(path, std::strerror(ENOENT));
    }
    return Config::read(program, settings, sources);
}

}  // namespace tw::runtime
