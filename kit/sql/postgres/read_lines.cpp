#include "kit/sql/postgres/read_lines.hpp"

#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/shared/errors.hpp"

#include <algorithm>
#include <utility>

namespace tw::sql::pg {
namespace {

constexpr int kFailuresMax = 3;
/// A read that was skipped this often is sent with a Sync of its own.
constexpr int kSkipsMax = 2;
constexpr std::chrono::milliseconds kRetryAfter{20};

bool goes_alone(const Read& read) { return read.failures > 0 || read.skips >= kSkipsMax; }

}  // namespace

/// The reads that share a Sync.
class ReadTurn final : public Exchange {
 public:
    ReadTurn(ReadLines& lines, std::vector<std::shared_ptr<Read>> reads, PipelinedConnection& link)
        : lines_{lines}, reads_{std::move(reads)} {
        for (const auto& read : reads_) {
            read->turn = this;
            read->link = &link;
        }
    }

    std::size_t size() const override { return reads_.size(); }
    Command command(std::size_t index) const override { return {&reads_[index]->statement, reads_[index]->parameters}; }
    bool wanted() const override {
        return std::ranges::none_of(reads_, [this](const auto& read) { return has(*read) && read->abandoned; });
    }
    bool leaves_idle() const override { return true; }

    void answered(std::size_t index, Result<Answer> answer) override {
        auto& read = reads_[index];
        // The server ends the session. `ended`, which is called next, decides what happens to the
        // read.
        if (!answer && is_lost_connection(answer.error())) return;
        leave(*read);
        if (answer) return lines_.finish(*read, std::move(answer));
        if (read->abandoned || !is_transient(answer.error()) || ++read->failures >= kFailuresMax) {
            return lines_.finish(*read, for_caller(std::move(answer).error()));
        }
        // A read that was cancelled by mistake, or whose plan must be made again, is repeated at
        // once. One that lost to another is repeated later.
        if (answer.error().code() == Code::aborted) return lines_.again_later(read);
        lines_.again(read);
    }
    void skipped(std::size_t index) override {
        auto& read = reads_[index];
        leave(*read);
        ++read->skips;
        lines_.again(read);
    }
    void ended(const Loss* loss) override {
        if (loss == nullptr) return;
        for (auto& read : reads_) {
            if (!has(*read)) continue;
            leave(*read);
            // A server that ends all sessions at once may end that of the repetition, too.
            if (read->losses++ < lines_.slots_.size() && !lines_.closed_) {
                lines_.again(read);
            } else {
                lines_.finish(*read, loss->error);
            }
        }
    }

 private:
    /// Returns whether the read still waits for this turn. A read that was answered or skipped here
    /// may be under way in another turn.
    bool has(const Read& read) const { return read.turn == this; }
    static void leave(Read& read) {
        read.turn = nullptr;
        read.link = nullptr;
    }

    ReadLines& lines_;
    std::vector<std::shared_ptr<Read>> reads_;
};

ReadLines::ReadLines(PoolParts& parts, std::move_only_function<void()> changed)
    : parts_{parts},
      changed_{std::move(changed)},
      health_{parts.shared->health},
      turn_end_{[this] { dispatch(); }},
      later_timer_{parts.loop.timers(), [this] {
                       for (auto& read : std::exchange(later_, {})) again(std::move(read));
                   }} {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, parts.shared->options.lines); ++i) {
        slots_.push_back(std::make_unique<Slot>(parts_, Slot::Keep::always, [this] { this->changed(); }));
    }
}

void ReadLines::start() {
    for (const auto& slot : slots_) slot->want();
}

void ReadLines::close() {
    closed_ = true;
    for (const auto& slot : slots_) slot->close();
    fail_all(database_unreachable("the pool was closed"));
}

Result<void> ReadLines::add(std::shared_ptr<Read> read) {
    if (reads_ >= parts_.shared->options.reads_max) return database_busy("too many reads wait for the database");
    ++reads_;
    again(std::move(read));
    return {};
}

