// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/compare_html.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "core/eval/captions.h"
#include "core/eval/findings.h"
#include "core/session/self_test.h"

namespace moelora {
namespace {

constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--line:#dcdfe5;--ink:#1b1f27;--soft:#5c6472;
--accent:#2257c4;--good:#11703a;--good-back:#d9f2e1;--bad:#b3261e;--bad-back:#fbe1df;--chip:#e8ecf4;--bar:#dfe3ea}
@media(prefers-color-scheme:dark){:root{--page:#14161b;--card:#1e2128;--line:#343943;--ink:#e7e9ee;--soft:#a2a9b6;
--accent:#8ab0ff;--good:#79d99c;--good-back:#173f29;--bad:#ff9d94;--bad-back:#4d2320;--chip:#2c313b;--bar:#343943}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","Noto Sans","Noto Sans CJK SC",sans-serif}
main{max-width:1500px;margin:0 auto;padding:32px 24px 64px}
h1{margin:0 0 4px;font-size:1.75rem;line-height:1.25}
.head{display:flex;flex-wrap:wrap;gap:12px 24px;align-items:flex-start;justify-content:space-between}
.lead{margin:0;color:var(--soft)}
.badge{border:1px solid currentColor;border-radius:8px;padding:8px 14px;font-weight:600;max-width:30rem}
.badge small{display:block;font-weight:400;color:var(--ink)}
.yes{color:var(--good)}.no{color:var(--bad)}
.badge.yes{background:var(--good-back)}.badge.no{background:var(--bad-back)}
.facts{margin:16px 0 24px;color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
.facts b{font-weight:600;color:var(--ink)}.facts span{display:inline-block;margin-right:18px}
.table{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:12px;margin-bottom:24px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:14px 18px 0;font-weight:600}
th,td{padding:9px 18px;text-align:left;border-top:1px solid var(--line);white-space:nowrap}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:.875rem}
tbody th{font-weight:500}tfoot th,tfoot td{font-weight:700}
.meter{display:inline-block;vertical-align:middle;width:110px;height:8px;margin-right:12px;border-radius:4px;background:var(--bar);overflow:hidden}
.meter i{display:block;height:100%;background:var(--soft)}.meter.adapted i{background:var(--accent)}
.notices{margin:0 0 24px;padding:12px 18px 12px 36px;background:var(--card);border:1px solid var(--line);border-radius:12px}
.filter{display:flex;flex-wrap:wrap;gap:8px;margin-bottom:16px}
.filter button{font:inherit;font-size:.9rem;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:999px;padding:5px 14px;cursor:pointer}
.filter button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--card)}
.filter button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.cards{display:grid;gap:18px;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr))}
article{background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden;display:flex;flex-direction:column}
article[hidden]{display:none}
figure{margin:0;background:var(--bar);height:230px;display:flex;align-items:center;justify-content:center;color:var(--soft)}
figure img{width:100%;height:100%;object-fit:contain}
figure figcaption{padding:0 16px;overflow-wrap:anywhere}
.text{padding:14px 18px 18px;display:grid;gap:12px}
.top{display:flex;gap:8px;align-items:baseline;color:var(--soft);font-size:.8rem;overflow-wrap:anywhere}
.chip{background:var(--chip);color:var(--ink);border-radius:999px;padding:1px 10px;font-weight:600}
dl{margin:0;display:grid;gap:10px}
dt{color:var(--soft);font-size:.8rem;display:flex;justify-content:space-between;gap:8px}
dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
dd.prompt{color:var(--soft)}dd+dd{margin-top:4px}
.mark{font-weight:600}
del,ins{border-radius:3px;padding:0 1px;text-decoration-thickness:2px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
del{color:var(--bad);background:var(--bad-back);text-decoration-line:line-through}
ins{color:var(--good);background:var(--good-back);text-decoration-line:underline;text-underline-offset:3px}
.none{color:var(--soft);font-style:italic}
@media(max-width:640px){main{padding:20px 14px 48px}.meter{display:none}th,td{padding:8px 12px}}
@media print{.filter{display:none}article,.table{break-inside:avoid}body{background:none}}
)css";

