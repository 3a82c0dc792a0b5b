#include "kit/sql/postgres/postgres_store.hpp"

#include "kit/sql/postgres/blocking_connection.hpp"
#include "kit/sql/postgres/migrate.hpp"
#include "kit/sql/postgres/pooler.hpp"
#include "kit/sql/postgres/postgres_database.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// Finds the settings that durability needs: an acknowledged change must be on the disk, whole.
constexpr const char* kDurability =
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' "
    "ORDER BY name";

class PostgresStore final : public Store {
 public:
    explicit PostgresStore(std::shared_ptr<StoreShared> shared) : shared_{std::move(shared)} {}

    Result<void> check_durability() override {
        auto connection = open();
        if (!connection) return connection.error();
        const auto off = connection->query(kDurability);
        if (!off) return off.error();
        if (off->empty()) return {};
        std::string names;
        for (const auto& row : *off) names += (names.empty() ? "" : ", ") + row.front();
        return Error{Code::failed_precondition, reason::kDatabaseNotDurable,
                     fmt::format("the PostgreSQL server at {} may lose commits that it has acknowledged: {} off; set it on",
                                 shared_->target.to_string(), names + (off->size() == 1 ? " is" : " are"))};
    }

    std::unique_ptr<Database> connect(EventLoop& loop, telemetry::Telemetry telemetry) override {
        return std::make_unique<PostgresDatabase>(loop, telemetry, shared_);
    }

    Result<void> health() const override { return shared_->health.get(); }

    StoreStats stats() const override {
        return {.units = shared_->units.load(std::memory_order_relaxed),
                .commits = shared_->commits.load(std::memory_order_relaxed)};
    }

 private:
    Result<void> do_migrate(const Schema& schema) override {
        auto connection = open();
        if (!connection) return connection.error();
        return apply_migrations(*connection, schema, shared_->options);
    }

    Result<std::vector<MigrationState>> do_migrations(const Schema& schema) override {
        auto connection = open();
        if (!connection) return connection.error();
        const auto history = read_history(*connection, schema.name);
        if (!history) return history.error();
        return migration_states(schema.name, schema.postgres, *history);
    }

    Result<BlockingConnection> open() const { return BlockingConnection::open(shared_->target, shared_->options); }

    std::shared_ptr<StoreShared> shared_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(std::string_view url, const PostgresOptions& options) {
    auto target = Target::parse(url, options);
    if (!target) return target.error();
    auto shared = std::make_shared<StoreShared>(std::move(*target), options);
    auto connection = BlockingConnection::open(shared->target, options);
    if (!connection) return std::move(connection).error();
    if (auto own = check_pooling(*connection, shared->target, options); !own) return std::move(own).error();
    return std::make_unique<PostgresStore>(std::move(shared));
}

}  // namespace tw::sql::pg
