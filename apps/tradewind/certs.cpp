#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/modules.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/net/tls_issue.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kDay{24};
constexpr auto kAuthorityLife = 3650 * kDay;
/// Browsers accept certificates of public authorities for no longer than this.
constexpr auto kLeafLife = 397 * kDay;
constexpr auto kClockSkew = std::chrono::hours{1};

struct File {
    fs::path path;
    std::string text;
    mode_t mode;
};

Error cannot_write_certificate(const fs::path& path, int error_number) {
    return Error{Code::unavailable, "CERTIFICATES",
                 fmt::format("cannot write {}: {}", path.string(), std::strerror(error_number))};
}

/// Writes a file beside its final place and then renames it, so that nobody reads an incomplete
/// one.
Result<void> write_file(const File& file) {
    const auto draft = file.path.string() + ".new";
    ::unlink(draft.c_str());
    const int handle = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode);
    if (handle < 0) return cannot_write_certificate(file.path, errno);
    const auto written = ::write(handle, file.text.data(), file.text.size());
    const int problem = written == static_cast<ssize_t>(file.text.size()) ? 0 : (written < 0 ? errno : ENOSPC);
    ::close(handle);
    if (problem == 0 && ::rename(draft.c_str(), file.path.c_str()) == 0) return {};
    const int why = problem == 0 ? errno : problem;
    ::unlink(draft.c_str());
    return cannot_write_certificate(file.path, why);
}

void add(std::vector<File>& files, const fs::path& folder, const std::string& name, net::TlsPem pem) {
    files.push_back({folder / (name + ".crt"), std::move(pem.certificate), 0644});
    files.push_back({folder / (name + ".key"), std::move(pem.key), 0600});
}

Result<std::vector<File>> issue_all(const fs::path& folder) {
    const auto now = SystemClock{}.now();
    const auto begin = now - kClockSkew;
    auto authority = net::make_authority("Tradewind development CA", begin, now + kAuthorityLife);
    if (!authority) return authority.error();
    std::vector<File> files;
    for (const auto& module : modules()) {
        const std::string name{module.name};
        auto leaf = net::issue_certificate(*authority, {.common_name = name,
                                                        .hosts = {"localhost", "127.0.0.1", "::1", name},
                                                        .uris = {program().name.identity_prefix() + name},
                                                        .not_before = begin,
                                                        .not_after = now + kLeafLife});
        if (!leaf) return leaf.error();
        add(files, folder, name, std::move(*leaf));
    }
    add(files, folder, "ca", std::move(*authority));
    return files;
}

}  // namespace

int make_certificates(const std::string& folder, bool force) {
    const fs::path place = fs::absolute(folder).lexically_normal();
    std::error_code problem;
    fs::create_directories(place, problem);
    if (problem) return report(cannot_write_certificate(place, problem.value()));
    const auto files = issue_all(place);
    if (!files) return report(files.error());
    for (const auto& file : *files) {
        if (std::error_code unreachable; force || !fs::exists(file.path, unreachable)) continue;
        return report(Error{Code::failed_precondition, "CERTIFICATES",
                            fmt::format("{} exists already; --force replaces all files of the folder, --folder names another",
                                        file.path.string())});
    }
    for (const auto& file : *files) {
        if (const auto written = write_file(file); !written) return report(written.error());
    }
    const auto at = place.string();
    fmt::print(
        "Created a development CA and a certificate for each module in {}. Keep ca.key secret.\n"
        "Add this to tradewind.toml:\n\n"
        "[http]\ncertificate = \"{}/gateway.crt\"\nkey = \"{}/gateway.key\"\n\n"
        "[rpc]\ncertificate = \"{}/{{module}}.crt\"\nkey = \"{}/{{module}}.key\"\nca = \"{}/ca.crt\"\n\n"
        "Try: curl --cacert {}/ca.crt https://localhost:8080/health\n",
        at, at, at, at, at, at, at);
    return 0;
}

}  // namespace tw::app