constexpr std::string_view script = R"js(
const cards = [...document.querySelectorAll('article')];
const buttons = [...document.querySelectorAll('.filter button')];
for (const button of buttons) button.addEventListener('click', () => {
  for (const other of buttons) other.setAttribute('aria-pressed', other === button);
  const {task, change} = button.dataset;
  for (const card of cards)
    card.hidden = (task !== undefined && card.dataset.task !== task)
      || (change !== undefined && card.dataset.change !== change);
});
document.querySelector('.filter').hidden = false;
)js";

// "<tag class>escaped text</tag>"; `opening` is the tag with its attributes.
std::string element(std::string_view opening, std::string_view text) {
    std::string out = "<";
    out += opening;
    out += '>';
    out += html_escaped(text);
    out += "</";
    out += opening.substr(0, opening.find(' '));
    out += '>';
    return out;
}

std::string last_part(const std::string& path) {
    const std::filesystem::path p(path);
    return (p.has_filename() ? p : p.parent_path()).filename().string();
}

// A run's adapter is called after the run.
std::string adapter_name(const std::string& path) {
    const std::string name = last_part(path);
    const std::string run = std::filesystem::path(path).parent_path().filename().string();
    return name == "adapter" && !run.empty() ? run : name;
}

// ---- head

std::string badge(const SelfTest& test) {
    char difference[32];
    std::snprintf(difference, sizeof difference, "%.3g", test.max_logit_difference);
    const bool passed = test.passed();
    std::string why = "Do not trust these captions: " + self_test_failure(test) + ".";
    if (passed && test.untrained)
        why =
            "Off and on: equal to the base model to the bit. The adapter has not learnt anything "
            "yet: what it adds at its " +
            std::to_string(test.sites) + " layers is zero.";
    else if (passed)
        why = "Off: equal to the base model to the bit. On: " + std::to_string(test.sites) +
              " layers adapted, logits differ by up to " + difference + ".";
    if (passed && test.pictures > 0) why += " Another picture changes the answer.";
    if (passed && test.caption_pairs > 0)
        why.append(" Each column fits its own model (")
            .append(std::to_string(test.caption_pairs))
            .append(" pairs of captions).");
    return std::string("<div class=\"badge ") + (passed ? "yes" : "no") + "\">" +
           (passed ? "\u2713 Self-test passed" : "\u2717 Self-test failed") +
           element("small", why) + "</div>\n";
}

std::string asked(const Provenance& p) {
    std::string out;
    for (const std::string& prompt : p.prompts)
        out += (out.empty() ? "\u201c" : ", \u201c") + prompt + "\u201d";
    const auto more = p.prompt_count - static_cast<std::int64_t>(p.prompts.size());
    return more > 0 ? out + " and " + std::to_string(more) + " more" : out;
}

std::string pixels(const Provenance& p) {
    std::string out;
    if (p.resize.size() == 2)
        out = "resized to " + std::to_string(p.resize[0]) + " x " + std::to_string(p.resize[1]) +
              " first";
    const auto limit = [&](const char* word, std::int64_t count) {
        if (count > 0)
            out += (out.empty() ? "" : ", ") + (word + std::to_string(count)) + " pixels";
    };
    limit("at least ", p.min_pixels);
    limit("at most ", p.max_pixels);
    return out.empty() ? "as the model's preprocessor file says" : out;
}

std::string settings(const Provenance& p) {
    std::string out;
    for (const std::string& setting : p.settings) out += (out.empty() ? "" : ", ") + setting;
    return out;
}

