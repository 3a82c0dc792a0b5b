#pragma once

#include "kit/sql/store.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace tw::shop {

/// A store that hands everything on to the one behind it. Derive from it, and override what is to be
/// different.
class StoreDecorator : public sql::Store {
 public:
    StoreDecorator(const StoreDecorator&) = delete;
    StoreDecorator& operator=(const StoreDecorator&) = delete;

    Result<void> check_durability() override { return behind_->check_durability(); }
    std::unique_ptr<sql::Database> connect(EventLoop& loop, telemetry::Telemetry telemetry) override {
        return behind_->connect(loop, telemetry);
    }
    Result<void> health() const override { return behind_->health(); }
    sql::StoreStats stats() const override { return behind_->stats(); }

 protected:
    explicit StoreDecorator(std::unique_ptr<sql::Store> behind) : behind_{std::move(behind)} {}

    Result<void> do_migrate(const sql::Schema& schema) override { return behind_->migrate(alone(schema)); }
    Result<std::vector<sql::MigrationState>> do_migrations(const sql::Schema& schema) override {
        return behind_->migrations(alone(schema));
    }

 private:
    /// The schema without those that it uses: each of them is handed on by itself.
    static sql::Schema alone(sql::Schema schema) {
        schema.uses = {};
        return schema;
    }

    std::unique_ptr<sql::Store> behind_;
};

}  // namespace tw::shop
