#pragma once

#include <string>

/// Internal to kit/net.
namespace tw::net {

/// What a failure of OpenSSL on this thread means for the connection, in words for people, with OpenSSL's own words in brackets:
/// "the peer does not accept this side's certificate (tlsv1 alert unknown ca)". Clears the thread's errors.
std::string take_tls_failure();

}  // namespace tw::net
