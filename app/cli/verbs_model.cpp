// SPDX-License-Identifier: GPL-3.0-or-later
// inspect, tokenize, forward: questions to a model folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/cli/context.h"
#include "core/session/written_folder.h"

namespace moelora::cli {
namespace {

int inspect(Context& context, const std::string& path, bool contents) {
    auto summary = context.session().inspect_model(path);
    const WrittenFolder written = summary ? written_model(path, contents) : WrittenFolder{};
    if (!written.whole)
        summary->issues.push_back({Severity::Error, written.whole.error(), Place{path, 0, {}}, 1});
    const int code = show(context, summary, [&](const ModelSummary& s) {
        if (context.json) {
            Json document = moelora::to_json(s);
            document["complete"] = written.listed_in;
            add_error(document, s.issues);
            context.print_json(document);
            return context.print_issues(s.issues);
        }
        std::vector<std::vector<std::string>> rows = {
            {"model", s.path},
            {"family", s.family},
            {"parameters",
             fmt::format("{} (text {}, vision {})", thousands(s.parameters_total),
                         thousands(s.parameters_text), thousands(s.parameters_vision))},
            {"layers, hidden", fmt::format("{}, {}", s.layers, s.hidden)},
            {"stored as", s.dtype + (s.tied ? ", tied head" : "")},
            {"tokenizer", s.tokenizer},
            {"quantization", s.quantization.empty() ? "none" : s.quantization}};
        rows.push_back(
            {"COMPLETE", whole_text(path, written.listed_in, written.whole.has_value(), contents)});
        for (const ModelFile& file : s.files) rows.push_back({file.name, human_bytes(file.bytes)});
        for (const std::string& line : table(rows)) context.print(line);
        for (const std::string& name : s.missing) context.print("missing  " + name);
        context.print_issues(s.issues);
    });
    return summary ? context.exit_code_of(summary->issues) : code;
}

struct TokenizeArguments {
    std::string model, jsonl;
    std::vector<std::string> texts;
    bool decode = false;
};

// One text (or one list of ids) in, one line out.
int tokenize_one(Context& context, const TokenizeArguments& a, const std::string& text) {
    if (!a.decode)
        return show(context, context.session().tokenize(a.model, text), [&](const auto& ids) {
            if (context.json) return context.print_line(json_text({{"ids", ids}}));
            context.print(fmt::format("{}", fmt::join(ids, " ")));
        });
    std::vector<std::int64_t> ids;
    std::istringstream words(text);
    for (std::int64_t id = 0; words >> id;) ids.push_back(id);
    if (!words.eof())
        return context.usage("--decode takes token ids separated by blanks, not: " + text);
    return show(context, context.session().detokenize(a.model, ids), [&](const std::string& out) {
        if (context.json) return context.print_line(json_text({{"text", out}}));
        context.print(out);
    });
}

int tokenize_lines(Context& context, const TokenizeArguments& a) {
    std::ifstream file;
    if (a.jsonl != "-") file.open(a.jsonl);
    std::istream& in = a.jsonl == "-" ? std::cin : file;
    if (!in) return context.fail_with(Error{ErrorCode::FileMissing, {{"path", a.jsonl}}, {}, {}});
    std::error_code ignored;
    if (std::filesystem::is_directory(a.jsonl, ignored))  // it opens, and reads as empty
        return context.fail_with(Error{
            ErrorCode::FileUnreadable, {{"path", a.jsonl}, {"why", "it is a folder"}}, {}, {}});
    std::string line;
    for (std::int64_t number = 1; std::getline(in, line); ++number) {
        if (line.empty()) continue;
        const std::string place = a.jsonl + ":" + std::to_string(number);
        const auto refuse = [&](const std::string& why) {
            return context.fail_with(
                Error{ErrorCode::RecordInvalid, {{"why", place + ": " + why}}, {}, {}});
        };
        const auto record = parse_json(line, place);
        if (!record)
            return refuse("it is not valid JSON: " + std::string(record.error().arg("why")));
        const char* key = a.decode ? "ids" : "text";
        if (!record->is_object() || !record->contains(key))
            return refuse(fmt::format("it has no \"{}\"", key));
        const Json& value = record->at(key);
        if (a.decode ? !value.is_array() : !value.is_string())
            return refuse(a.decode ? "\"ids\" is no list" : "\"text\" is no text");
        std::string text = a.decode ? "" : value.get<std::string>();
        for (const Json& id : a.decode ? value : Json::array()) {
            if (!as_int(id)) return refuse("\"ids\" holds " + json_text(id));
            text += id.dump() + " ";
        }
        if (const int code = tokenize_one(context, a, text); code != 0) return code;
    }
    return 0;
}

int tokenize(Context& context, const TokenizeArguments& a) {
    if (!a.jsonl.empty() && !a.texts.empty())
        return context.usage("Give texts or --jsonl, not both.");
    if (!a.jsonl.empty()) return tokenize_lines(context, a);
    if (a.texts.empty()) return context.usage("Give a text, or --jsonl FILE.");
    for (const std::string& text : a.texts)
        if (const int code = tokenize_one(context, a, text); code != 0) return code;
    return 0;
}

int forward(Context& context, ForwardSpec spec, bool force) {
    std::error_code ignored;
    if (!force && std::filesystem::exists(spec.out, ignored))
        return context.fail_with(Error{ErrorCode::OutputExists, {{"path", spec.out}}, {}, {}});
    if (spec.adapter.empty() && spec.adapter_scale != 1)
        return context.usage("--adapter-scale needs --adapter.");
    context.fill(spec);
    if (const auto done = context.session().forward(spec); !done)
        return context.fail_with(done.error());
    if (context.json)
        context.print_json({{"file", spec.out}});
    else
        context.print(spec.out);
    return 0;
}

}  // namespace

void add_model_verbs(CLI::App& app, Context& context) {
    auto* inspect_verb =
        app.add_subcommand("inspect", "What a model folder holds, from headers alone");
    auto path = std::make_shared<std::string>();
    auto contents = std::make_shared<bool>(false);
    inspect_verb->add_option("model", *path, "Model folder")->required();
    inspect_verb->add_flag("--verify", *contents,
                           "Read every file that COMPLETE lists (of a folder this program wrote)");
    inspect_verb->callback(
        [&context, path, contents] { context.exit_code = inspect(context, *path, *contents); });

    auto* tokenize_verb = app.add_subcommand("tokenize", "Text to token ids and back");
    auto t = std::make_shared<TokenizeArguments>();
    tokenize_verb->add_option("model", t->model, "Model folder")->required();
    tokenize_verb->add_option("text", t->texts, "Texts");
    tokenize_verb->add_option("--jsonl", t->jsonl,
                              "File with one {\"text\": ...} a line; - is stdin");
    tokenize_verb->add_flag(
        "--decode", t->decode,
        "Ids to text: each argument a list (\"71 565\"), or {\"ids\": [...]} a line with --jsonl");
    tokenize_verb->callback([&context, t] { context.exit_code = tokenize(context, *t); });

    auto* forward_verb = app.add_subcommand(
        "forward", "One forward pass of one conversation, everything written out");
    auto f = std::make_shared<ForwardSpec>();
    forward_verb->add_option("model", f->model, "Model folder")->required();
    forward_verb->add_option("--conversation", f->conversation, "Conversation JSON; - is stdin")
        ->required();
    forward_verb->add_option("--out", f->out, "safetensors file to write")->required();
    forward_verb->add_option("--adapter", f->adapter, "Adapter folder or run");
    forward_verb->add_option("--template", f->chat_template,
                             "Conversation form of a text-only model, as data.template");
    forward_verb->add_option("--adapter-scale", f->adapter_scale, "Factor of the adapter's update")
        ->capture_default_str();
    auto force = std::make_shared<bool>(false);
    forward_verb->add_flag("--force", *force, "Replace an existing file");
    forward_verb->callback(
        [&context, f, force] { context.exit_code = forward(context, *f, *force); });
}

}  // namespace moelora::cli
