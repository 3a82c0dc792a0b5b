#pragma once

#include <memory>

#include <libpq-fe.h>

namespace tw::sql::pg {

struct FinishConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using LibpqConnection = std::unique_ptr<PGconn, FinishConnection>;

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using LibpqResult = std::unique_ptr<PGresult, ClearResult>;

}  // namespace tw::sql::pg
