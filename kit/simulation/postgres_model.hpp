#pragma once

#include "kit/simulation/scheduler.hpp"
#include "kit/sql/row.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

class PostgresPostmaster;

/// A PostgreSQL server within a simulation, for the real driver with the real libpq. It listens on
/// a Unix domain socket in the abstract name space, reads what libpq has written when nothing else
/// in the simulation has work, and answers in virtual time.
///
/// Modelled: protocol 3.0 with simple and extended queries, pipelines, errors with their SQLSTATE
/// and constraint, notices, cancel requests; READ COMMITTED transactions; locks of rows, of unique
/// keys, of parents of foreign keys, of tables (SHARE) and advisory locks, with waiting in turn,
/// lock_timeout, statement_timeout, idle_in_transaction_session_timeout and the search for
/// deadlocks; PRIMARY KEY, UNIQUE, partial and expression indexes, CHECK, NOT NULL, foreign keys;
/// sessions that end with a last error, crash and recovery, read-only sessions. Statements run in
/// an SQLite database in memory, so they are of the dialect that both engines have. The model
/// recognises by their text the statements that only PostgreSQL has. For a text that the model does
/// not know, the scheduler's step throws NotModelled: the model has to be extended.
///
/// Not modelled: isolation other than READ COMMITTED; savepoints; COPY; LISTEN; a row that a later
/// waiter gets before an earlier one; cursors and portals that are read in parts; SKIP LOCKED,
/// NOWAIT and FOR SHARE; UPDATE … FROM; updates of primary keys; foreign keys to other columns than
/// the primary key, and their actions; triggers, views, sequences, roles, several databases and
/// schemas; types other than bigint, integer, smallint, text, boolean, double precision and
/// timestamptz, and the checking of types in expressions; arithmetic overflow within an expression;
/// collations other than by bytes; a statement that waited is evaluated again with all rows, where
/// PostgreSQL evaluates the row that it waited for; CHECK before the lock if a statement writes
/// several rows; constraints that are dropped, which the model keeps; migrations beside other
/// transactions that write; plans that a migration makes stale; synchronous standbys, except for a
/// commit that did not wait for its standby, which is lost since the standby takes over at once;
/// TLS and passwords.
///
/// Faults have the place of the options: "connection cut", "half-open", "answer stalls", "commit
/// late", "commit cut", "commit lost", "commit refused", "commit without standby", "disk slow",
/// "cancelled", "cancelled before ROLLBACK", "cancel late", "session terminated", "terminated after
/// an error", "server full", "all sessions terminated", "crash" and "read-only".
///
/// A model belongs to the scheduler's thread, and must not outlive the scheduler.
class PostgresModel {
 public:
    struct Options {
        /// The name of the server in the history and in faults, such as "order database".
        std::string place = "database";
        std::size_t connections_max = 100;
        /// Whether all data that clients send is kept, for `was_sent`.
        bool keeps_input = false;
        /// Returns the name of the Owner to which a client with this application_name belongs, so
        /// that only loops of that owner are polled. If it is null, the name is the same.
        std::function<std::string_view(std::string_view application)> owner_of;
    };

    /// A row by its columns, as texts. It is empty where there is no row.
    using NamedRow = std::map<std::string, std::string>;
    /// A change of a row, at the moment of its commit.
    struct Change {
        /// The application_name of the client that committed.
        std::string_view application;
        NamedRow before;
        NamedRow after;
    };
    using OnChange = std::function<void(const Change& change)>;

    PostgresModel(Scheduler& scheduler, Options options);
    ~PostgresModel();
    PostgresModel(const PostgresModel&) = delete;
    PostgresModel& operator=(const PostgresModel&) = delete;

    /// Returns the URL for open_store. It differs from run to run, so no text that contains it may
    /// come into a history (see `without_name`). Loops that use the URL need
    /// Scheduler::watch_descriptors.
    std::string url() const;
    /// Returns the text with the server's place instead of the name of its socket.
    std::string without_name(std::string text) const;

    /// Runs `body`, which may block on this server: it opens stores and migrates. Meanwhile no time
    /// passes, no fault happens, and earlier sessions are not served. Throws NotModelled for texts
    /// that the model does not know, and if a statement would have to wait.
    void serve_blocking(const std::function<void()>& body);

    /// Calls `on_change` for each change of a row of this table, when it is committed.
    void watch(std::string table, OnChange on_change);
    /// Returns the committed result of a query. The query must be valid in SQLite and in
    /// PostgreSQL. Its parameters are texts, from $1 on.
    sql::Rows rows(std::string_view query, const std::vector<std::string>& parameters = {}) const;

    /// Returns the number of sessions whose clients can still send.
    std::size_t sessions() const;
    /// Returns the number of sessions within a transaction block.
    std::size_t open_transactions() const;

    /// Returns whether a client has given these bytes to the network. The server need not have
    /// processed them. Bytes that were written to a connection after the server had closed it do
    /// not count.
    bool was_sent(std::string_view bytes) const;

    /// Returns how often sessions came to wait for each other, even if a timeout ended the deadlock
    /// before the server found it.
    std::size_t deadlocks() const;

    /// Tells that the process with this application_name in its URL has crashed. Its connections
    /// break, and the data that it sends from now on never arrives. Data that had arrived is
    /// processed.
    void cut_off(const std::string& application);
    /// The server crashes. All sessions and their uncommitted changes are lost. The server accepts
    /// connections again after a while.
    void crash();
    /// Sets whether the server is read-only. A session that begins meanwhile stays read-only until
    /// it ends, like the sessions of a server that has become a standby.
    void set_read_only(bool read_only);
    /// Terminates all sessions, as pg_terminate_backend does.
    void terminate_all();

 private:
    std::shared_ptr<PostgresPostmaster> postmaster_;
};

}  // namespace tw::simulation
