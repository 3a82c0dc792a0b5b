#pragma once

#include <openssl/bio.h>
#include <string>
#include <string_view>

namespace tw::net {

/// OpenSSL's view of the connection: received bytes that it has not read, and bytes to send.
/// Internal to kit/net.
struct TlsBytes {
    /// The received bytes; they point into the buffer that was read into.
    std::string_view in;
    /// Whether nothing comes after `in`.
    bool ended = false;
    std::string out;

    /// Makes a BIO over these bytes, which must stay at their address for as long as it lives.
    /// Returns null when there is no memory. Reading from an empty `in` asks to be retried.
    BIO* make_bio();
};

}  // namespace tw::net
