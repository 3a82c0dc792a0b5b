#include "transfer/module.hpp"

#include "bank.tw.hpp"
#include "kit/durable/flows.hpp"
#include "kit/runtime/store_module.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace transfer {
namespace {

namespace durable = tw::durable;
namespace v1 = bank::v1;
using durable::Done;

constexpr std::string_view kTransfer = "bank.transfer";
constexpr tw::sql::Statement kInsertTransfer{
    .summary = "INSERT transfers",
    .text = "INSERT INTO transfers (id, from_account, to_account, amount) VALUES ($1, $2, $3, $4)"};

/// The code of the flow, and the services that it calls.
class TransferFlow {
 public:
    TransferFlow(tw::rpc::Channel& checking, tw::rpc::Channel& savings) : checking_{checking}, savings_{savings} {}

    tw::Task<tw::Result<Done>> run(durable::Flow& flow, v1::StartTransferRequest input) {
        const auto withdrawn = co_await flow.step("withdraw", [&](const tw::CallContext& ctx) {
            return move(ctx, checking_, flow.key("withdraw"), input.from(), -input.amount());
        });
        if (!withdrawn) co_return withdrawn.error();
        auto deposited = co_await flow.step("deposit", [&](const tw::CallContext& ctx) {
            return move(ctx, savings_, flow.key("deposit"), input.to(), input.amount());
        });
        if (deposited) co_return deposited;
        const auto back = co_await flow.step("give back", [&](const tw::CallContext& ctx) {
            return move(ctx, checking_, flow.key("give back"), input.from(), input.amount());
        });
        if (!back) co_return back.error();
        co_return deposited;
    }

 private:
    static tw::Task<tw::Result<Done>> move(const tw::CallContext& ctx, v1::PurseServiceClient& purse, std::string key,
                                           std::string account, std::int64_t amount) {
        v1::MoveRequest request;
        request.set_key(std::move(key));
        request.set_account(std::move(account));
        request.set_amount(amount);
        const auto moved = co_await purse.move(ctx, request);
        if (!moved) co_return moved.error();
        co_return Done{};
    }

    v1::PurseServiceClient checking_;
    v1::PurseServiceClient savings_;
};

class TransferService final : public v1::TransferService {
 public:
    TransferService(tw::sql::Database& database, durable::Flows& flows) : database_{database}, flows_{flows} {}

    tw::Task<tw::Result<v1::Transfer>> start_transfer(const tw::CallContext& ctx,
                                                      const v1::StartTransferRequest& request) override {
        // The transfer and its flow exist together, or not at all.
        tw::sql::Unit unit;
        unit.add(kInsertTransfer, request.id(), request.from(), request.to(), request.amount());
        auto added = flows_.add(ctx, unit, kTransfer, request.id(), request);
        auto written = co_await database_.write(ctx, std::move(unit));
        const bool known = !written && tw::sql::violates(written.error(), "transfers_pkey");
        if (!written && !known) co_return std::move(written).error();
        if (written) flows_.run(ctx, std::move(added));
        co_return co_await find(ctx, request.id());
    }

    tw::Task<tw::Result<v1::Transfer>> get_transfer(const tw::CallContext& ctx, const v1::GetTransferRequest& request) override {
        return find(ctx, request.id());
    }

 private:
    tw::Task<tw::Result<v1::Transfer>> find(const tw::CallContext& ctx, std::string id) {
        const auto flow = co_await flows_.store().find(ctx, id);
        if (!flow) co_return flow.error();
        if (!*flow) co_return tw::not_found("transfer", id);
        const auto& found = **flow;
        const bool done = found.state == durable::State::done;
        v1::Transfer transfer;
        transfer.set_id(id);
        transfer.set_status(!done ? "running" : found.error ? "refused" : "done");
        if (found.state == durable::State::parked) transfer.set_status("parked");
        if (done && found.error) transfer.set_reason(found.error->reason());
        co_return transfer;
    }

    tw::sql::Database& database_;
    durable::Flows& flows_;
};

class TransferModule final : public tw::runtime::StoreModule {
 public:
    std::string_view name() const override { return "transfer"; }
    std::string_view service_name() const override { return "transfer-service"; }

    tw::Result<void> serve(tw::runtime::LoopHost& host) override {
        auto& code = host.keep(std::make_unique<TransferFlow>(host.channel("checking"), host.channel("savings")));
        host.flows().add_kind(durable::flow_kind<v1::StartTransferRequest, Done>(
            kTransfer,
            [&code](durable::Flow& flow, v1::StartTransferRequest input) { return code.run(flow, std::move(input)); }));
        host.add_service(std::make_unique<TransferService>(host.database(), host.flows()));
        return {};
    }
};

}  // namespace

std::unique_ptr<tw::runtime::Module> make_module() { return std::make_unique<TransferModule>(); }

}  // namespace transfer
