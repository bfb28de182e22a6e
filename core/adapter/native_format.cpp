// SPDX-License-Identifier: GPL-3.0-or-later
// The native folder, version 1. Goals: everything needed to use, judge and continue an adapter
// stands in it, with every axis and every site spelled out, so it depends on no pattern and no
// preset of a later program; bits survive. Non-goal: being read by other programs (PEFT has no
// per-layer gated experts; see peft_write.cpp for what it can take).
//
// adapter.json
//   format "moelora-adapter", format_version 1, program_version, step
//   base {path, fingerprint, sha256, compute_dtype, quantization, vision_quantization}
//   prompt; tasks [name]; tensor_dtype "F32"
//   sample_types [name] and task_prompts {task: prompt} where the data have such
//   adapter {every axis of AdapterOptions}; data {preprocessing of DataOptions, without its path}
//   sites [{path, module, layer, vision, in, out, bias, heads, experts, ranks [E], scales [E],
//           top_k (0 = all), routed, router_bias, router, bank, scales_input, tasks,
//           task_embedding}]; ranks and scales are empty for scaling vectors, and one number where
//           all experts modulate one update. Where they apply: router_of (path of the site whose
//           routing is taken), start_share, learns_level, shared_vector
// adapter.safetensors, for each site <p>
//   <p>.expert_a [E, r, in], <p>.expert_b [E, out, r]; with unequal ranks inside a site
//   <p>.expert_a [R, in], <p>.expert_b [out, R], the experts one after the other
//   <p>.expert_magnitude [E, out] beside them for DoRA
//   <p>.expert_vector [E, width] instead of both for scaling vectors
//   <p>.expert_a [r, in] where all experts share it
//   <p>.expert_a [r, in], .expert_b [out, r], .expert_vector [E, out] and, where there is one,
//   <p>.shared_vector [out], .shared_gate [1] for modulation
//   <p>.start_a, .start_b as expert_a, expert_b: what start_share is taken of, never learnt
//   <p>.router.weight [E, width of what it sees], <p>.router.bias [E],
//   <p>.threshold.weight [1, in], <p>.threshold.bias [1],
//   <p>.task.embedding [tasks + 1, d], <p>.task.gate [E, d] where the site has them
// and task.embedding, task.gate for the gate that all sites share
#include <filesystem>
#include <map>
#include <set>

#include "core/adapter/formats.h"
#include "core/io/files.h"
#include "core/options/config.h"

