// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/records_json.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "core/record/record_fields.h"

namespace moelora {
namespace {

// ---- writing

constexpr std::string_view name_of(DiffKind kind) {
    return kind == DiffKind::Equal ? "equal" : kind == DiffKind::Inserted ? "inserted" : "deleted";
}

template <class R>
Json write(const R& record);

Json value(bool x) {
    return x;
}
Json value(std::int64_t x) {
    return x;
}
Json value(double x) {
    return number_json(x);
}
Json value(const std::string& x) {
    return x;
}
Json value(StopReason x) {
    return moelora::name_of(x);
}
Json value(DiffKind x) {
    return name_of(x);
}
template <class R>
Json value(const R& record) {
    return write(record);
}
template <class T>
Json value(const std::vector<T>& list) {
    Json out = Json::array();
    for (const T& item : list) out.push_back(value(item));
    return out;
}
template <class T>
Json value(const std::map<std::string, T>& map) {
    Json out = Json::object();
    for (const auto& [name, item] : map) out[name] = value(item);
    return out;
}

struct Writer {
    Json out = Json::object();
    template <class T>
    void operator()(const char* name, const T& field) {
        out[name] = value(field);
    }
    template <class T>
    void maybe(const char* name, const T& field) {
        (*this)(name, field);
    }
    template <class T>
    void maybe(const char* name, const std::optional<T>& field) {
        if (field) (*this)(name, *field);
    }
};

template <class R>
Json write(const R& record) {
    Writer writer;
    record_fields(writer, record, Of<R>{});
    return std::move(writer.out);
}

template <class R>
Json write_line(const char* type, const R& record) {
    Json out = write(record);
    out["type"] = type;
    return out;
}

// ---- reading

template <class R>
bool take(const Json& from, R& to);  // a record

template <class T>
bool take_checked(std::optional<T> from, T& to) {
    if (from) to = std::move(*from);
    return from.has_value();
}
bool take(const Json& from, bool& to) {
    return take_checked(as_bool(from), to);
}
bool take(const Json& from, std::int64_t& to) {
    return take_checked(as_int(from), to);
}
bool take(const Json& from, double& to) {
    return take_checked(number_from_json(from), to);
}
bool take(const Json& from, std::string& to) {
    return take_checked(as_string(from), to);
}
template <class E>
bool take_name(const Json& from, E& to, std::initializer_list<E> all) {
    for (const E e : all)
        if (from == value(e)) {
            to = e;
            return true;
        }
    return false;
}
bool take(const Json& from, StopReason& to) {
    return take_name(from, to, {StopReason::EndToken, StopReason::Length, StopReason::Cancelled});
}
bool take(const Json& from, DiffKind& to) {
    return take_name(from, to, {DiffKind::Equal, DiffKind::Inserted, DiffKind::Deleted});
}
template <class T>
bool take(const Json& from, std::vector<T>& to) {
    if (!from.is_array()) return false;
    to.clear();
    for (const Json& item : from)
        if (!take(item, to.emplace_back())) return false;
    return true;
}
template <class T>
bool take(const Json& from, std::map<std::string, T>& to) {
    if (!from.is_object()) return false;
    to.clear();
    for (const auto& [name, item] : from.items())
        if (!take(item, to[name])) return false;
    return true;
}

struct Reader {
    const Json& in;
    std::string wrong;  // the first field that is missing or of another kind
    template <class T>
    void operator()(const char* name, T& field) {
        const auto at = in.find(name);
        if ((at == in.end() || !take(*at, field)) && wrong.empty()) wrong = name;
    }
    template <class T>
    void maybe(const char* name, T& field) {
        if (in.contains(name)) (*this)(name, field);
    }
    template <class T>
    void maybe(const char* name, std::optional<T>& field) {
        if (in.contains(name)) (*this)(name, field.emplace());
    }
};

template <class R>
std::string read(const Json& from, R& to) {
    if (!from.is_object()) return "it is no JSON object";
    Reader reader{from, {}};
    record_fields(reader, to, Of<R>{});
    if (reader.wrong.empty()) return {};
    return "its " + reader.wrong + " is missing or of another kind";
}

template <class R>
bool take(const Json& from, R& to) {
    return read(from, to).empty();
}

template <class R>
Result<R> read_record(const Json& from, const char* type = nullptr) {
    R record;
    std::string why = read(from, record);
    if (why.empty() && type && from.value("type", Json()) != type)
        why = std::string("its type is not ") + type;
    if (!why.empty()) return fail(ErrorCode::RecordInvalid, {{"why", why}});
    return record;
}

Json issues_json(const std::vector<Issue>& issues) {
    Json out = Json::array();
    for (const Issue& issue : issues) out.push_back(to_json(issue));
    return out;
}

// Counts, their share and the scores stand side by side, for all samples as for each task.
Json metrics_json(const CaptionMetrics& metrics) {
    const auto complete = [](Json& out, const CaptionScores& scores) {
        const double samples = out.at("samples");
        out["exact_match"] = samples > 0 ? out.at("exact").get<double>() / samples : 0.0;
        out.update(write(scores));
    };
    Json out = write(metrics);
    complete(out, metrics.scores);
    for (auto& [task, counts] : out.at("by_task").items()) {
        const auto scores = metrics.scores_by_task.find(task);
        complete(counts, scores == metrics.scores_by_task.end() ? CaptionScores{} : scores->second);
    }
    return out;
}

// Files of older versions hold no scores.
bool take(const Json& from, CaptionMetrics& to) {
    if (!read(from, to).empty()) return false;
    if (!from.contains("bleu1")) return true;
    if (!take(from, to.scores)) return false;
    for (const auto& [task, counts] : to.by_task)
        if (!take(from.at("by_task").at(task), to.scores_by_task[task])) return false;
    return true;
}

}  // namespace

Json to_json(const StepRecord& r) {
    return write_line("step", r);
}
Json to_json(const RouterRecord& r) {
    return write_line("router", r);
}
Json to_json(const EvalRecord& r) {
    return write_line("eval", r);
}
Json to_json(const CheckpointInfo& r) {
    return write_line("checkpoint", r);
}
Json to_json(const NoteRecord& r) {
    return write_line("note", r);
}

Json to_json(const Caption& c) {
    Json out = write(c);
    if (c.task.empty()) out.erase("task");
    if (c.step < 0) out.erase("step");
    return out;
}

Json to_json(const Issue& issue) {
    Json args = Json::object();
    for (const Arg& arg : issue.error.args) args[arg.name] = arg.value;
    return {{"code", entry_of(issue.error.code).id},
            {"severity", name_of(issue.severity)},
            {"file", issue.where.file},
            {"line", issue.where.line},
            {"item", issue.where.item},
            {"message", message_of(issue.error)},
            {"hint", hint_of(issue.error)},
            {"args", std::move(args)},
            {"count", issue.count}};
}

Json to_json(const Error& error) {
    std::string where(error.arg("path"));
    for (const std::string& step : error.context) {
        if (!where.empty()) where += "; ";
        where += step;
    }
    return {{"error",
             {{"code", entry_of(error.code).id},
              {"message", message_of(error)},
              {"where", where},
              {"hint", hint_of(error)}}}};
}

Json to_json(const CaptionSample& s) {
    Json out = write(s);
    if (s.messages.empty()) out.erase("messages");
    return out;
}

Json to_json(const Comparison& c) {
    Json samples = Json::array();
    for (const ComparedSample& sample : c.samples) {
        Json item = write(sample);
        if (sample.sample.messages.empty()) item.erase("messages");
        item["base"] = to_json(sample.base);
        item["adapted"] = to_json(sample.adapted);
        samples.push_back(std::move(item));
    }
    Json self_test = write(c.self_test);
    self_test["passed"] = c.self_test.passed();
    return {{"samples", std::move(samples)},
            {"metrics", {{"base", metrics_json(c.base)}, {"adapted", metrics_json(c.adapted)}}},
            {"provenance", write(c.provenance)},
            {"self_test", std::move(self_test)},
            {"gates", write(c.gates)},
            {"issues", issues_json(c.issues)}};
}

Json to_json(const Evaluation& e) {
    Json out = metrics_json(e.metrics);
    out["loss"] = number_json(e.loss);
    out["targets"] = e.targets;
    out["captions"] = Json::array();
    for (const EvaluatedSample& sample : e.samples) {
        Json item = write(sample);
        if (sample.sample.messages.empty()) item.erase("messages");
        item["caption"] = to_json(sample.caption);
        out["captions"].push_back(std::move(item));
    }
    out["provenance"] = write(e.provenance);
    out["issues"] = issues_json(e.issues);
    if (e.self_test) {
        out["self_test"] = write(*e.self_test);
        out["self_test"]["passed"] = e.self_test->passed();
    }
    return out;
}

Json to_json(const ModelSummary& s) {
    return {{"path", s.path},
            {"family", s.family},
            {"parameters",
             {{"total", s.parameters_total},
              {"text", s.parameters_text},
              {"vision", s.parameters_vision}}},
            {"layers", s.layers},
            {"hidden", s.hidden},
            {"vocab", s.vocab},
            {"dtype", s.dtype},
            {"tied", s.tied},
            {"tokenizer", s.tokenizer},
            {"quantization", s.quantization},
            {"files", value(s.files)},
            {"missing", s.missing},
            {"issues", issues_json(s.issues)}};
}

Json to_json(const AdapterPlan& p) {
    return {{"total", p.total},
            {"bytes", p.bytes},
            {"sites", value(p.sites)},
            {"issues", issues_json(p.issues)}};
}

Json to_json(const DatasetSummary& s) {
    Json out = {{"path", s.path},
                {"format", s.format},
                {"evidence", s.evidence},
                {"samples", s.samples},
                {"images", s.images},
                {"tasks", s.tasks},
                {"issues", issues_json(s.issues)}};
    if (!s.sample_types.empty()) out["sample_types"] = Json::array();
    for (const auto& [name, samples] : s.sample_types)
        out["sample_types"].push_back({{"name", name}, {"samples", samples}});
    if (s.tokens) out["tokens"] = write(*s.tokens);
    return out;
}

Json to_json(const AdapterSummary& s) {
    Json axes = Json::object();
    if (auto parsed = parse_json(s.axes_json, s.path)) axes = std::move(*parsed);
    return {
        {"path", s.path},
        {"format", s.format},
        {"method", s.method},
        {"experts", s.experts},
        {"rank", s.rank},
        {"alpha", number_json(s.alpha)},
        {"tensors", s.tensors},
        {"parameters", s.parameters},
        {"prompt", s.prompt},
        {"base",
         {{"name", s.base_name}, {"fingerprint", s.base_fingerprint}, {"sha256", s.base_sha256}}},
        {"axes", std::move(axes)},
        {"complete", s.listed_in},
        {"whole", s.files_whole},
        {"issues", issues_json(s.issues)}};
}

Json to_json(const RunSummary& s) {
    Json out = {{"id", s.id},
                {"path", s.path},
                {"name", s.name},
                {"status", name_of(s.status)},
                {"model", s.model},
                {"data", s.data},
                {"preset", s.preset},
                {"started", s.started_utc},
                {"note", s.note},
                {"step", s.step},
                {"total_steps", s.total_steps},
                {"last_loss", number_json(s.last_loss)},
                {"checkpoints", value(s.checkpoints)},
                {"has_adapter", s.has_adapter},
                {"tags", s.tags},
                {"model_fingerprint", s.model_fingerprint},
                {"data_fingerprint", s.data_fingerprint},
                {"predicted_peak_bytes", s.predicted_peak_bytes},
                {"peak_bytes", s.peak_bytes},
                {"folder_bytes", s.folder_bytes}};
    if (s.unreadable) out.update(to_json(*s.unreadable));
    return out;
}

Result<StepRecord> step_from_json(const Json& j) {
    return read_record<StepRecord>(j, "step");
}
Result<RouterRecord> router_from_json(const Json& j) {
    return read_record<RouterRecord>(j, "router");
}
Result<Issue> issue_from_json(const Json& j) {
    const auto invalid = [](const char* why) {
        return fail(ErrorCode::RecordInvalid, {{"why", std::string("its ") + why}});
    };
    if (!j.is_object()) return fail(ErrorCode::RecordInvalid, {{"why", "it is no JSON object"}});
    const auto text = [&](const char* key) { return as_string(j.value(key, Json())); };
    const auto& all = error_catalogue();
    const auto entry = std::find_if(all.begin(), all.end(), [&](const ErrorEntry& e) {
        return text("code") == std::string(e.id);
    });
    if (entry == all.end()) return invalid("code is unknown");
    Issue issue;
    for (const Severity s : {Severity::Info, Severity::Warning, Severity::Error})
        if (text("severity") == std::string(name_of(s))) issue.severity = s;
    issue.error.code = entry->code;
    if (const Json args = j.value("args", Json()); args.is_object())
        for (const auto& [name, value] : args.items())
            issue.error.args.push_back({name, as_string(value).value_or("")});
    else
        return invalid("args are missing");  // a file from before they were kept
    issue.where = {text("file").value_or(""), as_int(j.value("line", Json())).value_or(0),
                   text("item").value_or("")};
    issue.count = as_int(j.value("count", Json())).value_or(1);
    return issue;
}

Result<EvalRecord> eval_from_json(const Json& j) {
    return read_record<EvalRecord>(j, "eval");
}
Result<CheckpointInfo> checkpoint_from_json(const Json& j) {
    return read_record<CheckpointInfo>(j, "checkpoint");
}
Result<NoteRecord> note_from_json(const Json& j) {
    return read_record<NoteRecord>(j, "note");
}
Result<Caption> caption_from_json(const Json& j) {
    return read_record<Caption>(j);
}
Result<CaptionSample> caption_sample_from_json(const Json& j) {
    return read_record<CaptionSample>(j);
}

Result<Comparison> comparison_from_json(const Json& j) {
    Comparison c;
    const auto part = [&](const Json& in, const char* name, auto& to) -> std::string {
        if (!in.is_object() || !in.contains(name)) return std::string(name) + " is missing";
        return take(in[name], to) ? std::string{} : std::string(name) + " is of another form";
    };
    std::string why = part(j, "samples", c.samples);
    if (why.empty()) why = part(j, "provenance", c.provenance);
    if (why.empty()) why = part(j, "self_test", c.self_test);
    if (why.empty() && j.contains("gates")) why = part(j, "gates", c.gates);
    const Json metrics = j.is_object() ? j.value("metrics", Json()) : Json();
    if (why.empty()) why = part(metrics, "base", c.base);
    if (why.empty()) why = part(metrics, "adapted", c.adapted);
    if (!why.empty()) return fail(ErrorCode::RecordInvalid, {{"why", why}});
    return c;
}

}  // namespace moelora
