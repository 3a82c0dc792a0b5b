#include "kit/idempotency/keyed_policy.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/sleep.hpp"
#include "kit/base/reasons.hpp"
#include "kit/idempotency/reasons.hpp"
#include "kit/idempotency/recording_database.hpp"
#include "kit/idempotency/schema.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/failing_database.hpp"
#include "kit/testing/temporary_database.hpp"

#include <array>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

namespace tw::idempotency {
namespace {

using Text = google::protobuf::StringValue;

constexpr rpc::Method make_method(std::string_view path, std::string_view name, rpc::Idempotency idempotency) {
    return {.path = path,
            .service = "test.Notes",
            .name = name,
            .shape = rpc::Shape::unary,
            .idempotency = idempotency,
            .deadline = std::chrono::seconds{20},
            .allow = {},
            .request_prototype = rpc::prototype<Text>,
            .response_prototype = rpc::prototype<Text>,
            .validate = [](const rpc::Message&, std::vector<Violation>&) {}};
}

constexpr rpc::Method kAdd = make_method("/test.Notes/Add", "Add", rpc::Idempotency::keyed);
constexpr rpc::Method kAddOther = make_method("/test.Notes/AddOther", "AddOther", rpc::Idempotency::keyed);

constexpr sql::Statement kInsertNote{"INSERT test_notes", "INSERT INTO test_notes (id, text) VALUES ($1, $2)"};
constexpr sql::Statement kCountNotes{"SELECT test_notes", "SELECT count(*) FROM test_notes"};

constexpr std::array kNoteTables{
    sql::Migration{1, "notes", "CREATE TABLE test_notes (id text NOT NULL PRIMARY KEY, text text NOT NULL)"}};
constexpr std::array kNoteUses{&schema};
constexpr sql::Schema kNoteSchema{.name = "notes", .sqlite = kNoteTables, .postgres = kNoteTables, .uses = kNoteUses};

/// Does what a cache does before and after a change of its row.
void note_row(const CallContext& ctx) {
    if (auto* const call = rpc::served(ctx); call->extension != nullptr) call->extension->on_row_change("note:1", 7);
}

/// Adds notes: each call has an effect, and answers with the id of its note.
class Notes final : public rpc::Service {
 public:
    Notes(sql::Database& database, Random& random) : database_{database}, random_{random} {}

    std::string_view service_name() const override { return "test.Notes"; }
    std::span<const rpc::Handler> handlers() const override {
        static constexpr std::array kHandlers{rpc::make_handler<&Notes::add, kAdd>(),
                                              rpc::make_handler<&Notes::add, kAddOther>()};
        return kHandlers;
    }
    Task<Result<Text>> add(const CallContext& ctx, const Text& request) {
        ++calls;
        if (const auto other = std::exchange(meanwhile, nullptr)) co_await other();
        Text answer;
        answer.set_value(random_.uuid_v7(SystemClock{}.now()).to_string());
        if (request.value() == "refuse") co_return Error{Code::failed_precondition, "FULL", "there is no room"};
        if (request.value() == "do nothing") co_return answer;
        if (row_change == RowChange::told) note_row(ctx);
        if (request.value() != "say nothing") answer_with(ctx, answer);
        const auto text = request.value();
        auto writing = in_transaction ? add_in_transaction(ctx, answer.value(), text) : add_by_unit(ctx, answer.value(), text);
        auto written = co_await std::move(writing);
        if (!written) co_return std::move(written).error();
        if (row_change == RowChange::told_late) note_row(ctx);
        if (request.value() == "answer otherwise") answer.set_value("otherwise");
        co_return answer;
    }

    int calls = 0;
    bool in_transaction = false;
    /// Whether the call says which cached row it changes: before its write, or only after it.
    enum class RowChange : std::uint8_t { none, told, told_late };
    RowChange row_change = RowChange::none;
    std::function<Task<void>()> meanwhile;

 private:
    Task<Result<void>> add_by_unit(const CallContext& ctx, std::string id, std::string text) {
        sql::Unit unit;
        unit.add(kInsertNote, std::move(id), std::move(text));
        return database_.write(ctx, std::move(unit));
    }
    Task<Result<void>> add_in_transaction(const CallContext& ctx, std::string id, std::string text) {
        sql::Database::Body body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
            auto inserted = co_await transaction.execute(ctx, kInsertNote, id, text);
            if (!inserted) co_return std::move(inserted).error();
            co_return Result<void>{};
        };
        co_return co_await database_.transaction(ctx, std::move(body));
    }

