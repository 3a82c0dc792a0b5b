#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres_options.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::sql::pg {

/// The address and the credentials of a database, from its URL (PostgreSQL manual, "Connection
/// URIs"). Every parameter of libpq is accepted, such as sslmode and sslrootcert. A Target holds
/// the password: print nothing of it but host, port and database.
struct Target {
    struct Place {
        /// A name, an IP literal or the folder of a Unix socket. It is empty for libpq's default.
        std::string host;
        std::string port;
    };
    std::vector<Place> places;
    /// libpq's other parameters. The driver's defaults are added for those that the URL does not
    /// set.
    std::vector<std::pair<std::string, std::string>> parameters;

    std::string user;
    std::string database;
    /// PostgresOptions::current_url.
    std::function<std::string()> current_url;

    /// Returns `parameters` with the user and the password of the current URL. A current URL that
    /// libpq cannot read changes nothing.
    std::vector<std::pair<std::string, std::string>> current_parameters() const;

    /// Parses a URL. Fails with INVALID_ARGUMENT if libpq cannot read it.
    static Result<Target> parse(std::string_view url, const PostgresOptions& options);

    /// Returns "host:port/database" of the first place, for people and metrics.
    std::string to_string() const;
    std::int64_t port_number() const;
};

/// libpq's arrays for one attempt to connect. `addresses` are the resolved addresses of the places'
/// names, if there are any, so that libpq asks no name server. The names stay beside them for
/// certificates.
class ConnectParameters {
 public:
    struct Address {
        Target::Place place;
        /// The address; empty if libpq needs none, as for a Unix socket or its default.
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
