#pragma once

#include "kit/base/result.hpp"
#include "kit/base/secret.hpp"
#include "kit/net/address.hpp"
#include "kit/net/tls_context.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tw::redis {

/// The address of Redis, the credentials, and the limits of a client.
struct Settings {
    net::Address address{"127.0.0.1", 6379};
    /// An ACL user; empty means the server's default user.
    std::string user;
    /// The password; empty means that none is sent.
    Secret password;
    /// The number of the database, from 0.
    int database = 0;
    /// Whether the URL was rediss://, that is TLS. The TLS settings are `tls`, or the system's
    /// trusted certificates if `tls` is null.
    bool secure = false;
    std::shared_ptr<net::TlsContext> tls{};
    /// The name that `CLIENT LIST` shows. It has no spaces.
    std::string client_name = "tw";
    /// What the errors of Client::check call these settings, for the operator.
    std::string named = "the URL of Redis";
    /// Returns the URL as it is now, for URLs that may get another user or password while the
    /// process runs. It is called for each connection, from any thread. Null if the URL stays.
    std::function<Secret()> current_url{};

    /// How long a command may take, however long its caller would wait. It is at least one tick of
    /// the timers (8 ms).
    std::chrono::milliseconds command_time_max{250};
    /// How long connecting may take, from the first packet until the server has accepted the
    /// credentials.
    std::chrono::milliseconds connect_time_max{1000};
    /// An answer that comes later than this after its command was given up closes the connection.
    std::chrono::milliseconds late_time_max{2000};
    /// A failed attempt to connect is repeated after a random time below a bound that doubles from
    /// the first value to the last.
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{5000};

    /// How many commands may be without an answer, including those that wait for a connection. More
    /// are refused (REDIS_BUSY).
    std::size_t in_flight_max = 1024;
    /// How many bytes those commands may have.
    std::size_t in_flight_bytes_max = 8 << 20;
    /// How many bytes an answer may have. A longer answer closes the connection.
    std::size_t reply_bytes_max = 8 << 20;

    /// Parses `redis://[user[:password]@]host[:port][/database]`, or rediss:// for TLS. User and
    /// password may be percent-encoded (RFC 3986 §2.1), and "redis://:password@host" has a password
    /// alone. Fails with INVALID_ARGUMENT (INVALID_REDIS_URL) for any other text. The error shows
    /// no part of the URL, since any part may be the secret one.
    static Result<Settings> parse_url(const Secret& url);
    /// Returns these settings with the user and the password of the current URL. A current URL that
    /// cannot be parsed changes nothing.
    Settings with_current_credentials() const;
    /// Returns the URL with the password masked, for people to read.
    std::string to_string() const;
};

}  // namespace tw::redis
