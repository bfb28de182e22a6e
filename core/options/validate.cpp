// SPDX-License-Identifier: GPL-3.0-or-later
// Cross-field checks. Ranges of single fields come from describe(); here stands only what looks at
// two fields or at the form of a text.
#include <charconv>
#include <cmath>

#include "core/options/presets.h"
#include "core/options/visit.h"

namespace moelora {
namespace {

class Checks {
  public:
    explicit Checks(const RunOptions& options) : o_(options) {}
    std::vector<Issue> issues;

    void all() {
        texts();
        data();
        targets();
        mixture();
        per_layer();
        ranks();
        doubtful();
        device();
    }

  private:
    template <class T>
    void refuse(std::string path, const T& value, std::string why) {
        issues.push_back(option_issue(
            option_error(std::move(path), shown_value(value_to_json(value)), std::move(why)), {},
            Severity::Error));
    }
    template <class T>
    void warn(std::string path, const T& value, std::string why) {
        issues.push_back(
            doubtful_option(std::move(path), shown_value(value_to_json(value)), std::move(why)));
    }

    // A configuration is JSON, and its paths are UTF-8.
    void texts() {
        for_each_option(o_, [&](std::string path, const auto& value, const Meta&) {
            constexpr FieldKind kind = kind_of<std::decay_t<decltype(value)>>();
            if constexpr (kind == FieldKind::String || kind == FieldKind::StringList) {
                const auto text = [&](Json::error_handler_t bad) {
                    return value_to_json(value).dump(-1, ' ', false, bad);
                };
                if (text(Json::error_handler_t::ignore) != text(Json::error_handler_t::replace))
                    refuse(std::move(path), value, "it is not valid UTF-8");
            }
        });
    }

    void data() {
        const DataOptions& d = o_.data;
        if (!d.resize.empty() && d.resize.size() != 2)
            refuse("data.resize", d.resize, "give height and width, or nothing");
        if (d.validation >= 1 && d.validation != std::floor(d.validation))
            refuse("data.validation", d.validation, "from 1 on it is a count of pictures");
        if (d.min_pixels > 0 && d.max_pixels > 0 && d.min_pixels > d.max_pixels)
            refuse("data.min_pixels", d.min_pixels, "it is more than data.max_pixels");
        constexpr std::size_t most_probes = 64;
        if (d.probes.size() > most_probes)
            refuse("data.probes", d.probes,
                   "more than " + std::to_string(most_probes) +
                       " pictures are too many to caption again and again");
    }

    void targets() {
        for (const std::string& target : o_.adapter.targets)
            if (target.empty() || target.find_first_of(" \t\r\n") != std::string::npos)
                refuse("adapter.targets", o_.adapter.targets,
                       "a module pattern is not empty and has no blanks");
        Status known = check_preset(o_.adapter.preset, o_.adapter.flavour);
        if (known) return;
        issues.push_back(option_issue(std::move(known).error(), {}, Severity::Error));
        issues.back().where.item = "adapter.preset";
    }

    // Experts of each layer, or the one number that holds for all.
    [[nodiscard]] std::vector<std::int64_t> experts() const {
        const AdapterOptions& a = o_.adapter;
        if (!a.layer_experts.empty()) return a.layer_experts;
        return a.allocation.empty() ? std::vector{a.num_experts} : a.allocation;
    }
    [[nodiscard]] std::string experts_option() const {
        if (!o_.adapter.layer_experts.empty()) return "adapter.layer_experts";
        return o_.adapter.allocation.empty() ? "adapter.num_experts" : "adapter.allocation";
    }

    void mixture() {
        const AdapterOptions& a = o_.adapter;
        const std::vector<std::int64_t> counts = experts();
        const bool several = *std::max_element(counts.begin(), counts.end()) > 1;
        if (a.router == RouterKind::None && several)
            refuse("adapter.router", a.router,
                   experts_option() + " asks for several experts, which need a router");
        if (a.router != RouterKind::None && a.gate == GateKind::None && several)
            refuse("adapter.gate", a.gate, "a router needs a gate, such as softmax or topk");
        if (!a.layer_experts.empty() && !a.allocation.empty())
            refuse("adapter.allocation", a.allocation,
                   "adapter.layer_experts already says how many experts each layer has");
        banks();
        gates();
        blocks();
        localized();
        if (a.gate != GateKind::TopK || a.router == RouterKind::None) return;
        // Layers with fewer experts than k use them all; no layer at all is a mistake.
        const std::int64_t most = *std::max_element(counts.begin(), counts.end());
        if (several && a.top_k > most)
            refuse(
                "adapter.top_k", a.top_k,
                "it is more than the " + std::to_string(most) + " experts of " + experts_option());
    }

