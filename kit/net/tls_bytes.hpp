#pragma once

#include <openssl/bio.h>
#include <string>
#include <string_view>

namespace tw::net {

/// The wire as OpenSSL sees it: what came and has not been taken, and what is to be sent. Internal to kit/net.
struct TlsBytes {
    /// Points into the buffer that was read into.
    std::string_view in;
    /// Nothing comes after `in`.
    bool ended = false;
    std::string out;

    /// A BIO over these bytes, which stay where they are for as long as it lives; null when memory ran out. Reading from an empty
    /// `in` asks to be tried again.
    BIO* make_bio();
};

}  // namespace tw::net