    sql::Database& database_;
    Random& random_;
};

/// One process that serves notes.
struct Replica {
    Replica(test::TemporaryDatabase& db, sql::Database& database, Random& random)
        : recording{database, clock},
          keys{database, db.telemetry()},
          notes{recording, random},
          policy{database, clock, std::make_shared<KeysInProgress>(), db.telemetry(),
                 [this](const CallContext&, std::string key, std::int64_t version) { return tell(std::move(key), version); }} {
        table.set_policies(policies);
        table.add(notes, db.telemetry());
        channel = rpc::make_local_channel(db.loop(), table, db.telemetry());
    }

    Task<void> tell(std::string key, std::int64_t version) {
        told.emplace_back(std::move(key), version);
        co_return;
    }

    /// What the cache was told when calls were repeated.
    std::vector<std::pair<std::string, std::int64_t>> told;
    SystemClock clock;
    RecordingDatabase recording;
    KeyStore keys;
    Notes notes;
    KeyedPolicy policy;
    std::array<rpc::Policy*, 1> policies{&policy};
    rpc::ServiceTable table;
    std::unique_ptr<rpc::Channel> channel;
};

class KeyedPolicyTest : public testing::TestWithParam<std::string_view> {
 protected:
    static Text text(std::string value) {
        Text message;
        message.set_value(std::move(value));
        return message;
    }
    CallContext context(std::string key, std::string user = {}) {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->idempotency_key = std::move(key);
        if (!user.empty())
            attributes->principal = Principal{.kind = Principal::Kind::user, .proof = Principal::Proof::token, .id = user};
        return db_.context().with_attributes(std::move(attributes));
    }
    Task<Result<Text>> add_at(Replica& replica, CallContext ctx, Text request, const rpc::Method& method = kAdd) {
        rpc::CallOptions options;
        auto answer = co_await rpc::call_unary<Text>(*replica.channel, ctx, method, request, &options);
        replayed_ = false;
        for (const auto& [name, value] : options.initial_metadata) replayed_ = replayed_ || name == rpc::kReplayedField;
        co_return answer;
    }
    Result<Text> add(std::string key, std::string value, std::string user = {}) {
        return db_.run(add_at(first_, context(std::move(key), std::move(user)), text(std::move(value))));
    }
    std::int64_t notes() { return (*db_.run(db_.database().query_row(db_.context(), kCountNotes)).value()).get<std::int64_t>(0); }

    test::TemporaryDatabase db_{GetParam(), kNoteSchema};
    test::FailingDatabase failing_{db_.database()};
    Random random_{1};
    Replica first_{db_, failing_, random_};
    Replica second_{db_, db_.database(), random_};
    bool replayed_ = false;
};

INSTANTIATE_TEST_SUITE_P(Engines, KeyedPolicyTest, testing::ValuesIn(test::kDatabases));

TEST_P(KeyedPolicyTest, a_call_without_a_key_has_its_effect_each_time) {
    EXPECT_NE(add("", "milk").value().value(), add("", "milk").value().value());
    EXPECT_EQ(notes(), 2);
}

TEST_P(KeyedPolicyTest, a_repeated_key_gets_the_same_answer_and_has_one_effect) {
    for (const bool in_transaction : {false, true}) {
        first_.notes.in_transaction = in_transaction;
        const std::string key = in_transaction ? "key-1" : "key-2";
        const auto before = notes();
        const auto first = add(key, "milk");
        ASSERT_TRUE(first) << first.error().detail();
        EXPECT_FALSE(replayed_);
        const auto again = add(key, "milk");
        ASSERT_TRUE(again) << again.error().detail();
        EXPECT_TRUE(replayed_);
        EXPECT_EQ(again->value(), first->value());
        EXPECT_EQ(notes() - before, 1);
    }
    EXPECT_EQ(first_.notes.calls, 2);
}

TEST_P(KeyedPolicyTest, another_process_gives_the_same_answer) {
    const auto first = add("key-1", "milk");
    const auto second = db_.run(add_at(second_, context("key-1"), text("milk")));
    EXPECT_EQ(second.value().value(), first.value().value());
    EXPECT_EQ(second_.notes.calls, 0);
}

TEST_P(KeyedPolicyTest, a_repeated_call_tells_the_cache_of_the_rows_that_the_first_one_changed) {
    for (const bool in_transaction : {false, true}) {
        const std::string key = in_transaction ? "key-1" : "key-2";
        first_.notes.in_transaction = in_transaction;
        first_.notes.row_change = Notes::RowChange::told;
        ASSERT_TRUE(add(key, "milk"));
        EXPECT_TRUE(first_.told.empty());
        second_.told.clear();
        ASSERT_TRUE(db_.run(add_at(second_, context(key), text("milk"))));
        ASSERT_TRUE(replayed_);
        ASSERT_EQ(second_.told.size(), 1U);
        EXPECT_EQ(second_.told[0], (std::pair<std::string, std::int64_t>{"note:1", 7}));
    }
}

TEST_P(KeyedPolicyTest, a_handler_that_tells_a_cache_only_after_its_write_fails) {
    first_.notes.row_change = Notes::RowChange::told_late;
    const auto failed = add("key-1", "milk");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Code::internal);
}

