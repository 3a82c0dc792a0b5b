// Tests that the model answers as PostgreSQL does: both get the same statements in the same order
// from the same sessions.
#include "kit/simulation/postgres/postgres_scripts_fixture.hpp"
#include "kit/simulation/postgres_model.hpp"
#include "kit/simulation/scheduler.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"
#include "kit/testing/postgres_server.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;
using sql::pg::LibpqConnection;
using sql::pg::LibpqResult;

/// The text that a session sends. If the text is a number, the session sends nothing and this many
/// milliseconds pass.
struct Step {
    char session;
    std::string sql;
};

struct Script {
    std::string name;
    std::vector<Step> steps;
};
void PrintTo(const Script& script, std::ostream* out) { *out << script.name; }

/// A server that a script runs against, and how time passes for it.
class Side {
 public:
    virtual ~Side() = default;
    virtual LibpqConnection connect() = 0;
    virtual void pass(std::chrono::milliseconds time) = 0;
    /// Returns whether this process of the server waits for another one or sleeps, so that it does
    /// not answer now.
    virtual bool waits(int process) = 0;
};

class RealSide final : public Side {
 public:
    LibpqConnection connect() override { return LibpqConnection{PQconnectdb(url_.c_str())}; }
    void pass(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }
    bool waits(int process) override {
        return test::PostgresServer::shared().run(
                   fmt::format("SELECT cardinality(pg_blocking_pids(pid)) > 0 OR coalesce(wait_event, '') = 'PgSleep' FROM "
                               "pg_stat_activity WHERE pid = {}",
                               process)) == "t";
    }

 private:
    std::string url_ = test::PostgresServer::shared().empty_database();
};

class ModelSide final : public Side {
 public:
    LibpqConnection connect() override {
        LibpqConnection connection;
        model_.serve_blocking([&] { connection.reset(PQconnectdb(model_.url().c_str())); });
        return connection;
    }
    void pass(std::chrono::milliseconds time) override {
        // libpq writes here without telling the scheduler.
        scheduler_.descriptors_changed();
        scheduler_.run_for(time);
    }
    /// A session that does not answer within some milliseconds waits.
    bool waits(int) override {
        pass(20ms);
        return true;
    }

 private:
    Scheduler scheduler_{1};
    PostgresModel model_{scheduler_, {}};
};

/// A session of a script.
class Client {
 public:
    explicit Client(LibpqConnection connection) : connection_{std::move(connection)} {
        EXPECT_EQ(PQstatus(connection_.get()), CONNECTION_OK) << PQerrorMessage(connection_.get());
        PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    }

    void send(const std::string& text) {
        waits_ = true;
        if (text.find(" | ") != std::string::npos) return send_pipeline(text);
        // Several statements are sent as a simple query, and one as an extended query.
        const bool several = text.find(';') != std::string::npos;
        const int sent = several ? PQsendQuery(connection_.get(), text.c_str())
                                 : PQsendQueryParams(connection_.get(), text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0);
        EXPECT_EQ(sent, 1) << PQerrorMessage(connection_.get());
    }
    bool waits() const { return waits_; }
    int process() const { return PQbackendPID(connection_.get()); }

    /// Returns the answer since the last call; empty if the answer is not complete.
    std::string take() {
        if (!waits_) return {};
        if (PQconsumeInput(connection_.get()) == 0) lost_ = true;
        while (lost_ || PQisBusy(connection_.get()) == 0) {
            const LibpqResult result{PQgetResult(connection_.get())};
            // In a pipeline, a null result is only the separator of two results.
            if (!result && pipelines_ && !lost_) continue;
            if (!result || PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
                waits_ = false;
                if (std::exchange(pipelines_, false)) {
                    EXPECT_EQ(PQexitPipelineMode(connection_.get()), 1);
                }
                return std::exchange(answer_, {});
            }
            answer_ += " " + describe(result.get());
        }
        return {};
    }

