#pragma once

#include "kit/audit/audit_trail.hpp"
#include "kit/rpc/method.hpp"
#include "kit/rpc/service.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::audit {

inline constexpr std::string_view kDenialService = "tw.audit.Denials";

/// How many denials one call brings at most.
inline constexpr std::size_t kDenialsPerCallMax = 200;

/// The method by which a gateway of another process tells a module what it has denied. Its request
/// is what `to_message` writes.
const rpc::Method& note_denials_method();

/// Records denials of a gateway in the audit log of the module that serves the methods. It takes
/// them from peers whose certificate names one of `gateways`, and fails with PERMISSION_DENIED for
/// all others. Denials of methods that `serves` does not know are dropped. The records are limited
/// as those of the module's own denials are.
///
/// `trail` outlives the service.
std::unique_ptr<rpc::Service> make_denial_service(AuditTrail& trail, std::vector<std::string> gateways,
                                                  std::move_only_function<bool(std::string_view method)> serves);

}  // namespace tw::audit
