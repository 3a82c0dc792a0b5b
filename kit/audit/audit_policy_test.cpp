#include "kit/audit/audit_policy.hpp"

#include "kit/async/sleep.hpp"
#include "kit/audit/audit_fixture.hpp"
#include "kit/audit/auditing_database.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/testing/failing_database.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <gmock/gmock.h>
#include <google/protobuf/type.pb.h>

namespace tw::audit {
namespace {

/// Has a text and no id.
using Enum = google::protobuf::EnumValue;

constexpr rpc::Method make_method(std::string_view path, std::string_view name, rpc::Idempotency idempotency) {
    return {.path = path,
            .service = "test.Notes",
            .name = name,
            .shape = rpc::Shape::unary,
            .idempotency = idempotency,
            .deadline = std::chrono::seconds{20},
            .allow = {},
            .request_prototype = rpc::prototype<Enum>,
            .response_prototype = rpc::prototype<Enum>,
            .validate = [](const rpc::Message&, std::vector<Violation>&) {}};
}

constexpr rpc::Method kAdd = make_method("/test.Notes/Add", "Add", rpc::Idempotency::idempotent);
constexpr rpc::Method kGet = make_method("/test.Notes/Get", "Get", rpc::Idempotency::safe);

constexpr sql::Statement kInsertNote{"INSERT test_notes", "INSERT INTO test_notes (id, text) VALUES ($1, $2)"};
constexpr sql::Statement kCountNotes{"SELECT test_notes", "SELECT count(*) FROM test_notes"};
constexpr std::array kNoteTables{
    sql::Migration{1, "notes", "CREATE TABLE test_notes (id text NOT NULL PRIMARY KEY, text text NOT NULL)"}};
constexpr std::array kNoteUses{&schema};
constexpr sql::Schema kNoteSchema{.name = "notes", .sqlite = kNoteTables, .postgres = kNoteTables, .uses = kNoteUses};

/// Adds notes, in the ways that the text of a note asks for.
class Notes final : public rpc::Service {
 public:
    Notes(sql::Database& database, Random& random) : database_{database}, random_{random} {}

    std::string_view service_name() const override { return "test.Notes"; }
    std::span<const rpc::Handler> handlers() const override {
        static constexpr std::array kHandlers{rpc::make_handler<&Notes::add, kAdd>(), rpc::make_handler<&Notes::add, kGet>()};
        return kHandlers;
    }
    Task<Result<Enum>> add(const CallContext& ctx, const Enum& request) {
        const auto text = request.name();
        if (text == "refuse") co_return Error{Code::failed_precondition, "FULL", "there is no room"};
        if (text == "do nothing") co_return request;
        if (text == "throw") throw std::runtime_error{"a bug"};
        if (auto* const call = audited_call(ctx)) call->objects().add("note", "7");
        for (int i = 0; i < writes; ++i) {
            auto writing = in_transaction ? add_in_transaction(ctx, text) : add_by_unit(ctx, text);
            auto written = co_await std::move(writing);
            if (!written) co_return std::move(written).error();
        }
        if (text == "fail late") co_return unavailable("the rest did not work");
        co_return request;
    }

    bool in_transaction = false;
    int writes = 1;

 private:
    std::string new_id() { return random_.uuid_v7(SystemClock{}.now()).to_string(); }
    Task<Result<void>> add_by_unit(const CallContext& ctx, std::string text) {
        sql::Unit unit;
        unit.add(kInsertNote, text == "twice" ? text : new_id(), text);
        return database_.write(ctx, std::move(unit));
    }
    Task<Result<void>> add_in_transaction(const CallContext& ctx, std::string text) {
        sql::Database::Body body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
            auto inserted = co_await transaction.execute(ctx, kInsertNote, new_id(), text);
            if (!inserted) co_return std::move(inserted).error();
            if (text == "roll back") co_return Error{Code::failed_precondition, "FULL", "there is no room"};
            co_return Result<void>{};
        };
        co_return co_await database_.transaction(ctx, std::move(body));
    }

    sql::Database& database_;
    Random& random_;
};

class AuditPolicyTest : public AuditTest {
 protected:
    AuditPolicyTest() : AuditTest{kNoteSchema} {
        table_.set_policies(policies_);
        table_.add(notes_, db_.telemetry());
        channel_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry(), {}, "spiffe://shop/order");
    }

