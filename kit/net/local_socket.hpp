#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <string>
#include <sys/types.h>

/// The file by which others find a Unix domain socket. Internal to kit/net.
namespace tw::net {

/// Takes the file away when it is done with, unless another process has put one of its own there meanwhile.
class LocalSocketFile {
 public:
    LocalSocketFile() = default;
    /// Of the socket that was bound to `path` just now.
    explicit LocalSocketFile(std::string path);
    LocalSocketFile(LocalSocketFile&& other) noexcept;
    LocalSocketFile& operator=(LocalSocketFile&&) = delete;
    ~LocalSocketFile() { remove(); }

    /// Idempotent.
    void remove();

 private:
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

/// Binds `descriptor` to the path of `address`, mode 0660 from the first moment on. The file of a socket where nobody answers is
/// replaced. FAILED_PRECONDITION where somebody does (ADDRESS_IN_USE) or where the path is no socket (NOT_A_SOCKET);
/// INVALID_ARGUMENT or UNAVAILABLE where the system refuses.
Result<LocalSocketFile> bind_local(int descriptor, const Address& address);

}  // namespace tw::net