namespace moelora {
namespace {

constexpr const char* format_name = "moelora-adapter";
constexpr std::int64_t format_version = 1;

std::string card_path(const std::string& folder) {
    return join_path(folder, "adapter.json");
}
std::string tensor_path(const std::string& folder) {
    return join_path(folder, "adapter.safetensors");
}

// ---- layout of the expert tensors

bool by_expert_a(const SiteSpec& site) {
    return site.equal_ranks() && site.bank != BankKind::SharedA &&
           site.bank != BankKind::Modulation;
}
bool by_expert_b(const SiteSpec& site) {
    return site.equal_ranks() && site.bank != BankKind::Modulation;
}
at::Tensor stored_a(const SiteSpec& site, const at::Tensor& a) {
    return by_expert_a(site) ? a.view({site.experts, site.ranks[0], site.shape.in}) : a;
}
at::Tensor stored_b(const SiteSpec& site, const at::Tensor& b) {
    if (!by_expert_b(site)) return b;
    return b.view({site.shape.out, site.experts, site.ranks[0]}).permute({1, 0, 2});
}
at::Tensor computed_a(const SiteSpec& site, const at::Tensor& a) {
    return a.reshape({site.a_rows(), site.shape.in});
}
at::Tensor computed_b(const SiteSpec& site, const at::Tensor& b) {
    if (!by_expert_b(site)) return b;
    return b.permute({1, 0, 2}).reshape({site.shape.out, site.total_rank()});
}

void add_task_tensors(std::vector<ExpectedTensor>& all, const std::string& prefix,
                      std::int64_t tasks, std::int64_t width, std::int64_t experts) {
    all.push_back({prefix + "task.embedding", {tasks + 1, width}});
    all.push_back({prefix + "task.gate", {experts, width}});
}

std::vector<ExpectedTensor> expected_tensors(const std::vector<SiteSpec>& sites,
                                             const AdapterOptions& options) {
    std::vector<ExpectedTensor> all;
    if (const GlobalGate gate = global_gate(sites, options); gate.tasks > 0)
        add_task_tensors(all, "", gate.tasks, gate.task_embedding, gate.experts);
    for (const auto& site : sites) {
        const std::string& p = site.shape.path;
        const std::int64_t in = site.shape.in, out = site.shape.out, e = site.experts;
        using Shape = std::vector<std::int64_t>;
        if (site.bank != BankKind::Vector) {
            const std::int64_t r = site.ranks[0];
            const Shape a = by_expert_a(site) ? Shape{e, r, in} : Shape{site.a_rows(), in};
            const Shape b = by_expert_b(site) ? Shape{e, out, r} : Shape{out, site.total_rank()};
            all.push_back({p + ".expert_a", a});
            all.push_back({p + ".expert_b", b});
            if (site.bank == BankKind::Dora) all.push_back({p + ".expert_magnitude", {e, out}});
            if (site.start_share > 0) {
                all.push_back({p + ".start_a", a});
                all.push_back({p + ".start_b", b});
            }
        }
        if (site.bank == BankKind::Vector || site.bank == BankKind::Modulation)
            all.push_back({p + ".expert_vector", {e, site.vector_width()}});
        if (site.shared_vector) {
            all.push_back({p + ".shared_vector", {out}});
            all.push_back({p + ".shared_gate", {1}});
        }
        if (site.tasks > 0) add_task_tensors(all, p + ".", site.tasks, site.task_embedding, e);
        if (site.has_router_weight())
            all.push_back({p + ".router.weight", {e, site.router_width()}});
        if (site.router_bias) all.push_back({p + ".router.bias", {e}});
        if (site.learns_level) {
            all.push_back({p + ".threshold.weight", {1, in}});
            all.push_back({p + ".threshold.bias", {1}});
        }
    }
    return all;
}

// ---- adapter.json

Json to_json(const SiteSpec& s) {
    Json out = {{"path", s.shape.path},
                {"module", s.shape.module},
                {"layer", s.shape.layer},
                {"vision", s.shape.vision},
                {"in", s.shape.in},
                {"out", s.shape.out},
                {"bias", s.shape.bias},
                {"heads", s.shape.heads},
                {"experts", s.experts},
                {"ranks", s.ranks},
                {"scales", s.scales},
                {"top_k", s.top_k},
                {"routed", s.routed},
                {"router_bias", s.router_bias},
                {"router", name_of_enum(s.router)},
                {"bank", name_of_enum(s.bank)},
                {"scales_input", s.scales_input},
                {"tasks", s.tasks},
                {"task_embedding", s.task_embedding}};
    if (!s.router_of.empty()) out["router_of"] = s.router_of;
    if (s.start_share > 0) out["start_share"] = s.start_share;
    if (s.learns_level) out["learns_level"] = true;
    if (s.shared_vector) out["shared_vector"] = true;
    if (s.in_block) out["in_block"] = true;
    return out;
}

Json to_json(const AdapterCard& card, const std::vector<SiteSpec>& sites) {
    RunOptions options;
    options.adapter = card.options;
    options.data = card.data.preprocessing();
    const Json groups = to_json(options);
    Json data = groups.at("data");
    data.erase("path");
    Json out = {{"format", format_name},
                {"format_version", format_version},
                {"program_version", MOELORA_VERSION},
                {"base",
                 {{"path", card.base_path},
                  {"fingerprint", card.base_fingerprint},
                  {"sha256", card.base_sha256},
                  {"compute_dtype", card.compute_dtype},
                  {"quantization", name_of_enum(card.quantization)},
                  {"vision_quantization", name_of_enum(card.vision_quantization)}}},
                {"prompt", card.prompt},
                {"tasks", card.tasks},
                {"step", card.step},
                {"tensor_dtype", "F32"},
                {"adapter", groups.at("adapter")},
                {"data", std::move(data)},
                {"sites", Json::array()}};
    if (!card.data.sample_types.empty()) out["sample_types"] = card.data.sample_types;
    if (!card.task_prompts.empty()) out["task_prompts"] = card.task_prompts;
    for (const auto& site : sites) out["sites"].push_back(to_json(site));
    return out;
}

// Reads fields of one object; the first that is absent or of another kind is kept in `wrong`.
class Reader {
  public:
    Reader(const Json& object, std::string where, std::string& wrong)
        : object_(object), where_(std::move(where)), wrong_(wrong) {}
    [[nodiscard]] std::int64_t integer(const char* key, std::int64_t least = 0) const {
        const auto value = as_int(at(key));
        if (!value || *value < least) note(key, "is no usable number");
        return value.value_or(least);
    }
    [[nodiscard]] bool flag(const char* key) const {
        const auto value = as_bool(at(key));
        if (!value) note(key, "is neither true nor false");
        return value.value_or(false);
    }
    [[nodiscard]] std::string text(const char* key) const {
        const auto value = as_string(at(key));
        if (!value) note(key, "is no text");
        return value.value_or("");
    }
    template <class T, class Convert>
    [[nodiscard]] std::vector<T> list(const char* key, Convert&& convert) const {
        const Json& array = at(key);
        std::vector<T> out;
        if (!array.is_array())
            note(key, "is no list");
        else
            for (const Json& item : array) {
                const auto value = convert(item);
                if (!value) note(key, "holds an unusable entry");
                out.push_back(value.value_or(T{}));
            }
        return out;
    }
    [[nodiscard]] const Json& at(const char* key) const {
        static const Json none;
        return object_.is_object() && object_.contains(key) ? object_.at(key) : none;
    }
    // For keys that came later: `otherwise` where the file has none.
    [[nodiscard]] std::int64_t integer_or(const char* key, std::int64_t otherwise) const {
        return at(key).is_null() ? otherwise : integer(key);
    }
    [[nodiscard]] bool flag_or_no(const char* key) const { return !at(key).is_null() && flag(key); }
    template <class E>
    [[nodiscard]] E name_or(const char* key, E otherwise) const {
        if (at(key).is_null()) return otherwise;
        const std::string word = text(key);
        for (const auto& [value, name] : EnumNames<E>::table)
            if (word == name) return value;
        note(key, "is an unknown word");
        return otherwise;
    }
    void note(const std::string& key, const std::string& what) const {
        if (wrong_.empty()) wrong_ = where_ + key + " " + what;
    }