    void banks() {
        const AdapterOptions& a = o_.adapter;
        const bool vectors = a.bank == BankKind::Vector;
        const bool ones = a.init == ExpertInit::Ones || a.init == ExpertInit::Uniform;
        if (vectors && !ones)
            refuse("adapter.init", a.init, "scaling vectors start at ones, or uniform");
        if (!vectors && a.init == ExpertInit::Ones && a.bank != BankKind::Modulation)
            refuse("adapter.init", a.init, "ones is the start of scaling vectors");
        if (a.init == ExpertInit::Uniform && !(a.init_low < a.init_high))
            refuse("adapter.init_low", a.init_low, "it must be below adapter.init_high");
        from_weight();
        shared_matrices();
        routers();
        if (!vectors && !a.input_targets.empty())
            refuse("adapter.input_targets", a.input_targets,
                   "only scaling vectors (adapter.bank = ia3) can stand at a layer's input");
        const bool activation =
            a.router == RouterKind::PerHead || a.router == RouterKind::TokenActivation;
        if (!vectors && activation)
            refuse("adapter.router", a.router,
                   "it belongs to scaling vectors (adapter.bank = ia3)");
    }

    // Experts that are whole feed-forward blocks.
    void blocks() {
        const AdapterOptions& a = o_.adapter;
        const std::vector<std::int64_t> counts = experts();
        const bool several = *std::max_element(counts.begin(), counts.end()) > 1;
        if (a.scope != ExpertScope::FfnBlock || a.router == RouterKind::None || !several) return;
        if (a.bank == BankKind::Vector || a.bank == BankKind::Modulation)
            refuse("adapter.scope", a.scope,
                   "the experts of a feed-forward block are low-rank updates (adapter.bank = lora, "
                   "lora_shared_a or dora)");
        if (a.router_scope != RouterScope::PerBlock)
            refuse("adapter.scope", a.scope,
                   "a feed-forward block has one router (adapter.router_scope = per_block)");
        if (a.init == ExpertInit::SvdPieces)
            refuse("adapter.init", a.init,
                   "what it adds at the start cannot be taken off a whole feed-forward block");
        if (thresholds())
            refuse("adapter.gate", a.gate,
                   "where no expert reaches the level, the feed-forward block would be zero");
    }

    // Initialisations from the layer's weight.
    void from_weight() {
        const AdapterOptions& a = o_.adapter;
        const bool pieces = a.init == ExpertInit::SvdPieces;
        if (!pieces && a.init != ExpertInit::Pissa && a.init != ExpertInit::Loftq) return;
        if (a.bank != BankKind::Lora)
            refuse("adapter.init", a.init,
                   "it gives A and B of low-rank experts (adapter.bank = lora) their start");
        const std::vector<std::int64_t> counts = experts();
        if (!pieces && *std::max_element(counts.begin(), counts.end()) > 1)
            refuse("adapter.init", a.init,
                   "all experts would start alike from the same directions; it is defined for one "
                   "expert, and svd_pieces for several");
    }

    void shared_matrices() {
        const AdapterOptions& a = o_.adapter;
        const bool shared = a.bank == BankKind::SharedA || a.bank == BankKind::Modulation;
        if (shared && a.rank_rule == RankRule::Total)
            refuse("adapter.rank_rule", a.rank_rule,
                   "the experts share one A of rank r, so there is nothing to share out");
        if (a.router == RouterKind::LowRank && !shared)
            refuse("adapter.router", a.router,
                   "it looks at A x, which needs an A that all experts share (adapter.bank = "
                   "lora_shared_a or modulation)");
        if (a.router == RouterKind::ZeroParam && a.bank != BankKind::Modulation)
            refuse("adapter.router", a.router,
                   "it looks at one update of all experts (adapter.bank = modulation)");
    }