void ReadLines::give_up(Read& read) {
    read.abandoned = true;
    if (read.link != nullptr) read.link->give_up();
}

void ReadLines::again(std::shared_ptr<Read> read) {
    queue_.push_back(std::move(read));
    parts_.loop.at_turn_end(turn_end_);
}

void ReadLines::again_later(std::shared_ptr<Read> read) {
    later_.push_back(std::move(read));
    const auto delay = std::chrono::duration_cast<std::chrono::nanoseconds>(kRetryAfter * (0.5 + parts_.random.uniform()));
    if (!later_timer_.armed()) later_timer_.arm(parts_.loop.now() + delay);
}

void ReadLines::finish(Read& read, Result<Answer> outcome) {
    if (std::exchange(read.finished, true)) return;
    --reads_;
    if (!read.outcome.is_set()) read.outcome.set(std::move(outcome));
}

void ReadLines::fail_all(const Error& why) {
    for (const auto& read : std::exchange(queue_, {})) finish(*read, why);
    for (const auto& read : std::exchange(later_, {})) finish(*read, why);
}

void ReadLines::changed() {
    report_health();
    dispatch();
    changed_();
}

void ReadLines::report_health() {
    const auto* const why = failure(Purpose::read);
    health_.set(why == nullptr ? std::nullopt : *why);
}

const std::optional<Error>* ReadLines::write_failure() const { return failure(Purpose::write); }

/// Returns why no connection serves the purpose and none is being made, or null if one does or is.
const std::optional<Error>* ReadLines::failure(Purpose purpose) const {
    const std::optional<Error>* failure = nullptr;
    for (const auto& slot : slots_) {
        const bool serves = slot->link() && (purpose == Purpose::read || !slot->link()->read_only());
        if (serves || !slot->failure()) return nullptr;
        failure = &slot->failure();
    }
    return failure;
}

/// Returns the least loaded connection that is not stuck, and never the one that is lent to a
/// commit.
std::shared_ptr<PipelinedConnection> ReadLines::choose(Purpose purpose) const {
    std::shared_ptr<PipelinedConnection> best;
    bool best_stuck = false;
    for (const auto& slot : slots_) {
        const auto& link = slot->link();
        if (!link || link == lent_ || (purpose == Purpose::write && link->read_only())) continue;
        const bool stuck = link->stuck();
        if (best && std::pair{stuck, link->under_way()} >= std::pair{best_stuck, best->under_way()}) continue;
        best = link;
        best_stuck = stuck;
    }
    return best;
}

void ReadLines::dispatch() {
    if (queue_.empty()) return;
    if (const auto* why = failure(Purpose::read)) return fail_all(**why);
    const auto link = choose(Purpose::read);
    // A connection is being made, or the only one is used by a commit.
    if (!link) return;
    std::vector<std::shared_ptr<Read>> together;
    together.reserve(queue_.size());
    for (auto& read : std::exchange(queue_, {})) {
        if (read->abandoned) {
            finish(*read, cancelled());
        } else if (goes_alone(*read)) {
            send(link, {std::move(read)});
        } else {
            together.push_back(std::move(read));
        }
    }
    if (!together.empty()) send(link, std::move(together));
}

void ReadLines::send(const std::shared_ptr<PipelinedConnection>& link, std::vector<std::shared_ptr<Read>> reads) {
    link->submit(std::make_shared<ReadTurn>(*this, std::move(reads), *link));
}

std::shared_ptr<PipelinedConnection> ReadLines::lend() {
    lent_ = choose(Purpose::write);
    return lent_;
}

void ReadLines::give_back() {
    lent_ = nullptr;
    // A connection that turned out to be read-only is replaced. It carries reads until then.
    start();
    parts_.loop.at_turn_end(turn_end_);
}

}  // namespace tw::sql::pg