    Task<Result<Enum>> call_at(const rpc::Method& method, std::string text) {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->peer = "192.0.2.7:4711";
        attributes->peer_identity = "spiffe://shop/order";
        attributes->principal = Principal{.kind = Principal::Kind::user,
                                          .proof = Principal::Proof::token,
                                          .id = user_,
                                          .roles = {"support", "merchant"},
                                          .issuer = "https://issuer.example"};
        attributes->authorization = std::make_shared<const std::string>("Bearer canary-token");
        const auto ctx = db_.context().with_attributes(std::move(attributes));
        Enum request;
        request.set_name(std::move(text));
        co_return co_await rpc::call_unary<Enum>(*channel_, ctx, method, request);
    }
    Result<Enum> call(std::string text, const rpc::Method& method = kAdd) { return db_.run(call_at(method, std::move(text))); }
    std::int64_t notes() { return (*db_.run(db_.database().query_row(db_.context(), kCountNotes)).value()).get<std::int64_t>(0); }
    /// Stores what the trail has kept back, and returns all records.
    std::vector<Record> records() {
        const auto stopped = [](AuditTrail& trail) -> Task<bool> {
            co_await trail.stop();
            co_return true;
        };
        if (!stopped_) stopped_ = db_.run(stopped(trail_));
        return unsealed();
    }
    static std::vector<Outcome> outcomes(const std::vector<Record>& records) {
        std::vector<Outcome> found;
        for (const auto& record : records) found.push_back(record.outcome);
        return found;
    }

    std::string user_ = "ann";
    test::FailingDatabase failing_{db_.database()};
    AuditTrail trail_{db_.loop(), failing_, clock_, random_, db_.telemetry(), std::string{kModule}};
    AuditingDatabase auditing_{failing_, trail_};
    Notes notes_{auditing_, random_};
    AuditPolicy policy_{trail_};
    std::array<rpc::Policy*, 1> policies_{&policy_};
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_;
    bool stopped_ = false;
};

INSTANTIATE_TEST_SUITE_P(Engines, AuditPolicyTest, testing::ValuesIn(test::kDatabases));

TEST_P(AuditPolicyTest, a_change_and_its_record_are_stored_together) {
    for (const bool in_transaction : {false, true}) {
        notes_.in_transaction = in_transaction;
        ASSERT_TRUE(call("milk"));
    }
    // Nothing waits: the records were committed with their changes.
    const auto found = unsealed();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(notes(), 2);
    for (const auto& record : found) {
        EXPECT_EQ(record.outcome, Outcome::ok);
        EXPECT_EQ(record.module, kModule);
        EXPECT_EQ(record.actor_kind, "user");
        EXPECT_EQ(record.actor_issuer, "https://issuer.example");
        EXPECT_EQ(record.actor_id, "ann");
        EXPECT_EQ(record.actor_roles, "support,merchant");
        EXPECT_EQ(record.service, "spiffe://shop/order");
        EXPECT_EQ(record.method, "/test.Notes/Add");
        EXPECT_EQ(record.objects, "note=7");
        EXPECT_EQ(record.address, "192.0.2.7");
        EXPECT_EQ(record.reason, "");
    }
}

TEST_P(AuditPolicyTest, a_change_that_is_rolled_back_leaves_no_record_of_a_change) {
    notes_.in_transaction = true;
    EXPECT_EQ(call("roll back").error().reason(), "FULL");
    EXPECT_EQ(notes(), 0);
    EXPECT_TRUE(unsealed().empty());
    const auto found = records();
    EXPECT_THAT(outcomes(found), testing::ElementsAre(Outcome::refused));
    EXPECT_EQ(found[0].reason, "FULL");
}

TEST_P(AuditPolicyTest, a_write_that_the_database_refuses_leaves_no_record_of_a_change) {
    ASSERT_TRUE(call("twice"));
    ASSERT_FALSE(call("twice"));
    EXPECT_THAT(outcomes(records()), testing::ElementsAre(Outcome::ok, Outcome::refused));
    EXPECT_EQ(notes(), 1);
}

TEST_P(AuditPolicyTest, a_change_without_its_record_is_impossible_where_the_record_cannot_be_stored) {
    failing_.write_error = unavailable("the database is gone");
    EXPECT_EQ(call("milk").error().code(), Code::unavailable);
    failing_.write_error.reset();
    EXPECT_EQ(notes(), 0);
    EXPECT_TRUE(unsealed().empty());
}

TEST_P(AuditPolicyTest, a_refused_call_is_recorded_with_its_reason) {
    EXPECT_FALSE(call("refuse"));
    const auto found = records();
    ASSERT_THAT(outcomes(found), testing::ElementsAre(Outcome::refused));
    EXPECT_EQ(found[0].reason, "FULL");
    EXPECT_EQ(found[0].actor_id, "ann");
}

