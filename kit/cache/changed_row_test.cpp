#include "kit/cache/cache_aside_fixture.hpp"
#include "kit/rpc/call_info.hpp"

#include <utility>
#include <vector>

namespace tw::cache {
namespace {

constexpr rpc::Method kChangingMethod{};

/// Notes what a cache says to the call that is being served.
class NotingExtension final : public rpc::CallExtension {
 public:
    std::vector<std::pair<std::string, std::int64_t>> rows;
    void on_row_change(std::string_view key, std::int64_t version) override { rows.emplace_back(key, version); }
};

class ChangedRowTest : public CacheAsideTest {
 protected:
    /// Makes a change whose commit ends with `written`, and says what the call knew at the commit.
    Result<void> change_by(Aside& rows, Result<void> written, std::size_t known) {
        auto write = [this, &written, known]() -> Task<Result<void>> {
            EXPECT_EQ(extension_.rows.size(), known);
            source.row = Row{"two", 2};
            co_return written;
        };
        return run(rows.change(ctx_, "a", 2, write));
    }

    rpc::Metadata metadata_;
    NotingExtension extension_;
    rpc::CallInfo info_{.method = kChangingMethod,
                        .request_metadata = metadata_,
                        .initial_metadata = metadata_,
                        .trailing_metadata = metadata_,
                        .extension = &extension_};
    CallContext ctx_ = call.context().with_attached(&info_);
};

TEST_F(ChangedRowTest, the_call_knows_the_row_before_its_commit) {
    auto rows = aside(local, {.name = "row"});
    ASSERT_TRUE(change_by(rows, {}, 1));
    const std::pair<std::string, std::int64_t> row{"row:a", 2};
    for (const auto& noted : extension_.rows) EXPECT_EQ(noted, row);
}

TEST_F(ChangedRowTest, a_change_that_is_or_may_be_stored_is_seen_at_once) {
    auto rows = aside(local, {.name = "row"});
    for (const Result<void>& written : {Result<void>{}, Result<void>{unavailable("lost").with_outcome_open(true)}}) {
        source.row = Row{"one"};
        local.clear();
        EXPECT_EQ(get(rows), "one");
        extension_.rows.clear();
        EXPECT_EQ(change_by(rows, written, 1).has_value(), written.has_value());
        EXPECT_EQ(get(rows), "two");
    }
}

TEST_F(ChangedRowTest, a_change_that_was_refused_leaves_the_cache_as_it_is) {
    auto rows = aside(local, {.name = "row"});
    EXPECT_EQ(get(rows), "one");
    EXPECT_FALSE(change_by(rows, unavailable("busy").with_outcome_open(false), 1));
    EXPECT_EQ(get(rows), "one");
}

}  // namespace
}  // namespace tw::cache
