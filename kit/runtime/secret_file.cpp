#include "kit/runtime/secret_file.hpp"

#include "kit/runtime/config_sources.hpp"

#include <memory>
#include <mutex>
#include <sys/stat.h>
#include <utility>

namespace tw::runtime {

SecretFile::SecretFile(Secret secret, std::string path)
    : secret_{std::move(secret)}, path_{std::move(path)}, mark_{mark_of(path_)} {}

const Secret& SecretFile::current() {
    if (path_.empty()) return secret_;
    const auto mark = mark_of(path_);
    if (mark == mark_) return secret_;
    auto text = read_secret_file(path_);
    if (!text || text->empty()) return secret_;
    secret_ = Secret{std::move(*text)};
    mark_ = mark;
    return secret_;
}

std::function<Secret()> renewed_secret(Secret secret, const std::string& path) {
    if (path.empty()) return nullptr;
    struct Shared {
        explicit Shared(SecretFile given) : file{std::move(given)} {}
        std::mutex mutex;
        SecretFile file;
    };
    auto shared = std::make_shared<Shared>(SecretFile{std::move(secret), path});
    return [shared = std::move(shared)] {
        const std::scoped_lock lock{shared->mutex};
        return shared->file.current();
    };
}

SecretFile::Mark SecretFile::mark_of(const std::string& path) {
    struct stat found{};
    if (path.empty() || ::stat(path.c_str(), &found) != 0) return {};
    constexpr std::int64_t kSecondNs = 1'000'000'000;
    return {
        .modified_ns = found.st_mtim.tv_sec * kSecondNs + found.st_mtim.tv_nsec, .inode = found.st_ino, .bytes = found.st_size};
}

}  // namespace tw::runtime
