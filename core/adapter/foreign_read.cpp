// SPDX-License-Identifier: GPL-3.0-or-later
// Mixtures in the key schemes of their published code (adapters.md 14), converted to safetensors:
// adapter_config.json + adapter_model.safetensors. Every tensor of the file is used, known to be a
// copy or a leftover of that code, or refused.
#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "core/adapter/formats.h"
#include "core/io/files.h"

namespace moelora {
namespace {

// SharedA: of all experts of a layer. Lone: of a layer with one expert beside such with several.
// BlockRouter: of gate, up and down together, under the name of their block.
enum class Part {
    A,
    SharedA,
    B,
    LoneA,
    LoneB,
    Router,
    BlockRouter,
    ThresholdWeight,
    ThresholdBias,
    TaskEmbedding,
    TaskGate,
    Leftover
};

// One form of a key. Captures: the layer's path (none for the shared gate), then the expert.
struct KeyForm {
    Part part;
    std::regex pattern;
    KeyForm(Part of, const char* text) : part(of), pattern(text) {}
};
// std::regex calls itself for every character: a longer name is no key of anybody.
constexpr std::size_t longest_key = 1000;

struct Scheme {
    const char* name;
    std::vector<KeyForm> keys;
    void (*options)(const Json& config, AdapterOptions& o, std::vector<std::string>& guesses);
};

std::int64_t number(const Json& config, const char* key, std::int64_t otherwise) {
    if (!config.contains(key)) return otherwise;
    if (config.at(key).is_array() && !config.at(key).empty())
        return as_int(config.at(key).front()).value_or(otherwise);
    return as_int(config.at(key)).value_or(otherwise);
}

void loramoe_options(const Json& config, AdapterOptions& o, std::vector<std::string>&) {
    o.preset = "loramoe";
    o.flavour = Flavour::Code;
    o.router = RouterKind::Token;
    o.gate = GateKind::Softmax;
    o.balance = BalanceKind::Localized;
    o.balance_coef =
        config.contains("blc_weight") ? as_double(config.at("blc_weight")).value_or(0) : 0;
    o.balance_delta =
        config.contains("blc_alpha") ? as_double(config.at("blc_alpha")).value_or(0) : 0;
    o.balance_reduce = BalanceReduce::SumSites;
    o.balance_tokens = TokenMask::All;
    o.balance_by_length = false;
}

void mola_options(const Json& config, AdapterOptions& o, std::vector<std::string>& guesses) {
    o.preset = "mola";
    o.flavour = Flavour::Code;
    o.router = RouterKind::Token;
    o.gate = GateKind::TopK;
    o.gate_renormalise = true;
    o.top_k = number(config, "top_k", number(config, "number_experts_per_token", 0));
    if (o.top_k > 0) return;
    o.top_k = 2;
    guesses.push_back(
        "the configuration does not say how many experts a token uses; taken as 2 (top_k in "
        "adapter_config.json says otherwise)");
}

void moelora_options(const Json& config, AdapterOptions& o, std::vector<std::string>&) {
    o.preset = "moelora";
    o.flavour = Flavour::Global;
    o.router = RouterKind::Task;
    o.router_scope = RouterScope::Global;
    o.gate = GateKind::Softmax;
    o.rank_rule = RankRule::Total;
    o.scale_rule = ScaleRule::AlphaOverTotalRank;
    o.init = ExpertInit::NormalZero;
    o.init_std = 0.01;
    (void)config;
}

void hydralora_options(const Json&, AdapterOptions& o, std::vector<std::string>&) {
    o.preset = "hydralora";
    o.bank = BankKind::SharedA;
    o.router = RouterKind::Token;
    o.gate = GateKind::Softmax;
}

void adamole_options(const Json&, AdapterOptions& o, std::vector<std::string>&) {
    o.preset = "adamole";
    o.router = RouterKind::Token;
    o.gate = GateKind::ThresholdShifted;
    o.gate_level = 0;  // at most 1 / E
    o.gate_level_learned = true;
    o.rank_rule = RankRule::Total;
}

void mixlora_options(const Json& config, AdapterOptions& o, std::vector<std::string>& guesses) {
    o.preset = "mixlora";
    o.scope = ExpertScope::FfnBlock;
    o.router = RouterKind::Token;
    o.router_scope = RouterScope::PerBlock;
    if (as_string(config.value("routing_strategy", Json())).value_or("") == "mixlora-dynamic") {
        o.flavour = Flavour::Dynamic;
        o.gate = GateKind::TopP;
        o.gate_level = as_double(config.value("top_p", Json())).value_or(0.8);
        return;
    }
    o.gate = GateKind::TopK;
    o.gate_renormalise = true;
    o.top_k = number(config, "top_k", 0);
    if (o.top_k > 0) return;
    o.top_k = 2;
    guesses.push_back(
        "the configuration does not say how many experts a token uses; taken as 2 (top_k in "
        "adapter_config.json says otherwise)");
}

const std::vector<Scheme>& schemes() {
    static const std::vector<Scheme> all = {
        {"MOELoRA-peft",
         {{Part::A,
           R"(^base_model\.model\.(.+)\.lora_A(?:\.default)?\.loraA\.(\d+)\.mlp\.weight$)"},
          {Part::B,
           R"(^base_model\.model\.(.+)\.lora_B(?:\.default)?\.loraB\.(\d+)\.mlp\.weight$)"},
          // the same tensors again, and modules of each layer that its shared gate leaves unused
          {Part::Leftover,
           R"(^base_model\.model\..+\.lora_[AB](?:\.default)?\.lora[AB]\.\d+\.weight$)"},
          {Part::Leftover, R"(^base_model\.model\..+\.lora_(?:task_embedding|gate)\..*$)"},
          {Part::TaskEmbedding, R"(^(?:base_model\.)?lora_task_embedding(?:\.default)?\.weight$)"},
          {Part::TaskGate, R"(^(?:base_model\.)?lora_gate(?:\.default)?\.GateL\.weight$)"}},
         moelora_options},
        {"LoRAMoE",
         {{Part::A, R"(^base_model\.model\.(.+)\.lora_A(\d+)(?:\.default)?\.weight$)"},
          {Part::B, R"(^base_model\.model\.(.+)\.lora_B(\d+)(?:\.default)?\.weight$)"},
          {Part::Router, R"(^base_model\.model\.(.+)\.lora_route(?:\.default)?\.weight$)"}},
         loramoe_options},
        {"HydraLoRA",
         {{Part::SharedA, R"(^base_model\.model\.(.+)\.lora_A(?:\.default)?\.weight$)"},
          {Part::B, R"(^base_model\.model\.(.+)\.lora_B(\d+)(?:\.default)?\.weight$)"},
          {Part::Router, R"(^base_model\.model\.(.+)\.lora_route(?:\.default)?\.weight$)"}},
         hydralora_options},
        {"AdaMoLE",
         {{Part::Leftover, R"(^base_model\.model\..+\.moe_layer\..+$)"},
          {Part::A, R"(^base_model\.model\.(.+)\.lora_A\.(\d+)(?:\.default)?\.weight$)"},
          {Part::B, R"(^base_model\.model\.(.+)\.lora_B\.(\d+)(?:\.default)?\.weight$)"},
          {Part::Router, R"(^base_model\.model\.(.+)\.lora_gating(?:\.default)?\.weight$)"},
          {Part::ThresholdWeight,
           R"(^base_model\.model\.(.+)\.lora_threshold(?:\.default)?\.weight$)"},
          {Part::ThresholdBias,
           R"(^base_model\.model\.(.+)\.lora_threshold(?:\.default)?\.bias$)"}},
         adamole_options},
        {"MoLA",
         {{Part::A, R"(^base_model\.model\.(.+)\.lora_A_(\d+)\.weight$)"},
          {Part::B, R"(^base_model\.model\.(.+)\.lora_B_(\d+)\.weight$)"},
          {Part::Router, R"(^base_model\.model\.(.+)\.router\.router\.weight$)"}},
         mola_options},
        {"MixLoRA",
         {{Part::A, R"(^mixlora\.(.+)\.experts\.(\d+)\.lora_A\.weight$)"},
          {Part::B, R"(^mixlora\.(.+)\.experts\.(\d+)\.lora_B\.weight$)"},
          {Part::LoneA, R"(^mixlora\.(.+\.self_attn\.[a-z_]+)\.lora_A\.weight$)"},
          {Part::LoneB, R"(^mixlora\.(.+\.self_attn\.[a-z_]+)\.lora_B\.weight$)"},
          {Part::BlockRouter, R"(^mixlora\.(.+\.mlp)\.moe_gate\.weight$)"}},
         mixlora_options},
        {"MoE-PEFT LoRAMoE",
         {{Part::A, R"(^loramoe\.(.+)\.experts\.(\d+)\.lora_A\.weight$)"},
          {Part::B, R"(^loramoe\.(.+)\.experts\.(\d+)\.lora_B\.weight$)"},
          {Part::Router, R"(^loramoe\.(.+)\.moe_gate\.weight$)"}},
         [](const Json&, AdapterOptions& o, std::vector<std::string>&) {
             o.preset = "loramoe";
             o.router = RouterKind::Token;
             o.gate = GateKind::Softmax;
         }},
        {"MoE-PEFT MoLA",
         {{Part::A, R"(^mola\.(.+)\.experts\.(\d+)\.lora_A\.weight$)"},
          {Part::B, R"(^mola\.(.+)\.experts\.(\d+)\.lora_B\.weight$)"},
          {Part::Router, R"(^mola\.(.+)\.moe_gate\.weight$)"}},
         mola_options}};
    return all;
}

struct Found {
    std::map<std::int64_t, const TensorEntry*> a, b;  // by expert
    const TensorEntry *shared_a = nullptr, *router = nullptr, *threshold = nullptr,
                      *threshold_bias = nullptr;
};

struct Sorted {
    std::vector<std::string> paths;  // in the order of the file
    std::map<std::string, Found> sites;
    const TensorEntry *embedding = nullptr, *gate = nullptr;
    std::vector<std::string> strange;
};

void sort_key(const Scheme& scheme, const TensorEntry& entry, Sorted& out) {
    std::smatch match;
    for (const KeyForm& form : scheme.keys) {
        if (entry.name.size() > longest_key || !std::regex_match(entry.name, match, form.pattern))
            continue;
        if (form.part == Part::Leftover) return;
        if (form.part == Part::TaskEmbedding) return void(out.embedding = &entry);
        if (form.part == Part::TaskGate) return void(out.gate = &entry);
        std::string path = match[1];
        if (form.part == Part::BlockRouter) path += ".gate_proj";
        if (!out.sites.contains(path)) out.paths.push_back(path);
        Found& site = out.sites[path];
        if (form.part == Part::Router || form.part == Part::BlockRouter)
            return void(site.router = &entry);
        if (form.part == Part::LoneA) return void(site.a[0] = &entry);
        if (form.part == Part::LoneB) return void(site.b[0] = &entry);
        if (form.part == Part::SharedA) return void(site.shared_a = &entry);
        if (form.part == Part::ThresholdWeight) return void(site.threshold = &entry);
        if (form.part == Part::ThresholdBias) return void(site.threshold_bias = &entry);
        const std::string digits = match[2];
        if (digits.size() > 6) break;
        (form.part == Part::A ? site.a : site.b)[std::stoll(digits)] = &entry;
        return;
    }
    out.strange.push_back(entry.name);
}

bool has_part(const Scheme& scheme, const SafetensorsFile& file, Part part) {
    for (const KeyForm& form : scheme.keys)
        if (form.part == part)
            for (const TensorEntry& entry : file.entries())
                if (entry.name.size() <= longest_key && std::regex_match(entry.name, form.pattern))
                    return true;
    return false;
}

// A router and what belongs to it.
void add_router(SiteSpec& site, const Found& found, const AdapterOptions& o,
                std::vector<ExpectedTensor>& wanted, std::string& wrong) {
    if (!found.router) {
        wrong = site.shape.path + " has experts but no router";
        return;
    }
    wanted.push_back({found.router->name, {site.experts, site.shape.in}});
    if (!o.gate_level_learned) return;
    if (!found.threshold || !found.threshold_bias) {
        wrong = site.shape.path +
                " has no threshold: a mixture of MoLE or GOAT, of which the file does not tell the "
                "gate or the changed weights";
        return;
    }
    site.learns_level = true;
    wanted.push_back({found.threshold->name, {1, site.shape.in}});
    wanted.push_back({found.threshold_bias->name, {1}});
}

// The site of one layer and the names of its tensors in the order A, B by expert (one A first where
// they share it), router, threshold. "" in `wrong` when all fits.
SiteSpec site_of(const std::string& path, const Found& found, const AdapterOptions& o, double alpha,
                 std::vector<ExpectedTensor>& wanted, std::string& wrong) {
    SiteSpec site;
    site.shape.path = path;
    site.shape.module = path.substr(path.rfind('.') + 1);
    const bool shared = o.bank == BankKind::SharedA;
    site.bank = o.bank;
    site.experts = static_cast<std::int64_t>(shared ? found.b.size() : found.a.size());
    std::int64_t total = 0;
    if (site.experts == 0 || (shared && !found.shared_a)) {
        wrong = path + ": it has no A of an expert";
        return site;
    }
    for (std::int64_t e = 0; e < site.experts; ++e) {
        const auto own = found.a.find(e), b = found.b.find(e);
        const TensorEntry* a =
            shared ? found.shared_a : (own == found.a.end() ? nullptr : own->second);
        if (!a || b == found.b.end() || (!shared && found.a.size() != found.b.size()) ||
            a->shape.size() != 2 || b->second->shape.size() != 2) {
            wrong = path + ": its experts are not numbered from 0 on with an A and a B each";
            return site;
        }
        const std::int64_t rank = a->shape[0];
        site.shape.in = a->shape[1];
        site.shape.out = b->second->shape[0];
        site.ranks.push_back(rank);
        total += rank;
        if (!shared || e == 0) wanted.push_back({a->name, {rank, site.shape.in}});
        wanted.push_back({b->second->name, {site.shape.out, rank}});
    }
    const bool of_total = o.scale_rule == ScaleRule::AlphaOverTotalRank;
    for (const std::int64_t rank : site.ranks)
        site.scales.push_back(alpha / static_cast<double>(of_total ? total : rank));
    site.routed = site.experts > 1;
    if (!site.routed) return site;
    site.router = o.router;
    if (o.gate == GateKind::TopK) site.top_k = std::min(o.top_k, site.experts);
    site.in_block = o.scope == ExpertScope::FfnBlock;
    if (site.in_block && site.shape.module != "gate_proj")
        site.router_of = path.substr(0, path.rfind('.') + 1) + "gate_proj";
    else if (o.router == RouterKind::Token)
        add_router(site, found, o, wanted, wrong);
    return site;
}

// Experts may have an alpha of their own; their rank is that of their tensors.
double alpha_of(const Json& config, bool several, double otherwise) {
    const Json own = config.value("expert_lora", Json());
    if (!several || !own.is_object()) return otherwise;
    return as_double(own.value("lora_alpha", Json())).value_or(otherwise);
}

// "" or what a mixture of feed-forward blocks has that this program does not.
std::string wrong_blocks(const Json& config, const std::vector<SiteSpec>& sites) {
    if (as_string(config.value("routing_strategy", Json())).value_or("") == "mixlora-switch")
        return "mixlora-switch lets the tokens pass that exceed an expert's capacity, which is not "
               "offered here";
    std::map<std::string, std::int64_t> parts;
    for (const SiteSpec& site : sites)
        if (site.in_block) parts[site.shape.path.substr(0, site.shape.path.rfind('.'))] += 1;
    for (const auto& [block, count] : parts)
        if (count != 3)
            return block + " has experts for some of gate_proj, up_proj and down_proj only";
    return {};
}

// Tensors of a site, taken from the front of what was read.
SiteTensors take(const SiteSpec& site, std::vector<at::Tensor>::const_iterator& next) {
    std::vector<at::Tensor> a, b;
    for (std::int64_t e = 0; e < site.experts; ++e) {
        if (site.bank != BankKind::SharedA || e == 0) a.push_back(*next++);
        b.push_back(*next++);
    }
    SiteTensors out;
    out.a = at::cat(a);
    out.b = at::cat(b, 1);
    if (site.has_router_weight()) out.router_weight = *next++;
    if (site.learns_level) {
        out.threshold_weight = *next++;
        out.threshold_bias = *next++;
    }
    return out;
}

struct Plan {
    AdapterCard card;
    std::vector<ExpectedTensor> wanted;
    std::vector<std::string> unused;  // leftovers, allowed to be in the file
    std::string wrong;
};

// Names that differ in their numbers alone as one, "layers.*.x.weight (36)", in their order.
std::string by_form(const std::vector<std::string>& names) {
    static const std::regex digits(R"(\d+)");
    std::vector<std::string> forms;
    std::map<std::string, std::int64_t> count;
    for (const std::string& name : names) {
        const std::string form =
            name.size() > longest_key ? name : std::regex_replace(name, digits, "*");
        if (++count[form] == 1) forms.push_back(form);
    }
    for (std::string& form : forms) form += " (" + std::to_string(count.at(form)) + ")";
    return joined(forms, ", ");
}

Plan plan_import(const Scheme& scheme, const SafetensorsFile& file, const Json& config) {
    Plan plan;
    Sorted sorted;
    for (const TensorEntry& entry : file.entries()) sort_key(scheme, entry, sorted);
    AdapterOptions& o = plan.card.options;
    std::vector<std::string> guesses;
    scheme.options(config, o, guesses);
    o.rank = number(config, "r", 8);
    const Json alpha = config.value("lora_alpha", Json(16));
    o.alpha = as_double(alpha).value_or(16);
    o.dropout =
        config.contains("lora_dropout") ? as_double(config.at("lora_dropout")).value_or(0) : 0;
    if (sorted.embedding && sorted.gate && sorted.embedding->shape.size() == 2) {
        o.num_tasks = sorted.embedding->shape[0] - 1;
        o.task_embedding = sorted.embedding->shape[1];
        for (std::int64_t t = 1; t <= o.num_tasks; ++t)
            plan.card.tasks.push_back(std::to_string(t));
        plan.wanted.push_back({sorted.embedding->name, sorted.embedding->shape});
        plan.wanted.push_back({sorted.gate->name, sorted.gate->shape});
    } else if (o.router == RouterKind::Task) {
        plan.wrong = "its task gate is missing";
    }
    // Who routes for others stands before them.
    std::stable_partition(sorted.paths.begin(), sorted.paths.end(),
                          [](const std::string& path) { return path.ends_with(".gate_proj"); });
    for (const std::string& path : sorted.paths) {
        const Found& found = sorted.sites.at(path);
        plan.card.sites.push_back(site_of(path, found, o,
                                          alpha_of(config, found.a.size() > 1, o.alpha),
                                          plan.wanted, plan.wrong));
        o.targets.push_back(path);
        o.num_experts = std::max(o.num_experts, plan.card.sites.back().experts);
    }
    if (plan.wrong.empty()) plan.wrong = wrong_blocks(config, plan.card.sites);
    if (plan.wrong.empty() && !sorted.strange.empty())
        plan.wrong = "the scheme " + std::string(scheme.name) + " does not know " +
                     joined(sorted.strange, ", ");
    std::set<std::string> used;
    for (const ExpectedTensor& tensor : plan.wanted) used.insert(tensor.name);
    for (const TensorEntry& entry : file.entries())
        if (!used.contains(entry.name)) plan.unused.push_back(entry.name);
    std::string told = "read as " + std::string(scheme.name) + ": " +
                       std::to_string(plan.card.sites.size()) + " layers, " +
                       std::to_string(used.size()) + " tensors used, " +
                       std::to_string(plan.unused.size()) + " copies and leftovers not";
    if (!plan.unused.empty()) told += ": " + by_form(plan.unused);
    for (const std::string& guess : guesses) told += "; " + guess;
    plan.card.issues.push_back({guesses.empty() ? Severity::Info : Severity::Warning,
                                Error{ErrorCode::AdapterImported, {{"why", told}}, {}, {}},
                                Place{"adapter_model.safetensors", 0, {}}});
    plan.card.base_path = as_string(config.value("base_model_name_or_path", Json())).value_or("");
    return plan;
}

}  // namespace

const char* foreign_scheme(const SafetensorsFile& file) {
    for (const Scheme& scheme : schemes())
        if (has_part(scheme, file, Part::A) ||
            (has_part(scheme, file, Part::SharedA) && has_part(scheme, file, Part::B)))
            return scheme.name;
    return nullptr;
}

Result<StoredAdapter> read_foreign(const SafetensorsFile& file, const Json& config,
                                   const std::string& folder, bool with_tensors) {
    const auto& all = schemes();
    const std::string name = foreign_scheme(file);
    const auto scheme =
        std::find_if(all.begin(), all.end(), [&](const Scheme& s) { return name == s.name; });
    Plan plan = plan_import(*scheme, file, config.is_object() ? config : Json::object());
    if (!plan.wrong.empty()) return adapter_invalid(folder, plan.wrong);
    StoredAdapter out;
    out.card = std::move(plan.card);
    if (!with_tensors) return out;
    MOELORA_TRY(const auto tensors, read_tensors(file, plan.wanted, plan.unused));
    auto next = tensors.begin();
    if (out.card.options.router == RouterKind::Task) {
        out.global.embedding = *next++;
        out.global.gate = *next++;
    }
    for (const SiteSpec& site : out.card.sites) out.tensors.push_back(take(site, next));
    return out;
}

}  // namespace moelora