TEST_P(KeyedPolicyTest, a_key_that_comes_with_another_request_is_refused) {
    ASSERT_TRUE(add("key-1", "milk"));
    const auto other = add("key-1", "bread");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().reason(), reason::kIdempotencyKeyReused);
    EXPECT_FALSE(other.error().retryable());
    EXPECT_EQ(notes(), 1);
}

TEST_P(KeyedPolicyTest, keys_belong_to_their_user_and_method) {
    const auto anybody = add("key-1", "milk");
    EXPECT_NE(add("key-1", "milk", "ann").value().value(), anybody.value().value());
    EXPECT_NE(add("key-1", "bread", "bob").value().value(), anybody.value().value());
    EXPECT_TRUE(db_.run(add_at(first_, context("key-1"), text("other"), kAddOther)));
    EXPECT_EQ(notes(), 4);
}

TEST_P(KeyedPolicyTest, a_key_whose_call_is_being_served_is_refused_for_now) {
    Result<Text> second = deadline_exceeded();
    first_.notes.meanwhile = [&]() -> Task<void> { second = co_await add_at(first_, context("key-1"), text("milk")); };
    ASSERT_TRUE(add("key-1", "milk"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason(), reason::kIdempotencyInProgress);
    EXPECT_TRUE(second.error().retryable());
    EXPECT_EQ(second.error().retry_after(), std::chrono::seconds{1});
    EXPECT_EQ(notes(), 1);
    EXPECT_TRUE(add("key-1", "milk"));
}

TEST_P(KeyedPolicyTest, two_processes_that_serve_one_key_have_one_effect_and_one_answer) {
    Result<Text> second = deadline_exceeded();
    first_.notes.meanwhile = [&]() -> Task<void> { second = co_await add_at(second_, context("key-1"), text("milk")); };
    const auto first = add("key-1", "milk");
    ASSERT_TRUE(second);
    ASSERT_TRUE(first) << first.error().detail();
    EXPECT_TRUE(replayed_);
    EXPECT_EQ(first->value(), second->value());
    EXPECT_EQ(notes(), 1);
}

TEST_P(KeyedPolicyTest, two_processes_with_different_requests_of_one_key_have_one_effect) {
    Result<Text> second = deadline_exceeded();
    first_.notes.meanwhile = [&]() -> Task<void> { second = co_await add_at(second_, context("key-1"), text("bread")); };
    const auto first = add("key-1", "milk");
    ASSERT_TRUE(second);
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().reason(), reason::kIdempotencyKeyReused);
    EXPECT_EQ(notes(), 1);
}

TEST_P(KeyedPolicyTest, a_call_that_found_nothing_to_change_any_more_gets_the_answer_of_the_other_process) {
    Result<Text> second = deadline_exceeded();
    first_.notes.meanwhile = [&]() -> Task<void> { second = co_await add_at(second_, context("key-1"), text("do nothing")); };
    const auto first = add("key-1", "do nothing");
    ASSERT_TRUE(second);
    ASSERT_TRUE(first) << first.error().detail();
    EXPECT_TRUE(replayed_);
    EXPECT_EQ(first->value(), second->value());
}