std::string facts(const Provenance& p) {
    const auto with_print = [](const std::string& path, const std::string& fingerprint) {
        return fingerprint.empty() ? path : path + " (" + fingerprint.substr(0, 12) + ")";
    };
    const std::pair<const char*, std::string> all[] = {
        {"Model",
         with_print(p.model_path, p.model_sha256.empty() ? p.model_fingerprint : p.model_sha256)},
        {"Adapter", with_print(p.adapter_path, p.adapter_fingerprint) +
                        (p.adapter_step > 0 ? ", update " + std::to_string(p.adapter_step) : "")},
        {"Data", p.data_path},
        {"Asked", asked(p)},
        {"Pictures", pixels(p)},
        {"Device", p.device + ", " + p.dtype},
        {"Decoding",
         (p.greedy ? "greedy" : "sampled, seed " + std::to_string(p.seed)) +
             (p.max_new_tokens > 0 ? ", at most " + std::to_string(p.max_new_tokens) + " tokens"
                                   : "")},
        {"Set", settings(p)},
        {"Made", p.created_utc + " by MoE-LoRA Workbench " + p.program_version}};
    std::string out = "<p class=\"facts\">";
    const auto add = [&](const char* name, const std::string& value) {
        out += "<span>" + element("b", name) + " " + html_escaped(value) + "</span>\n";
    };
    for (const auto& [name, value] : all)
        if (!value.empty()) add(name, value);
    if (p.adapter_scale) {
        char factor[32];
        std::snprintf(factor, sizeof factor, "%.3g", *p.adapter_scale);
        add("Adapter scale", factor);
    }
    if (p.forced_expert) add("Only expert", std::to_string(*p.forced_expert + 1));
    return out + "</p>\n";
}

// ---- summary

using Count = std::pair<std::int64_t, std::int64_t>;  // exact, samples

std::string count_cell(const char* kind, Count count) {
    const double share =
        count.second > 0 ? static_cast<double>(count.first) / static_cast<double>(count.second) : 0;
    const std::string percent = std::to_string(std::lround(share * 100));
    return std::string("<td><span class=\"meter ") + kind + "\"><i style=\"width:" + percent +
           "%\"></i></span>" + std::to_string(count.first) + " of " + std::to_string(count.second) +
           " (" + percent + "\u202f%)</td>";
}

std::string count_row(const std::string& name, Count base, Count adapted) {
    return "<tr>" + element("th scope=\"row\"", name) + count_cell("base", base) +
           count_cell("adapted", adapted) + "</tr>\n";
}

std::string summary(const Comparison& c) {
    if (c.base.samples == 0 && c.adapted.samples == 0)
        return "<p class=\"none\">No sample has a reference, so nothing is judged.</p>\n";
    std::string out =
        "<div class=\"table\"><table><caption>Captions equal to a reference</caption>\n"
        "<thead><tr><th scope=\"col\">Task</th><th scope=\"col\">Base</th>"
        "<th scope=\"col\">Adapted</th></tr></thead>\n<tbody>\n";
    std::set<std::string> tasks;
    for (const CaptionMetrics* metrics : {&c.base, &c.adapted})
        for (const auto& [task, counts] : metrics->by_task) tasks.insert(task);
    const auto of = [](const CaptionMetrics& metrics, const std::string& task) {
        const auto found = metrics.by_task.find(task);
        return found == metrics.by_task.end() ? Count{} : found->second;
    };
    for (const std::string& task : tasks)
        out += count_row(task, of(c.base, task), of(c.adapted, task));
    return out + "</tbody>\n<tfoot>" +
           count_row("All", {c.base.exact, c.base.samples}, {c.adapted.exact, c.adapted.samples}) +
           "</tfoot></table></div>\n";
}

std::string score_row(const std::string& name, const char* column, std::int64_t samples,
                      const CaptionScores& s) {
    std::string out = "<tr>" + element("th scope=\"row\"", name) + element("td", column) +
                      element("td", std::to_string(samples));
    for (const double score : {s.bleu1, s.bleu2, s.bleu3, s.bleu4, s.rouge_l, s.cider_d}) {
        char text[32];
        std::snprintf(text, sizeof text, "%.3f", score);
        out += element("td", text);
    }
    return out + "</tr>\n";
}

