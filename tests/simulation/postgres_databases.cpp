#include "kit/simulation/postgres_model.hpp"
#include "tests/simulation/databases.hpp"
#include "tests/simulation/store_decorator.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace tw::shop {
namespace {

using simulation::PostgresModel;

/// What blocks is done while the model is being served, since nobody else is there to serve it.
class ServedStore final : public StoreDecorator {
 public:
    ServedStore(PostgresModel& model, std::unique_ptr<sql::Store> store) : StoreDecorator{std::move(store)}, model_{model} {}

    Result<void> check_durability() override {
        return served<Result<void>>([&] { return StoreDecorator::check_durability(); });
    }

 private:
    Result<void> do_migrate(const sql::Schema& schema) override {
        return served<Result<void>>([&] { return StoreDecorator::do_migrate(schema); });
    }
    Result<std::vector<sql::MigrationState>> do_migrations(const sql::Schema& schema) override {
        return served<Result<std::vector<sql::MigrationState>>>([&] { return StoreDecorator::do_migrations(schema); });
    }

    template <class Answer, class Work>
    Answer served(Work work) {
        std::optional<Answer> answer;
        model_.serve_blocking([&] { answer.emplace(work()); });
        if (!*answer) {
            auto error = std::move(*answer).error();
            auto detail = model_.without_name(error.detail());
            return std::move(error).with_detail(std::move(detail));
        }
        return std::move(*answer);
    }

    PostgresModel& model_;
};

std::string text_of(const sql::Value& value) {
    return std::visit(
        [](const auto& held) -> std::string {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, sql::Null>) {
                return {};
            } else if constexpr (std::is_same_v<Held, Timestamp>) {
                return std::to_string(held.unix_micros());
            } else if constexpr (std::is_same_v<Held, std::string>) {
                return held;
            } else {
                return std::to_string(held);
            }
        },
        value);
}

/// Who may write a flow: nobody after it has ended, and before that only the process that has it.
/// Another one may take it, which makes its fence greater, or send it a signal.
class FlowWriters {
 public:
    void look(const PostgresModel::Change& change) {
        const auto& [application, before, after] = change;
        if (after.empty()) return;
        if (before.empty() || before.at("fence") != after.at("fence")) {
            // An operator, who cancels or retries a flow, may do so at any process.
            if (after.at("state") == "running") process_of_owner_[after.at("owner")] = application;
            return;
        }
        const auto& state = before.at("state");
        if (state == "done" || state == "canceled") blame(change, "after it had ended");
        const auto owner = process_of_owner_.find(after.at("owner"));
        const bool signalled = before.at("signals") != after.at("signals");
        if (!signalled && owner != process_of_owner_.end() && owner->second != application)
            blame(change, "while " + owner->second + " had it");
    }
    std::vector<std::string> take_broken() { return std::exchange(broken_, {}); }

 private:
    void blame(const PostgresModel::Change& change, const std::string& when) {
        broken_.push_back(fmt::format("the flow {} was written by {} {}", change.after.at("id"), change.application, when));
    }

    /// By the name that a flow has of its owner: the life of a process.
    std::map<std::string, std::string> process_of_owner_;
    std::vector<std::string> broken_;
};

/// A server for each module.
class PostgresDatabases final : public Databases {
 public:
    explicit PostgresDatabases(simulation::Simulation& simulation) : simulation_{simulation} {}

    Result<std::unique_ptr<sql::Store>> open(std::string_view module, const std::string& process, WorkerPool& workers) override {
        auto& model = models_[std::string{module}];
        if (!model) {
            model = std::make_unique<PostgresModel>(
                simulation_, PostgresModel::Options{.place = fmt::format("{} database", module), .owner_of = &process_of});
            model->watch("flows", [this](const PostgresModel::Change& change) { flow_writers_.look(change); });
        }
        // Each life of a process has a name of its own, by which it is cut off when it crashes.
        const auto application = fmt::format("{}.{}", process, ++lives_[process]);
        const auto separator = model->url().find('?') == std::string::npos ? '?' : '&';
        const auto url = fmt::format("{}{}application_name={}", model->url(), separator, application);
        std::optional<Result<std::unique_ptr<sql::Store>>> opened;
        model->serve_blocking([&] { opened.emplace(sql::open_store(url, workers)); });
        if (!*opened) {
            auto error = std::move(*opened).error();
            auto detail = model->without_name(error.detail());
            return std::move(error).with_detail(std::move(detail));
        }
        return std::make_unique<ServedStore>(*model, std::move(**opened));
    }

    void cut(const std::vector<std::string>& modules, const std::string& process) override {
        for (const auto& module : modules) {
            const auto model = models_.find(module);
            if (model != models_.end()) model->second->cut_off(fmt::format("{}.{}", process, lives_[process]));
        }
    }

    bool write(std::string_view module, const std::string& statement) override {
        const auto model = models_.find(module);
        if (model == models_.end()) return true;
        model->second->serve_blocking([&] {
            const auto connection = PQconnectdb(model->second->url().c_str());
            PQclear(PQexec(connection, statement.c_str()));
            PQfinish(connection);
        });
        return true;
    }

    std::string clean(std::string text) const override {
        for (const auto& [module, model] : models_) text = model->without_name(std::move(text));
        return text;
    }

    bool watches_descriptors() const override { return true; }
    std::vector<std::string> take_broken() override { return flow_writers_.take_broken(); }

    std::vector<Rows> read(std::string_view module, std::initializer_list<std::string> queries) const override {
        std::vector<Rows> answers(queries.size());
        const auto model = models_.find(module);
        if (model == models_.end()) return answers;
        std::ranges::transform(queries, answers.begin(), [&](const auto& query) { return rows_of(*model->second, query, {}); });
        return answers;
    }
    bool busy(std::string_view) const override { return false; }

    Rows rows_with(std::string_view module, const std::string& query, const std::string& parameter) const override {
        const auto model = models_.find(module);
        return model == models_.end() ? Rows{} : rows_of(*model->second, query, {parameter});
    }

 private:
    /// Returns the process of a name that `open` gives to a life of it.
    static std::string_view process_of(std::string_view application) { return application.substr(0, application.rfind('.')); }

    static Rows rows_of(const PostgresModel& model, const std::string& query, const std::vector<std::string>& parameters) {
        Rows rows;
        for (const auto& found : model.rows(query, parameters)) {
            auto& row = rows.emplace_back();
            row.reserve(found.size());
            for (std::size_t column = 0; column < found.size(); ++column) row.push_back(text_of(found.at(column)));
        }
        return rows;
    }

    simulation::Simulation& simulation_;
    std::map<std::string, std::unique_ptr<PostgresModel>, std::less<>> models_;
    std::map<std::string, int> lives_;
    FlowWriters flow_writers_;
};

}  // namespace

std::unique_ptr<Databases> make_postgres_databases(simulation::Simulation& simulation) {
    return std::make_unique<PostgresDatabases>(simulation);
}

}  // namespace tw::shop
