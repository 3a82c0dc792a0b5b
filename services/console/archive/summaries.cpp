#include "services/console/archive/summaries.hpp"

#include <algorithm>

namespace tw::console {
namespace {

std::int64_t end_ns_after(const ::console::TraceSummary& summary, std::int64_t start_us) {
    return (summary.start_us() - start_us) * 1000 + summary.duration_ns();
}

}  // namespace

::console::TraceSummary merge(const ::console::TraceSummary& kept, const ::console::TraceSummary& added) {
    const bool added_is_first = kept.root_missing() && (!added.root_missing() || added.start_us() < kept.start_us());
    const auto& first = added_is_first ? added : kept;
    ::console::TraceSummary both = kept;
    both.set_service(first.service());
    both.set_name(first.name());
    both.set_status(first.status());
    both.set_outcome(first.outcome());
    both.set_root_missing(kept.root_missing() && added.root_missing());
    both.set_start_us(std::min(kept.start_us(), added.start_us()));
    both.set_duration_ns(std::max(end_ns_after(kept, both.start_us()), end_ns_after(added, both.start_us())));
    both.set_spans(kept.spans() + added.spans());
    both.set_errors(kept.errors() + added.errors());
    if (kept.error().empty()) both.set_error(added.error());
    for (const auto& service : added.services()) {
        if (std::ranges::find(both.services(), service) == both.services().end()) both.add_services(service);
    }
    return both;
}

}  // namespace tw::console
