#pragma once

#include "kit/audit/audited_call.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/runtime/host/operated_modules.hpp"

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace tw::runtime {

/// Returns the modules that an operator means: that of this name, or all if the name is empty. Of
/// modules that share a database, the first stands for all. `has` says whether a module can be
/// meant. Fails with NOT_FOUND (MODULE_NOT_FOUND) if there is no module of that name; `what` says
/// what it lacks.
Result<std::vector<const OperatedModule*>> find_operated(const OperatedModules& modules, std::string_view name,
                                                         bool OperatedModule::* has, std::string_view what);

/// A change that an operator makes, for the audit log. Use its context for the change. It must stay
/// in place until the change has ended.
class OperatorChange {
 public:
    /// `method` is a constant, such as "operations/flows/retry". `kind` and `id` name the object.
    OperatorChange(const CallContext& ctx, std::string_view method, std::string_view kind, std::string_view id);
    OperatorChange(const OperatorChange&) = delete;
    OperatorChange& operator=(const OperatorChange&) = delete;

    const CallContext& context() const { return context_; }

 private:
    audit::AuditedCall call_;
    CallContext context_;
};

/// The error of a page while the modules do not serve: UNAVAILABLE.
Error not_serving();

/// Returns the id of the trace in a traceparent; empty if there is none.
std::string trace_id_of(std::string_view traceparent);

/// A time as a part of a page token, and back. Fails as read_page_token does.
inline std::string time_text(Timestamp time) { return std::to_string(time.unix_micros()); }
Result<Timestamp> parse_time_text(const std::string& text);

}  // namespace tw::runtime
