// SPDX-License-Identifier: GPL-3.0-or-later
// PEFT LoRA and DoRA folders (formats.md 5 to 7). The tensors decide which layers and ranks there
// are, the configuration must agree with them; what would change the arithmetic in a way this
// program does not do is refused by name, unknown keys are not.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <regex>

#include "core/adapter/formats.h"
#include "core/io/files.h"

namespace moelora {
namespace {

const std::string prefix = "base_model.model.";

std::string config_path(const std::string& folder) {
    return join_path(folder, "adapter_config.json");
}

// Keys that must be absent, null, false or empty, because they change what is computed.
constexpr const char* refused_when_set[] = {"lora_bias",
                                            "use_qalora",
                                            "use_bdlora",
                                            "kasa_config",
                                            "monteclora_config",
                                            "velora_config",
                                            "arrow_config",
                                            "layer_replication",
                                            "target_parameters",
                                            "trainable_token_indices",
                                            "alora_invocation_tokens",
                                            "fan_in_fan_out",
                                            "modules_to_save",
                                            "lora_ga_config",
                                            "megatron_config"};
// Of published mixture recipes whose files hold a plain LoRA (adapters.md 14).
constexpr const char* mixture_keys[] = {"num_experts", "gate_dropout", "expert_capacity"};

bool is_set(const Json& json, const char* key) {
    if (!json.contains(key)) return false;
    const Json& v = json.at(key);
    if (v.is_null() || (v.is_boolean() && !v.get<bool>())) return false;
    return !((v.is_array() || v.is_object() || v.is_string()) && v.empty()) && v != "none";
}

// A key of rank_pattern or alpha_pattern, a regular expression that matches a whole tail of a path
// behind a dot. Those that PEFT and this program write are plain paths, perhaps anchored and with
// escaped dots.
class PathPattern {
  public:
    // nullopt for what is no such expression, and for one that a file could make slow.
    static std::optional<PathPattern> read(const std::string& key) {
        PathPattern out;
        out.plain_ = plain(key);
        if (!out.plain_.empty()) return out;
        if (key.size() > longest || !is_quick(key)) return std::nullopt;
        try {
            out.form_.assign(key);
        } catch (const std::regex_error&) {
            return std::nullopt;
        }
        return out;
    }
    [[nodiscard]] bool matches(const std::string& path) const {
        if (!plain_.empty())
            return path == plain_ || (path.size() > plain_.size() && path.ends_with(plain_) &&
                                      path[path.size() - plain_.size() - 1] == '.');
        if (path.size() > longest) return false;
        for (auto tail = path.begin();; ++tail) {
            if (std::regex_match(tail, path.end(), form_)) return true;
            tail = std::find(tail, path.end(), '.');
            if (tail == path.end()) return false;
        }
    }

  private:
    static constexpr std::size_t longest = 200;

    static std::string plain(std::string key) {
        if (!key.empty() && key.front() == '^') key.erase(0, 1);
        if (!key.empty() && key.back() == '$') key.pop_back();
        for (auto at = key.find("\\."); at != std::string::npos; at = key.find("\\.", at + 1))
            key.erase(at, 1);
        return key.find_first_of("\\[](){}*+?|^$") == std::string::npos ? key : std::string();
    }
    // The matcher goes back and forth: two repetitions are a square of the path's length, one of a
    // group may be a power, each choice doubles the ways, and references have no limit at all.
    static bool is_quick(const std::string& key) {
        int repetitions = 0, choices = 0;
        for (std::size_t i = 0; i < key.size(); ++i) {
            const char c = key[i], before = i > 0 ? key[i - 1] : ' ';
            const bool repeats = c == '*' || c == '+' || c == '{';
            const bool chooses = c == '?' || c == '|';
            if (before == ')' && (repeats || c == '?')) return false;
            if (before == '\\' && c >= '1' && c <= '9') return false;
            repetitions += repeats ? 1 : 0;
            choices += chooses ? 1 : 0;
        }
        return repetitions <= 2 && choices <= 8;
    }