// BLEU, ROUGE-L and CIDEr-D: by task, then of all; base above adapted, counts beside.
std::string scores(const Comparison& c) {
    if (c.base.samples == 0)
        return element("p", "No sample has a reference, so nothing is judged.") + "\n";
    std::string out =
        "<div class=\"table\"><table><caption>Scores against the references</caption>\n<thead><tr>";
    for (const char* head : {"Task", "Captions", "Samples", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4",
                             "ROUGE-L", "CIDEr-D"})
        out += element("th scope=\"col\"", head);
    out += "</tr></thead>\n<tbody>\n";
    const std::pair<const char*, const CaptionMetrics*> columns[] = {{"base", &c.base},
                                                                     {"adapted", &c.adapted}};
    for (const auto& [task, counts] : c.base.by_task)
        for (const auto& [name, metrics] : columns)
            if (const auto found = metrics->scores_by_task.find(task);
                found != metrics->scores_by_task.end())
                out += score_row(task, name, counts.second, found->second);
    out += "</tbody>\n<tfoot>";
    for (const auto& [name, metrics] : columns)
        out += score_row("All", name, metrics->samples, metrics->scores);
    return out + "</tfoot></table></div>\n";
}

// What stands out in the captions as a whole.
std::string notices(const Comparison& c) {
    const std::vector<Issue> issues = comparison_findings(c.samples);
    if (issues.empty()) return {};
    std::string out = "<ul class=\"notices\">\n";
    for (const Issue& issue : issues) {
        std::string text = message_of(issue.error);
        if (issue.count > 1)
            text.append(" ").append(std::to_string(issue.count)).append(" captions like this one.");
        out += element("li", text) + "\n";
    }
    return out + "</ul>\n";
}

// ---- cards

// What the adapter did to a judged caption: "better", "worse", or "same"; "" without references.
std::string_view change_of(const ComparedSample& s) {
    if (s.sample.references.empty()) return {};
    const bool before = exact_match(s.base.text, s.sample.references);
    const bool after = exact_match(s.adapted.text, s.sample.references);
    return before == after ? "same" : after ? "better" : "worse";
}

std::string filter(const Comparison& c) {
    std::set<std::string> tasks;
    std::set<std::string_view> changes;
    for (const ComparedSample& s : c.samples) {
        tasks.insert(s.sample.task);
        changes.insert(change_of(s));
    }
    std::string out =
        "<div class=\"filter\" hidden role=\"group\" aria-label=\"Show\">"
        "<button type=\"button\" aria-pressed=\"true\">All</button>\n";
    if (tasks.size() > 1)
        for (const std::string& task : tasks)
            out += element("button type=\"button\" aria-pressed=\"false\" data-task=\"" +
                               html_escaped(task) + "\"",
                           task.empty() ? "no task" : task);
    const std::pair<const char*, const char*> named[] = {{"better", "Now correct"},
                                                         {"worse", "No longer correct"}};
    for (const auto& [change, label] : named)
        if (changes.count(change) > 0)
            out += element("button type=\"button\" aria-pressed=\"false\" data-change=\"" +
                               std::string(change) + "\"",
                           label);
    return out + "</div>\n";
}

std::string caption_text(const WordDiff& diff, DiffKind shown) {
    std::string out;
    for (const DiffSpan& span : diff) {
        if (span.kind == DiffKind::Equal) out += html_escaped(span.text);
        if (span.kind != shown) continue;
        // The blanks behind the last word stay unmarked, unless they are all that differs.
        std::size_t end = span.text.find_last_not_of(' ');
        end = end == std::string::npos ? span.text.size() : end + 1;
        out += element(shown == DiffKind::Inserted ? "ins" : "del", span.text.substr(0, end));
        out += span.text.substr(end);
    }
    return out.empty() ? "<span class=\"none\">nothing</span>" : out;
}

