#include "kit/audit/denial_service.hpp"

#include "kit/auth/reasons.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/standard_method.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <google/protobuf/struct.pb.h>

namespace tw::audit {
namespace {

using google::protobuf::ListValue;

/// More than any gateway leaves out in one call's time.
constexpr double kLeftOutMax = 1'000'000;

constexpr rpc::Method make_note_method() {
    auto method = rpc::standard_method<ListValue, ListValue>("/tw.audit.Denials/Note", kDenialService, "Note", rpc::Shape::unary,
                                                             std::chrono::seconds{5});
    method.priority = rpc::Priority::background;
    return method;
}
constexpr rpc::Method kNote = make_note_method();

class DenialService final : public rpc::Service {
 public:
    DenialService(AuditTrail& trail, std::vector<std::string> gateways, std::move_only_function<bool(std::string_view)> serves)
        : trail_{trail}, gateways_{std::move(gateways)}, serves_{std::move(serves)} {}

    std::string_view service_name() const override { return kDenialService; }
    std::span<const rpc::Handler> handlers() const override {
        static constexpr std::array kHandlers{rpc::make_handler<&DenialService::note, kNote>()};
        return kHandlers;
    }

    Task<Result<ListValue>> note(const CallContext& ctx, const ListValue& request) {
        const auto& peer = ctx.attributes().peer_identity;
        if (peer.empty() || std::ranges::find(gateways_, peer) == gateways_.end()) {
            co_return Error{Code::permission_denied, auth::reason::kCallerNotAllowed, "Only a gateway tells what it has denied."};
        }
        take(request, peer);
        co_return ListValue{};
    }

 private:
    void take(const ListValue& request, const std::string& gateway) {
        if (request.values().empty()) return;
        // What is sent may be no number.
        const auto left_out = request.values(0).number_value();
        if (left_out > 0) trail_.note_left_out_elsewhere(static_cast<std::uint64_t>(std::min(left_out, kLeftOutMax)));
        const auto count = std::min<int>(request.values_size() - 1, kDenialsPerCallMax);
        for (int i = 1; i <= count; ++i) {
            auto denial = denial_from(request.values(i).list_value());
            if (!serves_(denial.method)) continue;
            denial.service = gateway;
            trail_.note_denial(std::move(denial));
        }
    }

    AuditTrail& trail_;
    std::vector<std::string> gateways_;
    std::move_only_function<bool(std::string_view)> serves_;
};

}  // namespace

const rpc::Method& note_denials_method() { return kNote; }

std::unique_ptr<rpc::Service> make_denial_service(AuditTrail& trail, std::vector<std::string> gateways,
                                                  std::move_only_function<bool(std::string_view method)> serves) {
    return std::make_unique<DenialService>(trail, std::move(gateways), std::move(serves));
}

}  // namespace tw::audit
