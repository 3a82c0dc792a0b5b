#pragma once

#include "kit/runtime/module.hpp"
#include "kit/sql/migration.hpp"

namespace tw::runtime {

/// A module whose state is its database: it brings the tables up to date, has no work of its own in
/// the background, and is ready while the database is. What more a module does, it adds in
/// overrides that begin with these.
class StoreModule : public Module {
 public:
    /// `schema` outlives the module.
    explicit StoreModule(const sql::Schema& schema) : schema_{schema} {}

    Task<Result<void>> prepare(Host& host) override;
    Task<void> drain(Deadline deadline) override;
    Health health() const override;

 private:
    const sql::Schema& schema_;
    /// Null until it is prepared.
    sql::Store* store_ = nullptr;
};

}  // namespace tw::runtime