std::string caption_entry(const char* label, const Caption& caption, const ComparedSample& s,
                          DiffKind shown) {
    std::string out = "<div><dt>" + element("span", label);
    if (!s.sample.references.empty())
        out += exact_match(caption.text, s.sample.references)
                   ? "<span class=\"mark yes\">\u2713 correct</span>"
                   : "<span class=\"mark no\">\u2717 incorrect</span>";
    out += "</dt><dd dir=\"auto\">" + caption_text(s.diff, shown);
    if (caption.stop_reason != StopReason::EndToken)
        out += caption.stop_reason == StopReason::Length
                   ? " <span class=\"none\">(cut at the length limit)</span>"
                   : " <span class=\"none\">(stopped)</span>";
    const CaptionFlags flags = flags_of(caption, s.sample.references);
    if (!flags.repeated.empty())
        out.append(" ").append(element(
            "span class=\"none\"", std::string("(repeats: ").append(flags.repeated).append(")")));
    if (flags.odd_length) out += " <span class=\"none\">(length unlike the references)</span>";
    if (shown == DiffKind::Inserted && caption.text == s.base.text)
        out += " <span class=\"none\">(as the base)</span>";
    return out + "</dd></div>\n";
}

// Pictures of the question beside the one that is shown.
std::int64_t more_pictures(const CaptionSample& sample) {
    std::int64_t pictures = 0;
    for (const PromptMessage& message : sample.messages)
        for (const PromptPart& part : message.parts) pictures += part.image.empty() ? 0 : 1;
    return std::max<std::int64_t>(pictures - 1, 0);
}

std::string figure(const CaptionSample& sample, const std::map<std::string, std::string>& images) {
    if (sample.image.empty()) return {};
    const auto found = images.find(sample.image);
    const std::int64_t more = more_pictures(sample);
    std::string out = "<figure>";
    if (found != images.end())
        out += "<img loading=\"lazy\" src=\"" + html_escaped(found->second) + "\" alt=\"" +
               html_escaped(last_part(sample.image)) + "\">";
    else
        out += element("figcaption", last_part(sample.image) + " cannot be shown here");
    if (more > 0) out += element("figcaption", "+" + std::to_string(more));
    return out + "</figure>\n";
}

std::string card(const ComparedSample& s, const std::map<std::string, std::string>& images) {
    std::string out = "<article data-task=\"" + html_escaped(s.sample.task) + "\" data-change=\"" +
                      std::string(change_of(s)) + "\">\n" + figure(s.sample, images) +
                      "<div class=\"text\"><div class=\"top\">";
    if (!s.sample.task.empty()) out += element("span class=\"chip\"", s.sample.task);
    out += element("span", s.sample.id) + "</div>\n<dl>\n<div><dt>Prompt</dt>" +
           element("dd class=\"prompt\" dir=\"auto\"", s.sample.prompt) + "</div>\n";
    if (!s.sample.references.empty()) {
        out += s.sample.references.size() == 1 ? "<div><dt>Reference</dt>"
                                               : "<div><dt>References</dt>";
        for (const std::string& reference : s.sample.references)
            out += element("dd dir=\"auto\"", reference);
        out += "</div>\n";
    }
    out += caption_entry("Base", s.base, s, DiffKind::Deleted);
    out += caption_entry("Adapted", s.adapted, s, DiffKind::Inserted);
    return out + "</dl></div></article>\n";
}

}  // namespace

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    return out;
}

std::string comparison_page(const Comparison& c, const std::map<std::string, std::string>& images) {
    const std::string title =
        "Captions before and after " + adapter_name(c.provenance.adapter_path);
    std::string out =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    out += element("title", title) + "\n<style>" + std::string(style) +
           "</style>\n</head>\n<body>\n<main>\n<div class=\"head\"><div>";
    out += element("h1", title) +
           element("p class=\"lead\"", last_part(c.provenance.model_path) + ", " +
                                           std::to_string(c.samples.size()) + " samples") +
           "</div>\n";
    out += badge(c.self_test) + "</div>\n" + facts(c.provenance) + notices(c) + summary(c) +
           scores(c) + filter(c);
    out += "<div class=\"cards\">\n";
    for (const ComparedSample& sample : c.samples) out += card(sample, images);
    return out + "</div>\n</main>\n<script>" + std::string(script) +
           "</script>\n</body>\n</html>\n";
}

}  // namespace moelora
