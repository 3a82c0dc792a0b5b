#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres/postgres_options.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::sql::pg {

/// Where a database is and how to get in, from its URL (PostgreSQL manual, "Connection URIs"; every parameter of libpq is taken,
/// such as sslmode and sslrootcert). Holds the password: print nothing of it but host, port and database.
struct Target {
    struct Place {
        /// A name, an IP literal or the folder of a Unix socket; empty for libpq's default.
        std::string host;
        std::string port;
    };
    std::vector<Place> places;
    /// libpq's other parameters, completed by ours where the URL does not say otherwise.
    std::vector<std::pair<std::string, std::string>> parameters;

    std::string user;
    std::string database;

    /// INVALID_ARGUMENT for what libpq cannot read.
    static Result<Target> parse(std::string_view url, const PostgresOptions& options);

    /// "host:port/database" of the first place, for people and metrics.
    std::string to_string() const;
    std::int64_t port_number() const;
};

/// libpq's arrays for one attempt. `addresses`, where there are any, are what the places' names resolve to, so that libpq asks
/// no name server; the names stay beside them for certificates.
class ConnectParameters {
 public:
    struct Address {
        Target::Place place;
        /// Empty where libpq needs no address: a Unix socket or its default.
        std::string literal;
    };
    ConnectParameters(const Target& target, const std::vector<Address>& addresses);

    const char* const* keywords() const { return keywords_.data(); }
    const char* const* values() const { return values_.data(); }

 private:
    std::vector<std::pair<std::string, std::string>> pairs_;
    std::vector<const char*> keywords_;
    std::vector<const char*> values_;
};

}  // namespace tw::sql::pg