TEST_P(KeyedPolicyTest, a_refusal_stands_only_if_the_key_is_certainly_not_stored) {
    first_.notes.meanwhile = [&]() -> Task<void> {
        auto elsewhere = co_await add_at(second_, context("key-1"), text("milk"));
        EXPECT_TRUE(elsewhere);
        failing_.read_error = unavailable("the database is gone");
    };
    const auto first = add("key-1", "milk");
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code(), Code::unavailable);
    failing_.read_error.reset();
    EXPECT_TRUE(add("key-1", "milk"));
    EXPECT_EQ(notes(), 1);
}

TEST_P(KeyedPolicyTest, a_call_that_failed_leaves_its_key_free) {
    EXPECT_EQ(add("key-1", "refuse").error().reason(), "FULL");
    failing_.write_error = unavailable("the database is gone");
    EXPECT_EQ(add("key-1", "milk").error().code(), Code::unavailable);
    failing_.write_error.reset();
    EXPECT_TRUE(add("key-1", "bread"));
    EXPECT_EQ(notes(), 1);
}

TEST_P(KeyedPolicyTest, a_write_whose_answer_was_lost_is_found_by_the_same_call) {
    failing_.write_error = unavailable("the connection is lost").with_outcome_open(true);
    failing_.done_nevertheless = true;
    const auto first = add("key-1", "milk");
    ASSERT_TRUE(first) << first.error().detail();
    EXPECT_EQ(notes(), 1);
    failing_.write_error.reset();
    EXPECT_EQ(add("key-1", "milk").value().value(), first->value());
    EXPECT_EQ(notes(), 1);
}

TEST_P(KeyedPolicyTest, a_handler_that_does_not_store_the_key_has_a_bug) {
    for (const auto* request : {"say nothing", "answer otherwise"}) {
        EXPECT_EQ(add(std::string{"key-of-"} + request[0], request).error().code(), Code::internal) << request;
        EXPECT_TRUE(add("", request)) << request;
    }
}

TEST_P(KeyedPolicyTest, a_call_that_had_nothing_to_change_gets_the_same_answer_again) {
    const auto first = add("key-1", "do nothing");
    ASSERT_TRUE(first) << first.error().detail();
    EXPECT_EQ(add("key-1", "do nothing").value().value(), first->value());
    EXPECT_TRUE(replayed_);
    EXPECT_EQ(notes(), 0);
}

TEST_P(KeyedPolicyTest, a_key_of_a_wrong_form_is_refused) {
    for (const auto& key : {std::string(256, 'k'), std::string{"two words"}, std::string{"line\n"}, std::string{"ключ"}}) {
        EXPECT_EQ(add(key, "milk").error().reason(), reason::kInvalidIdempotencyKey) << key;
    }
    EXPECT_TRUE(add(std::string(255, 'k'), "milk"));
    EXPECT_EQ(notes(), 1);
}

TEST_P(KeyedPolicyTest, old_keys_are_removed_in_small_parts) {
    for (const auto* key : {"key-1", "key-2", "key-3"}) ASSERT_TRUE(add(key, "milk"));
    const auto now = first_.clock.now();
    EXPECT_EQ(db_.run(first_.keys.remove_old(db_.context(), now - std::chrono::hours{1}, 10)).value(), 0);
    EXPECT_EQ(db_.run(first_.keys.remove_old(db_.context(), now + std::chrono::hours{1}, 2)).value(), 2);
    EXPECT_EQ(db_.run(first_.keys.remove_old(db_.context(), now + std::chrono::hours{1}, 2)).value(), 1);
    ASSERT_TRUE(add("key-1", "milk"));
    EXPECT_EQ(notes(), 4);
}

TEST_P(KeyedPolicyTest, sixty_four_duplicates_at_once_at_two_processes_have_one_effect) {
    std::vector<Task<Result<Text>>> calls;
    for (int i = 0; i < 64; ++i) calls.push_back(add_at(i % 2 == 0 ? first_ : second_, context("key-1"), text("milk")));
    const auto answers = db_.run(all(std::move(calls)));
    std::set<std::string> distinct;
    for (const auto& answer : answers) {
        if (answer)
            distinct.insert(answer->value());
        else
            EXPECT_EQ(answer.error().reason(), reason::kIdempotencyInProgress) << answer.error().detail();
    }
    EXPECT_EQ(distinct.size(), 1U);
    EXPECT_EQ(notes(), 1);
}

}  // namespace
}  // namespace tw::idempotency