  private:
    const Json& object_;
    std::string where_;
    std::string& wrong_;
};

SiteSpec read_site(const Json& json, std::size_t number, std::string& wrong) {
    const std::string where = "sites[" + std::to_string(number) + "].";
    const Reader r(json, where, wrong);
    constexpr std::int64_t most = std::int64_t{1} << 31;  // keeps every product below in 64 bits
    SiteSpec s;
    s.shape = {r.text("path"),     r.text("module"),    r.integer("layer"), r.flag("vision"),
               r.integer("in", 1), r.integer("out", 1), r.flag("bias")};
    s.experts = r.integer("experts", 1);
    s.ranks = r.list<std::int64_t>("ranks", as_int);
    s.scales = r.list<double>("scales", as_double);
    s.top_k = r.integer("top_k");
    s.routed = r.flag("routed");
    s.router_bias = r.flag("router_bias");
    s.shape.heads = r.integer_or("heads", 1);
    s.router = r.name_or("router", s.routed ? RouterKind::Token : RouterKind::None);
    s.bank = r.name_or("bank", BankKind::Lora);
    s.scales_input = r.flag_or_no("scales_input");
    s.learns_level = r.flag_or_no("learns_level");
    s.shared_vector = r.flag_or_no("shared_vector");
    s.in_block = r.flag_or_no("in_block");
    if (!r.at("router_of").is_null()) s.router_of = r.text("router_of");
    if (!r.at("start_share").is_null()) s.start_share = as_double(r.at("start_share")).value_or(-1);
    if (!(s.start_share >= 0 && s.start_share <= 1)) r.note("start_share", "is no share");
    s.tasks = r.integer_or("tasks", 0);
    s.task_embedding = r.integer_or("task_embedding", 0);
    if (s.shape.heads < 1 || s.shape.out % s.shape.heads != 0)
        r.note("heads", "do not divide the output");
    if (s.tasks > most || s.task_embedding > 65536) r.note("tasks", "is impossibly large");
    if (s.routed == (s.router == RouterKind::None)) r.note("router", "does not agree with routed");
    const auto count = s.bank == BankKind::Vector       ? std::size_t{0}
                       : s.bank == BankKind::Modulation ? std::size_t{1}
                                                        : static_cast<std::size_t>(s.experts);
    if (s.ranks.size() != count || s.scales.size() != count)
        r.note("experts", "does not agree with ranks and scales");
    for (const auto rank : s.ranks)
        if (rank < 1 || rank > most) r.note("ranks", "holds an impossible rank");
    if (s.shape.in > most || s.shape.out > most) r.note("in", "is impossibly large");
    if (s.routed != (s.experts > 1)) r.note("routed", "does not agree with experts");
    if (s.bank == BankKind::SharedA && !s.equal_ranks())
        r.note("ranks", "differ, though the experts share one matrix");
    if (s.start_share > 0 && s.bank != BankKind::Lora)
        r.note("start_share", "belongs to low-rank updates");
    if (s.shared_vector && s.bank != BankKind::Modulation)
        r.note("shared_vector", "belongs to modulation");
    if ((s.router_bias || s.learns_level) && !s.has_router_weight())
        r.note("router_bias", "needs a router");
    if (s.in_block && (!s.routed || s.bank == BankKind::Vector || s.bank == BankKind::Modulation))
        r.note("in_block", "needs several low-rank experts");
    if (s.top_k > s.experts) r.note("top_k", "is more than the experts");
    return s;
}

// Sites and axes must tell one story, or the layers could not be built.
void check_sites(const AdapterCard& card, const Reader& r) {
    std::set<std::string> paths;
    std::map<std::string, std::int64_t> routers;
    for (const auto& site : card.sites) {
        if (site.routes()) routers[site.shape.path] = site.experts;
        if (const auto leader = routers.find(site.router_of);
            !site.router_of.empty() &&
            (!site.routed || leader == routers.end() || leader->second != site.experts))
            r.note("sites", "takes the routing of a layer that has none for it");
        if (!paths.insert(site.shape.path).second) r.note("sites", "lists a layer twice");
        if (site.bank != card.options.bank) r.note("sites", "does not agree with adapter.bank");
        if (!site.routed) continue;
        if (site.router != card.options.router)
            r.note("sites", "does not agree with adapter.router");
        if (card.options.router == RouterKind::None || card.options.gate == GateKind::None)
            r.note("sites", "has routers, but adapter names no router or no gate");
        if ((card.options.gate == GateKind::TopK) != (site.top_k > 0))
            r.note("sites", "does not agree with adapter.gate");
    }
}

// A block is gate_proj, which routes, and the two layers that take its routing.
void check_blocks(const AdapterCard& card, const Reader& r) {
    std::map<std::string, std::set<std::string>> followers;
    for (const auto& site : card.sites)
        if (site.in_block)
            followers[leads_block(site) ? site.shape.path : site.router_of].insert(site.shape.path);
    for (const auto& [leader, parts] : followers) {
        const std::string block = leader.substr(0, leader.rfind('.') + 1);
        if (parts != std::set<std::string>{block + "gate_proj", block + "up_proj",
                                           block + "down_proj"} ||
            leader != block + "gate_proj")
            r.note("sites", "has a feed-forward block that is not whole");
    }
}

// The options of the card, through the same reader as configuration files.
std::string read_options(const Json& json, AdapterCard& card, const std::string& path) {
    RunOptions options;
    Json groups = {{"version", 1}};
    for (const char* group : {"adapter", "data"})
        if (json.contains(group)) groups[group] = json.at(group);
    for (const Issue& issue : from_json(groups, options, path))
        if (issue.severity == Severity::Error) return message_of(issue.error);
    card.options = options.adapter;
    card.data = options.data;
    return {};
}

}  // namespace

bool is_native_folder(const std::string& folder) {
    return std::filesystem::exists(card_path(folder));
}

Result<AdapterCard> read_native_card(const std::string& folder) {
    const std::string path = card_path(folder);
    MOELORA_TRY(const Json json, read_json(path));
    std::string wrong;
    const Reader r(json, "", wrong);
    if (r.text("format") != format_name) return adapter_invalid(path, "it has another format");
    const std::int64_t version = r.integer("format_version");
    if (version != format_version)
        return adapter_invalid(path, "it has version " + std::to_string(version) +
                                         "; this program reads version " +
                                         std::to_string(format_version));
    AdapterCard card;
    card.program_version = r.text("program_version");
    const Reader base(r.at("base"), "base.", wrong);
    card.base_path = base.text("path");
    card.base_fingerprint = base.text("fingerprint");
    if (r.at("base").contains("sha256"))
        card.base_sha256 = base.text("sha256");  // older files do not
    card.compute_dtype = base.text("compute_dtype");
    card.quantization = base.name_or("quantization", Quantization::None);  // older files do not
    card.vision_quantization = base.name_or("vision_quantization", VisionQuantization::Same);
    card.prompt = r.text("prompt");
    card.tasks = r.list<std::string>("tasks", as_string);
    card.step = r.integer("step");
    if (wrong.empty()) wrong = read_options(json, card, path);
    if (json.contains("sample_types"))  // after read_options, which sets the others of card.data
        card.data.sample_types = r.list<std::string>("sample_types", as_string);
    for (const auto& [task, prompt] : r.at("task_prompts").items())
        card.task_prompts[task] = as_string(prompt).value_or("");
    const Json& sites = r.at("sites");
    if (!sites.is_array() || sites.empty()) r.note("sites", "lists no adapted layer");
    if (sites.is_array())
        for (const Json& site : sites)
            card.sites.push_back(read_site(site, card.sites.size(), wrong));
    check_sites(card, r);
    check_blocks(card, r);
    if (!wrong.empty()) return adapter_invalid(path, wrong);
    return card;
}

Result<StoredAdapter> read_native(const std::string& folder) {
    StoredAdapter stored;
    MOELORA_TRY(stored.card, read_native_card(folder));
    MOELORA_TRY(const SafetensorsFile file, SafetensorsFile::open(tensor_path(folder)));
    const auto& options = stored.card.options;
    MOELORA_TRY(const auto tensors,
                read_tensors(file, expected_tensors(stored.card.sites, options)));
    auto next = tensors.begin();
    const auto take_task = [&](TaskTensors& to) {
        to.embedding = *next++;
        to.gate = *next++;
    };
    if (global_gate(stored.card.sites, options).tasks > 0) take_task(stored.global);
    for (const auto& site : stored.card.sites) {
        SiteTensors t;
        if (site.bank != BankKind::Vector) {
            t.a = computed_a(site, *next++);
            t.b = computed_b(site, *next++);
            if (site.bank == BankKind::Dora) t.magnitude = *next++;
            if (site.start_share > 0) {
                t.start_a = computed_a(site, *next++);
                t.start_b = computed_b(site, *next++);
            }
        }
        if (site.bank == BankKind::Vector || site.bank == BankKind::Modulation) t.vector = *next++;
        if (site.shared_vector) {
            t.shared_vector = *next++;
            t.shared_gate = *next++;
        }
        if (site.tasks > 0) take_task(t.task);
        if (site.has_router_weight()) t.router_weight = *next++;
        if (site.router_bias) t.router_bias = *next++;
        if (site.learns_level) {
            t.threshold_weight = *next++;
            t.threshold_bias = *next++;
        }
        stored.tensors.push_back(std::move(t));
    }
    return stored;
}

Status check_native(const SafetensorsFile& file, const AdapterCard& card) {
    return check_tensors(file, expected_tensors(card.sites, card.options));
}

Status save_native(const Adapter& adapter, const std::string& folder) {
    std::map<std::string, const SiteSpec*> experts_of;
    for (const auto& site : adapter.sites()) experts_of[site.shape.path] = &site;
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : adapter.stored_tensors()) {
        const auto dot = name.rfind('.');
        const std::string kind = name.substr(dot + 1);
        at::Tensor stored = tensor.detach();
        if (kind == "expert_a" || kind == "start_a")
            stored = stored_a(*experts_of.at(name.substr(0, dot)), stored);
        if (kind == "expert_b" || kind == "start_b")
            stored = stored_b(*experts_of.at(name.substr(0, dot)), stored);
        tensors.push_back({name, stored});
    }
    MOELORA_TRY_STATUS(write_tensors(tensor_path(folder), tensors));
    return write_text_atomic(card_path(folder),
                             to_json(adapter.card(), adapter.sites())
                                     .dump(1, ' ', false, Json::error_handler_t::replace) +
                                 "\n");
}

}  // namespace moelora
