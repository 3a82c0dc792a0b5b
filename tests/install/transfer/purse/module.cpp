#include "purse/module.hpp"

#include "bank.tw.hpp"
#include "kit/runtime/store_module.hpp"
#include "kit/sql/reasons.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace purse {
namespace {

namespace sql = tw::sql;
namespace v1 = bank::v1;

constexpr sql::Statement kInsertMove{.summary = "INSERT moves",
                                     .text = "INSERT INTO moves (key, account, amount) VALUES ($1, $2, $3)"};
constexpr sql::Statement kAddMoney{.summary = "UPDATE accounts",
                                   .text = "UPDATE accounts SET balance = balance + $2 WHERE id = $1 AND balance + $2 >= 0"};

class PurseService final : public v1::PurseService {
 public:
    explicit PurseService(sql::Database& database) : database_{database} {}

    tw::Task<tw::Result<v1::MoveResponse>> move(const tw::CallContext& ctx, const v1::MoveRequest& request) override {
        // The key and the change are stored together, so a repetition changes nothing.
        sql::Unit unit;
        unit.add(kInsertMove, request.key(), request.account(), request.amount());
        unit.add_one_row(kAddMoney, request.account(), request.amount());
        auto written = co_await database_.write(ctx, std::move(unit));
        if (written || sql::violates(written.error(), "moves_pkey")) co_return v1::MoveResponse{};
        if (written.error().reason() != tw::reason::kRowsUnexpected) co_return std::move(written).error();
        co_return tw::Error{tw::Code::failed_precondition, "MOVE_REFUSED", "there is no such account, or too little money"};
    }

 private:
    sql::Database& database_;
};

class PurseModule final : public tw::runtime::StoreModule {
 public:
    explicit PurseModule(std::string name) : name_{std::move(name)}, service_name_{name_ + "-service"} {}
    std::string_view name() const override { return name_; }
    std::string_view service_name() const override { return service_name_; }
    tw::Result<void> serve(tw::runtime::LoopHost& host) override {
        host.add_service(std::make_unique<PurseService>(host.database()));
        return {};
    }

 private:
    std::string name_;
    std::string service_name_;
};

}  // namespace

std::unique_ptr<tw::runtime::Module> make_checking() { return std::make_unique<PurseModule>("checking"); }
std::unique_ptr<tw::runtime::Module> make_savings() { return std::make_unique<PurseModule>("savings"); }

}  // namespace purse
