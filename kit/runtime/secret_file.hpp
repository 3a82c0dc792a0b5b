#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/secret.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace tw::runtime {

/// A secret that may be replaced while the process runs: the text of a file, read again when the
/// file has changed. Without a file it stays what it was. If a file cannot be read or is empty, the
/// secret that was read last stays.
class SecretFile {
 public:
    SecretFile(Secret secret, std::string path);

    /// Returns the secret. Looks at the file first, which blocks for a moment.
    const Secret& current();

 private:
    /// What tells that a file has changed.
    struct Mark {
        std::int64_t modified_ns = 0;
        std::uint64_t inode = 0;
        std::int64_t bytes = 0;
        bool operator==(const Mark&) const = default;
    };
    static Mark mark_of(const std::string& path);

    Secret secret_;
    std::string path_;
    Mark mark_;
};

/// Returns a function that gives the secret of a file as it is now. It may be called from any
/// thread, and its copies share the file. Null if `path` is empty.
std::function<Secret()> renewed_secret(Secret secret, const std::string& path);

}  // namespace tw::runtime
