#include "kit/audit/audit_json.hpp"

#include <boost/json.hpp>

namespace tw::audit {
namespace {

namespace json = boost::json;

json::object seal_json(const Seal& seal) { return {{"position", seal.position}, {"hash", seal.hash}}; }

Error bad_heads() { return invalid("", "must be the output of `audit verify --json`"); }

}  // namespace

std::string export_line(const SealedRecord& one, std::string_view previous_hash) {
    const auto& record = one.record;
    return json::serialize(json::object{{"format", "tw-audit-1"},
                                        {"module", record.module},
                                        {"position", one.seal.position},
                                        {"previous_hash", previous_hash},
                                        {"id", record.id},
                                        {"recorded_at", record.at.to_string()},
                                        {"actor_kind", record.actor_kind},
                                        {"actor_issuer", record.actor_issuer},
                                        {"actor_id", record.actor_id},
                                        {"actor_roles", record.actor_roles},
                                        {"service", record.service},
                                        {"method", record.method},
                                        {"objects", record.objects},
                                        {"address", record.address},
                                        {"trace_id", record.trace_id},
                                        {"outcome", outcome_name(record.outcome)},
                                        {"reason", record.reason},
                                        {"hash", one.seal.hash}});
}

std::string report_json(const ChainReport& report, std::string_view module) {
    json::object shown{{"module", module},
                       {"ok", !report.broken.has_value()},
                       {"records", report.records},
                       {"unsealed", report.unsealed},
                       {"head", seal_json(report.head)},
                       {"removed", seal_json(report.removed)}};
    if (report.oldest) shown.emplace("oldest", report.oldest->to_string());
    if (report.broken) {
        shown.emplace("broken", json::object{{"position", report.broken->position}, {"fault", fault_name(report.broken->fault)}});
    }
    return json::serialize(shown);
}

Result<std::optional<Seal>> known_head(std::string_view text, std::string_view module) {
    boost::system::error_code fault;
    const auto parsed = json::parse(text, fault);
    const auto* const chains = fault || !parsed.is_object() ? nullptr : parsed.get_object().if_contains("chains");
    if (chains == nullptr || !chains->is_array()) return bad_heads();
    for (const auto& chain : chains->get_array()) {
        const auto* const name = chain.find_pointer("/module", fault);
        if (name == nullptr || !name->is_string()) return bad_heads();
        if (std::string_view{name->get_string()} != module) continue;
        const auto* const position = chain.find_pointer("/head/position", fault);
        const auto* const hash = chain.find_pointer("/head/hash", fault);
        if (position == nullptr || !position->is_int64() || hash == nullptr || !hash->is_string()) return bad_heads();
        return std::optional{Seal{.position = position->get_int64(), .hash = std::string{hash->get_string()}}};
    }
    return std::optional<Seal>{};
}

}  // namespace tw::audit
