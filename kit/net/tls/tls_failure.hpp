#pragma once

#include <string>

/// Describes failures of OpenSSL. Internal to kit/net.
namespace tw::net {

/// Returns the meaning of OpenSSL's failure on this thread for the connection, in words for people,
/// with OpenSSL's own words in brackets: "the peer does not accept this side's certificate (tlsv1
/// alert unknown ca)". Clears the thread's errors.
std::string take_tls_failure();

}  // namespace tw::net
