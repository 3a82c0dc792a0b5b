#include "kit/audit/chain_check.hpp"

#include "kit/audit/sealer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tw::audit {
namespace {

constexpr std::int64_t kPageRecords = 500;

/// Checks records one after the other.
class Walk {
 public:
    Walk(const Chain& chain, const std::optional<Seal>& known) : chain_{chain}, known_{known}, last_{chain.removed} {
        report_.removed = chain.removed;
        if (known_ && known_->position == last_.position) compare_known();
    }

    /// Takes the next records. Returns false once a fault is found.
    bool take(std::span<const SealedRecord> records) {
        for (std::size_t i = 0; i < records.size() && !report_.broken; ++i) take_one(records[i], records.subspan(i));
        return !report_.broken;
    }

    /// Takes a record that is not sealed yet.
    void take_unsealed(const Record& record) { note_removal(record); }

    ChainReport end() {
        report_.head = last_;
        if (report_.broken) return report_;
        // Records that were sealed after the chain's row was read are behind its head.
        if (last_.position < chain_.head.position) fail(Fault::missing, last_.position + 1);
        const bool is_empty = chain_.head == chain_.removed && report_.records == 0;
        if (!report_.broken && !head_seen_ && !is_empty) fail(Fault::head, chain_.head.position);
        if (!report_.broken && known_ && known_->position > last_.position) fail(Fault::missing, last_.position + 1);
        if (!report_.broken && chain_.removed.position > 0 && !removal_seen_) fail(Fault::anchor, chain_.removed.position);
        return report_;
    }

 private:
    void take_one(const SealedRecord& one, std::span<const SealedRecord> rest) {
        const auto expected = seal_after(last_, one.record);
        if (one.seal.position != expected.position) return fail(Fault::missing, expected.position);
        if (one.seal != expected) return fail(kind_of_change(one, rest.subspan(1)), expected.position);
        last_ = expected;
        ++report_.records;
        if (!report_.oldest || one.record.at < *report_.oldest) report_.oldest = one.record.at;
        if (last_ == chain_.head) head_seen_ = true;
        if (known_ && known_->position == last_.position) compare_known();
        note_removal(one.record);
    }

    /// If one of the next records was sealed at this position, records have changed places.
    Fault kind_of_change(const SealedRecord& here, std::span<const SealedRecord> rest) const {
        const bool moved = std::ranges::any_of(rest, [&](const SealedRecord& other) {
            const auto hash = seal_after(last_, other.record).hash;
            return hash == here.seal.hash || hash == other.seal.hash;
        });
        return moved ? Fault::reordered : Fault::changed;
    }

    void compare_known() {
        if (last_ != *known_) fail(Fault::known, known_->position);
    }
    void note_removal(const Record& record) {
        if (record.outcome == Outcome::removed && record.objects == removal_text(chain_.removed)) removal_seen_ = true;
    }
    void fail(Fault fault, std::int64_t position) { report_.broken = {fault, position}; }

    const Chain& chain_;
    const std::optional<Seal>& known_;
    Seal last_;
    bool head_seen_ = false;
    bool removal_seen_ = false;
    ChainReport report_;
};

struct Attempt {
    ChainReport report;
    /// The row of the chain when the attempt began.
    Chain chain;
};

Task<Result<Attempt>> check_once(const CallContext& ctx, AuditStore& store, std::string module, std::optional<Seal> known) {
    const auto found = co_await store.chain(ctx, module);
    if (!found) co_return found.error();
    const auto chain = found->value_or(Chain{});
    Walk walk{chain, known};
    auto position = chain.removed.position;
    while (true) {
        const auto page = co_await store.sealed(ctx, module, position, kPageRecords);
        if (!page) co_return page.error();
        if (page->empty() || !walk.take(*page)) break;
        position = page->back().seal.position;
    }
    const auto unsealed = co_await store.unsealed(ctx, module, kPageRecords);
    if (!unsealed) co_return unsealed.error();
    for (const auto& record : *unsealed) walk.take_unsealed(record);
    const auto count = co_await store.count_unsealed(ctx, module);
    if (!count) co_return count.error();
    Attempt attempt{walk.end(), chain};
    attempt.report.unsealed = *count;
    if (!attempt.report.oldest && !unsealed->empty()) attempt.report.oldest = unsealed->front().at;
    co_return attempt;
}

}  // namespace

std::string_view fault_name(Fault fault) {
    static constexpr std::array<std::string_view, 6> kNames{"changed", "missing", "reordered", "anchor", "head", "known"};
    return kNames.at(static_cast<std::size_t>(fault));
}

Task<Result<ChainReport>> check_chain(const CallContext& ctx, AuditStore& store, std::string module, std::optional<Seal> known) {
    // A removal, or a seal between two reads, looks like a fault if it comes during the check. The
    // next attempt does not find the same one: the front of the chain is behind it, or the record
    // is sealed.
    std::optional<ChainReport::Broken> found_before;
    while (true) {
        auto attempt = co_await check_once(ctx, store, module, known);
        if (!attempt) co_return std::move(attempt).error();
        const auto& found = attempt->report.broken;
        if (!found || found == found_before) co_return attempt->report;
        found_before = found;
        const auto now = co_await store.chain(ctx, module);
        if (!now) co_return now.error();
        if (now->value_or(Chain{}) == attempt->chain) co_return attempt->report;
    }
}

}  // namespace tw::audit
