#pragma once

#include "kit/base/result.hpp"
#include "kit/base/secret.hpp"
#include "kit/net/address.hpp"
#include "kit/net/tls_context.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace tw::redis {

/// Where Redis is, how one is let in, and what a client allows itself.
struct Settings {
    net::Address address{"127.0.0.1", 6379};
    /// An ACL user; empty means the server's default user.
    std::string user;
    /// Empty means that none is sent.
    Secret password;
    /// The number of the database, from 0.
    int database = 0;
    /// The URL was rediss://: TLS, by `tls`, or by whom the system trusts where that is null.
    bool secure = false;
    std::shared_ptr<net::TlsContext> tls{};
    /// What `CLIENT LIST` shows; no spaces.
    std::string client_name = "tradewind";

    /// A command's time, whatever its caller would wait; at least a tick of the timers (8 ms).
    std::chrono::milliseconds command_time_max{250};
    /// From the first packet to the answer that the server lets us in.
    std::chrono::milliseconds connect_time_max{1000};
    /// An answer that is late by more than this after its command was given up closes the connection.
    std::chrono::milliseconds late_time_max{2000};
    /// Failed attempts to connect are repeated after a random time below a bound that doubles from the first to the last.
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{5000};

    /// Commands whose answers are still to come, with those that wait for a connection; more are refused (REDIS_BUSY).
    std::size_t in_flight_max = 1024;
    /// Bytes of those commands.
    std::size_t in_flight_bytes_max = 8 << 20;
    /// One answer; a longer one closes the connection.
    std::size_t reply_bytes_max = 8 << 20;

    /// `redis://[user[:password]@]host[:port][/database]`, or rediss:// for TLS; user and password may be percent-encoded (RFC
    /// 3986 §2.1), and "redis://:password@host" has a password alone. INVALID_ARGUMENT (INVALID_REDIS_URL) otherwise; no error
    /// shows any part of the URL, since it may be the secret one.
    static Result<Settings> parse_url(const Secret& url);
    /// The URL with the password masked, for people.
    std::string to_string() const;
};

}  // namespace tw::redis