    void routers() {
        const AdapterOptions& a = o_.adapter;
        const bool none = a.router == RouterKind::None;
        if (!none && a.router_scope == RouterScope::PerBlock && a.router != RouterKind::Token &&
            a.router != RouterKind::Instance)
            refuse("adapter.router_scope", a.router_scope,
                   "one router serves several layers only where it looks at their common input "
                   "(adapter.router = token or instance)");
        if (!none && a.gate_level_learned && a.gate == GateKind::Threshold)
            refuse("adapter.gate_level_learned", a.gate_level_learned,
                   "whether an expert reaches the level is a yes or no that teaches the level "
                   "nothing (adapter.gate = threshold_shifted does)");
        if (!none && a.gate_level_learned && a.gate == GateKind::ThresholdShifted &&
            a.router != RouterKind::Token)
            refuse("adapter.gate_level_learned", a.gate_level_learned,
                   "the threshold is learnt from tokens, as adapter.router = token sees them");
        if (!none && a.balance == BalanceKind::SwitchThreshold && !thresholds())
            refuse("adapter.balance", a.balance,
                   "it counts what exceeds a threshold (adapter.gate = threshold or "
                   "threshold_shifted)");
    }

    void gates() {
        const AdapterOptions& a = o_.adapter;
        if (a.router == RouterKind::None) return;
        if (a.gate == GateKind::SoftTopK && a.gate_softness == 0)
            refuse("adapter.gate_softness", a.gate_softness,
                   "soft_topk needs some; without any it is the gate topk");
        if (a.bank == BankKind::Vector && thresholds())
            refuse("adapter.gate", a.gate,
                   "where no expert reaches the level, scaling vectors would make the layer zero");
    }
    [[nodiscard]] bool thresholds() const {
        return o_.adapter.gate == GateKind::Threshold ||
               o_.adapter.gate == GateKind::ThresholdShifted;
    }

    void localized() {
        const AdapterOptions& a = o_.adapter;
        if (a.router == RouterKind::PerHead && a.balance != BalanceKind::None)
            refuse("adapter.balance", a.balance,
                   "heads that are routed apart have no common load to balance");
        if (a.balance == BalanceKind::SwitchBySample && a.balance_kl > 0)
            refuse("adapter.balance_kl", a.balance_kl,
                   "it is one of all tokens, and switch_by_sample looks at each sample");
        if (a.balance != BalanceKind::Localized) return;
        for (const std::int64_t count : experts())
            if (count > 1 && count % 2 != 0) {
                refuse(experts_option(), count,
                       "the localized balance loss needs two halves of equal size");
                break;
            }
        if (a.balance_reduce == BalanceReduce::PerLayerConcat ||
            a.balance_reduce == BalanceReduce::GlobalConcat)
            refuse("adapter.balance_reduce", a.balance_reduce,
                   "the localized balance loss is one of each layer's site");
        if (!a.expert_groups.empty() && a.expert_groups.size() != 2)
            refuse("adapter.expert_groups", a.expert_groups, "give two names, or none");
    }

    void per_layer() {
        const AdapterOptions& a = o_.adapter;
        if (!a.layer_experts.empty() && !a.layer_ranks.empty() &&
            a.layer_experts.size() != a.layer_ranks.size())
            refuse("adapter.layer_ranks", a.layer_ranks,
                   "it has another number of entries than adapter.layer_experts");
    }

    void ranks() {
        const AdapterOptions& a = o_.adapter;
        if (a.rank_rule != RankRule::Total) return;
        const std::vector<std::int64_t> counts = experts();
        const std::vector<std::int64_t> given =
            a.layer_ranks.empty() ? std::vector{a.rank} : a.layer_ranks;
        for (std::size_t i = 0; i < std::max(counts.size(), given.size()); ++i) {
            const std::int64_t count = counts[std::min(i, counts.size() - 1)];
            const std::int64_t rank = given[std::min(i, given.size() - 1)];
            if (count < 1 || rank % count == 0) continue;
            const std::string why = "with the rank rule total, " + std::to_string(rank) +
                                    " is shared out to " + std::to_string(count) +
                                    " experts and must be divisible by them";
            if (a.layer_ranks.empty())
                refuse("adapter.rank", a.rank, why);
            else
                refuse("adapter.layer_ranks", a.layer_ranks, why);
            break;
        }
    }

