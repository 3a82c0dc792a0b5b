#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"
#include "kit/runtime/config.hpp"

#include <optional>
#include <string>

namespace tw::console {

/// A file in the data folder that says where the page of the running console is, since that may be
/// another port than the one in the settings. Commands on the same machine read it.
class AddressFile {
 public:
    explicit AddressFile(const runtime::Config& config);

    /// Fails with UNAVAILABLE if the file cannot be written. The folder must exist.
    Result<void> write(const net::Address& page) const;
    /// Removes the file if it still says this address.
    void remove(const net::Address& page) const;
    /// Returns nothing if there is no such file, which is so when no console runs. A console that
    /// was killed has left the file behind.
    std::optional<net::Address> read() const;

 private:
    std::string path_;
};

}  // namespace tw::console