    std::string plain_;  // "" where form_ counts
    std::regex form_;
};

struct LoraConfig {
    std::int64_t rank = 8;
    double alpha = 8, dropout = 0;  // PEFT's defaults
    bool rslora = false, dora = false;
    std::vector<std::pair<PathPattern, std::int64_t>> ranks;
    std::vector<std::pair<PathPattern, double>> alphas;
    std::string base;
    bool mixture = false;  // says so, but holds none
};

template <class T, class Convert>
std::string read_patterns(const Json& json, const char* name, Convert&& convert,
                          std::vector<std::pair<PathPattern, T>>& out) {
    if (!json.contains(name) || json.at(name).is_null()) return {};
    if (!json.at(name).is_object()) return std::string(name) + " is no object";
    for (const auto& [key, value] : json.at(name).items()) {
        const auto number = convert(value);
        const auto pattern = PathPattern::read(key);
        if (!number || !(*number > 0))
            return std::string(name) + ": " + key + " is no usable number";
        if (!pattern)
            return std::string(name) + ": " + key +
                   " is no path and no simple regular expression (of at most two repetitions)";
        out.push_back({*pattern, *number});
    }
    return {};
}

// "" when all is well.
std::string read_config(const Json& json, LoraConfig& c) {
    if (!json.is_object() || json.value("peft_type", Json()) != "LORA")
        return "peft_type is not LORA";
    for (const char* key : refused_when_set)
        if (is_set(json, key)) return std::string(key) + " is set, which this program does not do";
    if (is_set(json, "bias")) return "it trains biases, which this program does not do";
    const Json init = json.value("init_lora_weights", Json(true));
    if (init.is_string() && init != "gaussian" && init != "orthogonal")
        return "init_lora_weights " + init.get<std::string>() + " changes the base model";
    const auto number = [&](const char* key, double otherwise) {
        return json.contains(key) ? as_double(json.at(key)) : std::optional<double>(otherwise);
    };
    const auto rank = json.contains("r") ? as_int(json.at("r")) : c.rank;
    const auto alpha = number("lora_alpha", c.alpha);
    const auto dropout = number("lora_dropout", 0);
    if (!rank || *rank < 1) return "r is no usable rank";
    if (!alpha || !(*alpha > 0)) return "lora_alpha is no usable number";
    if (!dropout || *dropout < 0 || *dropout >= 1) return "lora_dropout is no usable number";
    c.rank = *rank;
    c.alpha = *alpha;
    c.dropout = *dropout;
    c.rslora = is_set(json, "use_rslora");
    c.dora = is_set(json, "use_dora");
    if (json.contains("base_model_name_or_path"))
        c.base = as_string(json.at("base_model_name_or_path")).value_or("");
    c.mixture = std::any_of(std::begin(mixture_keys), std::end(mixture_keys),
                            [&](const char* key) { return json.contains(key); });
    std::string wrong = read_patterns(json, "rank_pattern", as_int, c.ranks);
    return wrong.empty() ? read_patterns(json, "alpha_pattern", as_double, c.alphas) : wrong;
}

template <class T>
T value_for(const std::string& path, const std::vector<std::pair<PathPattern, T>>& patterns,
            T otherwise) {
    for (const auto& [pattern, value] : patterns)
        if (pattern.matches(path)) return value;
    return otherwise;
}

// "<path>" of "base_model.model.<path>.lora_A.weight" (or .lora_A.default.weight); "" for others.
std::string path_of(const std::string& name, const char* kind) {
    if (!name.starts_with(prefix)) return {};
    for (const char* end : {".weight", ".default.weight"}) {
        const std::string suffix = std::string(kind) + end;
        if (name.ends_with(suffix) && name.size() > prefix.size() + suffix.size())
            return name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    }
    return {};
}

SiteSpec site_of(const std::string& path, std::int64_t in, std::int64_t out,
                 const LoraConfig& config) {
    SiteSpec site;
    site.shape.path = path;
    site.shape.module = path.substr(path.rfind('.') + 1);
    site.shape.in = in;
    site.shape.out = out;
    const std::int64_t rank = value_for(path, config.ranks, config.rank);
    const double alpha = value_for(path, config.alphas, config.alpha);
    const auto width = static_cast<double>(rank);
    if (config.dora) site.bank = BankKind::Dora;
    site.ranks = {rank};
    site.scales = {alpha / (config.rslora ? std::sqrt(width) : width)};
    return site;
}

// Sites in the order of the file's A tensors, and the names of the tensors of each: A, B, and the
// magnitudes of a DoRA.
struct Index {
    std::vector<SiteSpec> sites;
    std::vector<ExpectedTensor> tensors;
};

// PEFT writes the bare name; some programs write a suffix, which PEFT reads as well.
std::string magnitude_name(const SafetensorsFile& file, const std::string& path) {
    const std::string bare = prefix + path + ".lora_magnitude_vector";
    for (const char* end : {".weight", ".default.weight"})
        if (file.find(bare + end)) return bare + end;
    return bare;
}

Index index_of(const SafetensorsFile& file, const LoraConfig& config) {
    std::map<std::string, std::string> b_names;
    for (const auto& entry : file.entries())
        if (const auto path = path_of(entry.name, ".lora_B"); !path.empty())
            b_names[path] = entry.name;
    Index index;
    for (const auto& entry : file.entries()) {
        const auto path = path_of(entry.name, ".lora_A");
        if (path.empty() || entry.shape.size() != 2) continue;
        const auto known = b_names.find(path);
        const std::string b =
            known != b_names.end() ? known->second : prefix + path + ".lora_B.weight";
        const TensorEntry* second = file.find(b);
        const std::int64_t in = entry.shape[1];
        const std::int64_t out = second && second->shape.size() == 2 ? second->shape[0] : 0;
        index.sites.push_back(site_of(path, in, out, config));
        const std::int64_t rank = index.sites.back().ranks[0];
        index.tensors.push_back({entry.name, {rank, in}});
        index.tensors.push_back({b, {out, rank}});
        if (config.dora) index.tensors.push_back({magnitude_name(file, path), {out}});
    }
    return index;
}

AdapterCard card_of(const LoraConfig& config, std::vector<SiteSpec> sites) {
    AdapterCard card;
    AdapterOptions& o = card.options;
    o.preset = config.dora ? "dora" : "lora";
    o.bank = config.dora ? BankKind::Dora : BankKind::Lora;
    o.num_experts = 1;
    o.rank = config.rank;
    o.alpha = config.alpha;
    o.dropout = config.dropout;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    o.scale_rule = config.rslora ? ScaleRule::AlphaOverSqrtRank : ScaleRule::AlphaOverRank;
    for (const auto& site : sites) o.targets.push_back(site.shape.path);
    card.base_path = config.base;
    card.sites = std::move(sites);
    if (config.mixture)
        card.issues.push_back({Severity::Info, Error{ErrorCode::AdapterNoMixture, {}, {}, {}},
                               Place{"adapter_config.json", 0, "num_experts"}});
    return card;
}

// A folder with a pickle alone is told apart from one without weights.
Result<SafetensorsFile> open_weights(const std::string& folder) {
    const std::string path = join_path(folder, "adapter_model.safetensors"),
                      pickle = join_path(folder, "adapter_model.bin");
    if (!std::filesystem::exists(path) && std::filesystem::exists(pickle))
        return fail(ErrorCode::PickleRefused, {{"path", pickle}});
    return SafetensorsFile::open(path);
}

struct Opened {
    SafetensorsFile file;
    AdapterCard card;
    std::vector<ExpectedTensor> tensors;
};

Result<Opened> open_peft(const std::string& folder) {
    const std::string path = config_path(folder);
    MOELORA_TRY(const Json json, read_json(path));
    LoraConfig config;
    if (const std::string wrong = read_config(json, config); !wrong.empty())
        return adapter_invalid(path, wrong);
    MOELORA_TRY(SafetensorsFile file, open_weights(folder));
    Index index = index_of(file, config);
    if (index.sites.empty())
        return adapter_invalid(file.path(), "it holds no " + prefix + "*.lora_A.weight");
    return Opened{std::move(file), card_of(config, std::move(index.sites)),
                  std::move(index.tensors)};
}

}  // namespace

bool is_peft_folder(const std::string& folder) {
    return std::filesystem::exists(config_path(folder));
}

namespace {

// IA3 and the published mixtures have readers of their own; nothing for a LoRA.
Result<std::optional<StoredAdapter>> read_other(const std::string& folder, bool with_tensors) {
    MOELORA_TRY(const Json json, read_json(config_path(folder)));
    MOELORA_TRY(const SafetensorsFile file, open_weights(folder));
    std::optional<StoredAdapter> out;
    if (json.is_object() && json.value("peft_type", Json()) == "IA3") {
        MOELORA_TRY(out, read_peft_ia3(file, json, folder, with_tensors));
    } else if (foreign_scheme(file)) {
        MOELORA_TRY(out, read_foreign(file, json, folder, with_tensors));
    }
    return out;
}

}  // namespace

Result<AdapterCard> read_peft_card(const std::string& folder) {
    MOELORA_TRY(auto other, read_other(folder, false));
    if (other) return std::move(other->card);
    MOELORA_TRY(Opened opened, open_peft(folder));
    return std::move(opened.card);
}

Result<StoredAdapter> read_peft(const std::string& folder) {
    MOELORA_TRY(auto other, read_other(folder, true));
    if (other) return std::move(*other);
    MOELORA_TRY(Opened opened, open_peft(folder));
    MOELORA_TRY(const auto tensors, read_tensors(opened.file, opened.tensors));
    StoredAdapter stored;
    stored.card = std::move(opened.card);
    auto next = tensors.begin();
    for (const SiteSpec& site : stored.card.sites) {
        SiteTensors& t = stored.tensors.emplace_back();
        t.a = *next++;
        t.b = *next++;
        if (site.bank == BankKind::Dora) t.magnitude = (*next++).unsqueeze(0);
    }
    return stored;
}

}  // namespace moelora