TEST_P(AuditPolicyTest, a_call_that_found_nothing_to_change_is_recorded_as_such) {
    EXPECT_TRUE(call("do nothing"));
    EXPECT_THAT(outcomes(records()), testing::ElementsAre(Outcome::unchanged));
}

TEST_P(AuditPolicyTest, a_call_that_fails_after_its_change_has_both_records) {
    EXPECT_FALSE(call("fail late"));
    EXPECT_EQ(notes(), 1);
    EXPECT_THAT(outcomes(records()), testing::UnorderedElementsAre(Outcome::ok, Outcome::refused));
}

TEST_P(AuditPolicyTest, a_call_with_several_writes_has_one_record) {
    notes_.writes = 3;
    ASSERT_TRUE(call("milk"));
    EXPECT_EQ(notes(), 3);
    EXPECT_THAT(outcomes(records()), testing::ElementsAre(Outcome::ok));
}

TEST_P(AuditPolicyTest, a_handler_that_throws_leaves_the_log_usable) {
    EXPECT_EQ(call("throw").error().code(), Code::internal);
    ASSERT_TRUE(call("milk"));
    EXPECT_THAT(outcomes(records()), testing::ElementsAre(Outcome::ok));
}

TEST_P(AuditPolicyTest, a_method_that_only_reads_is_not_recorded) {
    ASSERT_TRUE(call("do nothing", kGet));
    EXPECT_FALSE(call("refuse", kGet));
    EXPECT_TRUE(records().empty());
}

TEST_P(AuditPolicyTest, failed_calls_beyond_the_limit_are_counted_in_one_record) {
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(call("refuse"));
    user_ = "bob";
    EXPECT_FALSE(call("refuse"));
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(call("milk"));
    const auto found = records();
    const auto count = [&found](Outcome outcome) { return std::ranges::count(found, outcome, &Record::outcome); };
    EXPECT_EQ(count(Outcome::refused), 21);
    EXPECT_EQ(count(Outcome::ok), 30);
    ASSERT_EQ(count(Outcome::left_out), 1);
    EXPECT_EQ(std::ranges::find(found, Outcome::left_out, &Record::outcome)->objects, "count=80");
}

TEST_P(AuditPolicyTest, a_denial_is_recorded_with_the_caller_as_far_as_it_is_known) {
    auto attributes = std::make_shared<CallAttributes>();
    attributes->peer = "[2001:db8::7]:4711";
    const auto ctx = db_.context().with_attributes(std::move(attributes));
    const Error refusal{Code::unauthenticated, "TOKEN_REQUIRED", "no token"};
    trail_.note_denial(denial_of(ctx, "/order.OrderService/CancelOrder", {}, refusal));
    const auto found = records();
    ASSERT_THAT(outcomes(found), testing::ElementsAre(Outcome::denied));
    EXPECT_EQ(found[0].actor_kind, "anonymous");
    EXPECT_EQ(found[0].address, "2001:db8::7");
    EXPECT_EQ(found[0].reason, "TOKEN_REQUIRED");
}

TEST_P(AuditPolicyTest, no_record_contains_a_token_or_what_a_message_says) {
    for (const auto* text : {"canary-content", "fail late"}) std::ignore = call(text);
    Objects objects;
    google::protobuf::Type with_text;
    with_text.set_name("canary");
    objects.add_from(with_text, "type");
    objects.add("user", "canary@example.com");
    EXPECT_EQ(objects.text(), "user=?");
    for (const auto& record : records()) {
        for (const auto& text : {record.actor_id, record.actor_issuer, record.actor_roles, record.service, record.method,
                                 record.objects, record.address, record.reason}) {
            EXPECT_EQ(text.find("canary"), std::string::npos) << text;
        }
    }
}

TEST_P(AuditPolicyTest, records_that_could_not_be_stored_are_stored_later) {
    EXPECT_FALSE(call("refuse"));
    failing_.write_error = unavailable("the database is gone");
    failing_.failures_left = 1;
    trail_.start();
    for (int i = 0; i < 3'000 && unsealed().empty(); ++i) {
        std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{1}));
    }
    EXPECT_EQ(unsealed().size(), 1U);
    EXPECT_THAT(outcomes(records()), testing::ElementsAre(Outcome::refused));
}

}  // namespace
}  // namespace tw::audit
