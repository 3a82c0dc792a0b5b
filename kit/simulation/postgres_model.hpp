#pragma once

#include "kit/simulation/scheduler.hpp"
#include "kit/sql/row.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tw::simulation {

class PostgresPostmaster;

/// A PostgreSQL server within a simulation, for the real driver with the real libpq: it listens on a Unix domain socket of the
/// abstract kind, reads what libpq has written when nobody else has anything to do, and answers in virtual time.
///
/// Modelled: protocol 3.0 with simple and extended queries, pipelines, errors with their SQLSTATE and constraint, notices, cancel
/// requests; READ COMMITTED transactions; locks of rows, of unique keys, of parents of foreign keys, of tables (SHARE) and
/// advisory ones, with waiting in turn, lock_timeout, statement_timeout, idle_in_transaction_session_timeout and the search for
/// deadlocks; PRIMARY KEY, UNIQUE, partial and expression indexes, CHECK, NOT NULL, foreign keys; sessions that end with their
/// last word, crash and recovery, sessions that may only read. Statements run in an SQLite database in memory, so they are of the
/// dialect that both engines have; what PostgreSQL alone has is known by its text. A text that the model does not know throws
/// NotModelled out of the scheduler's step: the model has to learn it.
///
/// Not modelled: isolation other than READ COMMITTED; savepoints; COPY; LISTEN; cursors and portals that are read in parts; SKIP
/// LOCKED, NOWAIT and FOR SHARE; UPDATE … FROM; updates of primary keys; foreign keys to other columns than the primary key, and
/// their actions; triggers, views, sequences, roles, several databases and schemas; types other than bigint, integer, smallint,
/// text, boolean, double precision and timestamptz, and the checking of types in expressions; arithmetic overflow within an
/// expression; collations other than by bytes; a statement that waited is evaluated anew with all rows, where PostgreSQL looks at
/// the row that it waited for; CHECK before the lock where a statement writes several rows; migrations beside other transactions
/// that write; plans that a migration makes stale; synchronous standbys, but for a commit that one was not waited for, which is
/// lost when the standby takes over, and that at once; TLS and passwords.
///
/// Faults, at the place of the options: "connection cut", "half-open", "answer stalls", "commit late", "commit cut", "commit
/// lost", "commit refused", "commit without standby", "disk slow", "cancelled", "cancelled before ROLLBACK", "cancel late",
/// "session terminated", "terminated after an error", "server full", "all sessions terminated", "crash" and "read-only".
///
/// Belongs to the scheduler's thread, and must not outlive the scheduler.
class PostgresModel {
 public:
    struct Options {
        /// How the history and the faults name it: "order database".
        std::string place = "database";
        std::size_t connections_max = 100;
        /// Whether all that clients send is kept, for `was_sent`.
        bool keeps_input = false;
    };

    PostgresModel(Scheduler& scheduler, Options options);
    ~PostgresModel();
    PostgresModel(const PostgresModel&) = delete;
    PostgresModel& operator=(const PostgresModel&) = delete;

    /// For open_store. Differs from run to run: nothing that has it may come into a history, see `without_name`. Loops that use
    /// it need Scheduler::watch_descriptors.
    std::string url() const;
    /// The text with the server's place instead of the name of its socket.
    std::string without_name(std::string text) const;

    /// Runs `body`, which may block on this server: opening stores and migrating. Meanwhile no time passes, no fault happens, and
    /// sessions of before are not heard. Throws NotModelled, also where a statement would have to wait.
    void serve_blocking(const std::function<void()>& body);

    /// What is committed. The statement is of SQLite and of PostgreSQL, and has no parameters.
    sql::Rows rows(std::string_view query) const;

    /// Sessions whose clients can still be heard.
    std::size_t sessions() const;
    /// Sessions in the middle of a transaction block.
    std::size_t open_transactions() const;

    /// Whether a client has given these bytes to the network, whether or not the server has done anything with them. What was
    /// written to a connection after the server had closed it was not sent.
    bool was_sent(std::string_view bytes) const;

    /// How often sessions have come to wait for each other, whether the server found that or a timeout parted them before.
    std::size_t deadlocks() const;

    /// The process that calls itself so (application_name in its URL) has crashed: its connections break, and what it sends from
    /// now on never arrives. What had arrived is done.
    void cut_off(const std::string& application);
    /// All sessions are lost with what they have not committed; the server takes connections again after a while.
    void crash();
    /// While it may only read, so may its sessions, and for as long as each of them lasts: those of a server that has become a
    /// standby.
    void set_read_only(bool read_only);
    /// As pg_terminate_backend for all.
    void terminate_all();

 private:
    std::shared_ptr<PostgresPostmaster> postmaster_;
};

}  // namespace tw::simulation