 private:
    /// Sends the statements between bars, up to one Sync.
    void send_pipeline(std::string_view text) {
        pipelines_ = true;
        EXPECT_EQ(PQenterPipelineMode(connection_.get()), 1);
        while (!text.empty()) {
            const auto end = std::min(text.find(" | "), text.size());
            const std::string statement{text.substr(0, end)};
            text.remove_prefix(std::min(end + 3, text.size()));
            EXPECT_EQ(PQsendQueryParams(connection_.get(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0), 1);
        }
        EXPECT_EQ(PQpipelineSync(connection_.get()), 1);
    }
    static std::string field(const PGresult* result, int code) {
        const char* const text = PQresultErrorField(result, code);
        return text == nullptr ? std::string{} : std::string{text};
    }
    static std::string describe(PGresult* result) {
        if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED) return "skipped";
        if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
            return fmt::format("{} {} {}.{}", field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_CONSTRAINT_NAME),
                               field(result, PG_DIAG_TABLE_NAME), field(result, PG_DIAG_COLUMN_NAME));
        }
        std::string text = PQcmdStatus(result);
        for (int row = 0; row < PQntuples(result); ++row) {
            text += " [";
            for (int column = 0; column < PQnfields(result); ++column) {
                if (column > 0) text += ", ";
                text += PQgetisnull(result, row, column) != 0 ? "null" : PQgetvalue(result, row, column);
            }
            text += "]";
        }
        for (int column = 0; column < PQnfields(result); ++column) text += fmt::format(" {}", PQftype(result, column));
        return text;
    }

    LibpqConnection connection_;
    std::string answer_;
    bool waits_ = false;
    bool pipelines_ = false;
    bool lost_ = false;
};

/// Sends what a script says, and records the answers of all sessions.
class Player {
 public:
    explicit Player(Side& side) : side_{side} {}

    std::vector<std::string> play(const Script& script) {
        for (const auto& [session, sql] : script.steps) {
            if (const auto time = std::atoi(sql.c_str()); time > 0) {
                side_.pass(std::chrono::milliseconds{time});
            } else {
                if (!clients_.contains(session)) clients_.emplace(session, Client{side_.connect()});
                clients_.at(session).send(sql);
                settle(session);
                if (clients_.at(session).waits()) transcript_.push_back(fmt::format("{} waits: {}", session, sql));
            }
            // Sessions that waited for this step may have their answer now.
            for (const auto& [name, client] : clients_) settle(name);
        }
        return std::move(transcript_);
    }

 private:
    /// Waits until the session has its answer, or cannot have one now.
    void settle(char session) {
        auto& client = clients_.at(session);
        for (int i = 0; client.waits() && i < 2'000; ++i) {
            const bool waits = side_.waits(client.process());
            // The answer may have come since the last check.
            if (auto answer = client.take(); !answer.empty()) transcript_.push_back(fmt::format("{}:{}", session, answer));
            if (waits) return;
            side_.pass(2ms);
        }
    }

    Side& side_;
    std::map<char, Client> clients_;
    std::vector<std::string> transcript_;
};

/// Parses a script. A line is a session and its statement, such as "A: BEGIN".
Script script(std::string_view name, std::string_view lines) {
    Script script{std::string{name}, {{'A', kTables}}};
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        const auto begin = line.find_first_not_of(' ');
        if (begin != std::string_view::npos) script.steps.push_back({line[begin], std::string{line.substr(begin + 3)}});
    }
    return script;
}

std::vector<Script> scripts() {
    std::vector<Script> scripts;
    for (const auto& [name, lines] : kScripts) scripts.push_back(script(name, lines));
    return scripts;
}

class PostgresContract : public testing::TestWithParam<Script> {};

TEST_P(PostgresContract, the_model_answers_as_the_server_does) {
    RealSide real;
    ModelSide model;
    const auto expected = Player{real}.play(GetParam());
    const auto answered = Player{model}.play(GetParam());
    EXPECT_EQ(answered, expected);
}

INSTANTIATE_TEST_SUITE_P(Scripts, PostgresContract, testing::ValuesIn(scripts()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tw::simulation