    // What runs, but hardly as meant (adapters.md 3.3).
    void doubtful() {
        const AdapterOptions& a = o_.adapter;
        const std::vector<std::int64_t> counts = experts();
        const auto most = *std::max_element(counts.begin(), counts.end());
        const bool routed = a.router != RouterKind::None && most > 1;
        const bool balanced = a.balance != BalanceKind::None && a.balance_coef > 0;
        const bool always_one =
            routed && a.gate == GateKind::TopK && a.top_k == 1 && a.gate_renormalise;
        if (always_one && (balanced || a.balance_kl > 0))
            warn("adapter.gate_renormalise", a.gate_renormalise,
                 "with one active expert its weight is always 1, so the router learns nothing "
                 "from the task");
        else if (always_one)
            refuse("adapter.gate_renormalise", a.gate_renormalise,
                   "with one active expert its weight is always 1, so the router learns nothing; "
                   "set it to false, use two active experts, or give the router a balance loss");
        if (balanced && !routed)
            warn("adapter.balance", a.balance, "it has no effect without a router");
        if (balanced && a.balance == BalanceKind::Switch && routed && a.gate == GateKind::TopK &&
            a.top_k >= most)
            warn("adapter.balance", a.balance,
                 "with all experts active the balance loss is constant");
        if (routed) doubtful_gate(static_cast<double>(most));
        if (o_.train.max_steps > 0 && o_.train.warmup_steps >= 1 &&
            o_.train.warmup_steps > static_cast<double>(o_.train.max_steps))
            warn("train.warmup_steps", o_.train.warmup_steps, "it is more than train.max_steps");
        if (o_.train.pack_tokens > 1 && o_.train.gradient_accumulation == 1)
            warn("train.pack_tokens", o_.train.pack_tokens,
                 "an update is one micro-batch, so there is nothing to pack");
        if (o_.train.pack_tokens > 1 && a.router == RouterKind::ZeroParam &&
            a.router_norm == RouterNorm::WholeSlice)
            warn("train.pack_tokens", o_.train.pack_tokens,
                 "samples depend on one another with router_norm whole_slice, so each micro-batch "
                 "is computed on its own");
    }

    void bytes(const char* option, const std::string& text) {
        if (!text.empty() && !bytes_of_text(text))
            refuse(option, text,
                   "it must be a number above 0 with B, KB, MB, GB, KiB, MiB or GiB, or nothing");
    }

    void doubtful_gate(double experts) {
        const AdapterOptions& a = o_.adapter;
        const double even = 1 / experts;
        if (thresholds() && !a.gate_level_learned &&
            (a.gate_level > even || (a.gate_level == even && a.gate != GateKind::Threshold)))
            warn("adapter.gate_level", a.gate_level,
                 "an undecided router gives each of " + std::to_string(std::llround(experts)) +
                     " experts less: tokens that none of them reaches get nothing and teach the "
                     "router nothing");
        if (thresholds() && !a.gate_level_learned && a.gate_level == 0)
            warn("adapter.gate_level", a.gate_level,
                 "every expert reaches it, so it is the gate softmax");
        if (a.gate_jitter == 0 || a.gate_jitter_on != GateJitterOn::Input) return;
        if (a.router == RouterKind::Task)
            warn("adapter.gate_jitter_on", a.gate_jitter_on,
                 "a task router sees no tokens, so nothing is jittered");
        if (a.router == RouterKind::Instance)
            warn("adapter.gate_jitter_on", a.gate_jitter_on,
                 "an instance router sees the mean of a prompt, which is not jittered");
    }

    void device() {
        bytes("device.memory_budget", o_.device.memory_budget);
        bytes("device.feature_cache", o_.device.feature_cache);
        bytes("device.feature_cache_disk", o_.device.feature_cache_disk);
        bytes("train.disk_reserve", o_.train.disk_reserve);
        const std::string_view name = o_.device.name;
        if (o_.device.cuda_graphs && name == "cpu")
            refuse("device.cuda_graphs", true,
                   "graphs are recorded on CUDA devices, and cpu records none");
        if (name == "auto" || name == "cpu" || name == "cuda") return;
        const std::string_view index = name.starts_with("cuda:") ? name.substr(5) : "";
        unsigned number = 0;
        const auto [end, error] =
            std::from_chars(index.data(), index.data() + index.size(), number);
        if (!index.empty() && error == std::errc{} && end == index.data() + index.size() &&
            number < 128)
            return;
        refuse("device.name", o_.device.name, "choose auto, cpu, cuda or cuda:N");
    }

    const RunOptions& o_;
};

}  // namespace

std::vector<Issue> validate(const RunOptions& options) {
    Checks checks(options);
    RunOptions::describe(options, [&](std::string_view group, const auto& fields) {
        group_check_ranges(fields, group, checks.issues);
    });
    checks.all();
    return std::move(checks.issues);
}

}  // namespace moelora
