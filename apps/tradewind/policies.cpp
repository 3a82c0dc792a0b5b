#include "apps/tradewind/policies.hpp"

#include "kit/gateway/policies.hpp"

namespace tw::app {

runtime::PolicyLists policies() { return gateway::default_policies(); }

}  // namespace tw::app
