#include "services/console/archive/replay.hpp"

#include <algorithm>
#include <ranges>

namespace tw::console {

void replay(const std::vector<FilePtr>& files, std::int64_t spans_max,
            const std::function<void(std::span<const SpanRecord>)>& use) {
    std::vector<FilePtr> chosen;
    std::int64_t spans = 0;
    for (const auto& file : files) {
        if (spans >= spans_max) break;
        spans += file->contents().spans;
        chosen.push_back(file);
    }
    for (const auto& file : chosen | std::views::reverse) {
        if (file->contents().empty()) continue;
        ReaderLease lease{file};
        auto rows = lease.database().query("SELECT pieces FROM trace WHERE moved = 0 ORDER BY id");
        while (rows.next()) {
            Batch batch;
            batch.brief = true;
            lease.stored().read_listed(rows.blob(0), batch);
            if (!batch.spans.empty()) use(batch.spans);
        }
    }
}

}  // namespace tw::console
