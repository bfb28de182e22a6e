// SPDX-License-Identifier: GPL-3.0-or-later
// The describe() functions of the longer groups of options.h, which includes this file.
#pragma once

#include "core/options/options.h"

namespace moelora {

template <class Self, class V>
void AdapterOptions::describe(Self& o, V&& v) {
    const bool mixture = o.router != RouterKind::None;
    const bool low_rank = o.bank != BankKind::Vector;
    const bool by_alpha =
        low_rank && o.scale_rule != ScaleRule::Fixed && o.scale_rule != ScaleRule::GoatTheory;
    v("preset", o.preset,
      Meta{.label = MOELORA_TEXT("options", "Method"),
           .help = MOELORA_TEXT("options",
                                "Sets the axes below; what is given beside it wins. `moelora "
                                "presets` shows what each expands to."),
           .preset = false});
    v("flavour", o.flavour,
      Meta{
          .label = MOELORA_TEXT("options", "Flavour"),
          .help = MOELORA_TEXT("options",
                               "Which reading of the method: where paper and code differ, or where "
                               "it has several forms. `moelora presets` lists them."),
          .advanced = true,
          .preset = false});
    v("init_from", o.init_from,
      Meta{.label = MOELORA_TEXT("options", "Start from adapter"),
           .help = MOELORA_TEXT(
               "options", "An adapter folder whose weights are the start. Empty: fresh weights."),
           .advanced = true,
           .preset = false});
    v("targets", o.targets,
      Meta{.label = MOELORA_TEXT("options", "Target modules"),
           .help =
               MOELORA_TEXT("options",
                            "Module patterns: a name matches whole path tails (q_proj, attn.qkv, "
                            "layers.0.mlp.down_proj), * stands for anything. Each must match.")});
    v("bank", o.bank,
      Meta{.label = MOELORA_TEXT("options", "Expert kind"),
           .help = MOELORA_TEXT(
               "options",
               "lora adds a low-rank update. dora adds one and sets the length of each "
               "row of the changed weight apart from its direction. ia3 multiplies: "
               "one number for each channel of a layer's output (or input). lora_shared_a: the "
               "experts of a layer share one A. modulation: they share A and B, and each "
               "multiplies the update's channels."),
           .advanced = true});
    v("scope", o.scope,
      Meta{.label = MOELORA_TEXT("options", "Experts of"),
           .help = MOELORA_TEXT("options",
                                "linear: each adapted layer has experts of its own. ffn_block: "
                                "gate, up and down of a layer have them together, and what is "
                                "mixed is the output of the whole feed-forward block (MixLoRA)."),
           .advanced = true});
    v("input_targets", o.input_targets,
      Meta{.label = MOELORA_TEXT("options", "Input-scaled modules"),
           .help = MOELORA_TEXT("options",
                                "With ia3: the target modules whose input is multiplied instead of "
                                "their output (feed-forward modules)."),
           .enabled = o.bank == BankKind::Vector,
           .advanced = true});
    v("vector_place", o.vector_place,
      Meta{.label = MOELORA_TEXT("options", "Place at keys"),
           .help = MOELORA_TEXT("options",
                                "With ia3 at k_proj: before_norm (as PEFT does) or after_norm, "
                                "behind the keys' RMS norm where the model has one."),
           .enabled = o.bank == BankKind::Vector,
           .advanced = true});
    v("num_experts", o.num_experts,
      Meta{.label = MOELORA_TEXT("options", "Experts"),
           .help =
               MOELORA_TEXT("options", "Low-rank experts at each adapted layer. 1 is plain LoRA."),
           .min = 1,
           .max = 64});
    v("rank", o.rank,
      Meta{.label = MOELORA_TEXT("options", "Rank r"),
           .help = MOELORA_TEXT("options",
                                "Rank of each expert (or of all together, see the rank rule)."),
           .min = 1,
           .max = 1024,
           .enabled = low_rank});
    v("alpha", o.alpha,
      Meta{.label = MOELORA_TEXT("options", "Alpha"),
           .help =
               MOELORA_TEXT("options", "The update is scaled by alpha / r (see the scale rule)."),
           .min = 1e-6,
           .max = 65536,
           .enabled = by_alpha});
    v("top_k", o.top_k,
      Meta{.label = MOELORA_TEXT("options", "Active experts k"),
           .help = MOELORA_TEXT("options",
                                "Experts that a token uses with the gate topk. soft_topk measures "
                                "by the k-th likeliest; relative keeps at most 2k where it is "
                                "hard."),
           .min = 1,
           .max = 64,
           .enabled = o.gate == GateKind::TopK || o.gate == GateKind::SoftTopK ||
                      o.gate == GateKind::Relative});
    v("dropout", o.dropout,
      Meta{.label = MOELORA_TEXT("options", "Dropout"),
           .help = MOELORA_TEXT("options", "On the input of the experts, in training only."),
           .max = 0.95,
           .enabled = low_rank});
    v("router", o.router,
      Meta{.label = MOELORA_TEXT("options", "Router"),
           .help = MOELORA_TEXT("options",
                                "token: a linear router looks at each token. token_activation: at "
                                "what an ia3 expert scales; per_head: the same, head by head. "
                                "task: the sample's task alone decides. low_rank: at A x of the "
                                "shared A. instance: at the mean of the sample's prompt. "
                                "zero_param: the first channels of output and update decide, "
                                "without weights. none: no mixture."),
           .advanced = true});
    v("router_scope", o.router_scope,
      Meta{.label = MOELORA_TEXT("options", "Router scope"),
           .help = MOELORA_TEXT("options",
                                "per_site: one router for each adapted layer. per_block: one for "
                                "q, k, v and one for gate, up, down of a layer. global: one for "
                                "the whole model (task router)."),
           .enabled = mixture,
           .advanced = true});
    v("task_embedding", o.task_embedding,
      Meta{.label = MOELORA_TEXT("options", "Task embedding"),
           .help = MOELORA_TEXT("options", "Width of a task's vector in the task router."),
           .min = 1,
           .max = 4096,
           .enabled = o.router == RouterKind::Task,
           .advanced = true});
    v("num_tasks", o.num_tasks,
      Meta{.label = MOELORA_TEXT("options", "Tasks"),
           .help = MOELORA_TEXT("options",
                                "Tasks the task router knows. 0: as many as the data set has."),
           .max = 100000,
           .enabled = o.router == RouterKind::Task,
           .advanced = true});
    v("gate", o.gate,
      Meta{.label = MOELORA_TEXT("options", "Gate"),
           .help = MOELORA_TEXT(
               "options",
               "softmax uses all experts by their probability, topk the k likeliest, "
               "straight_through the likeliest at full weight with softmax's gradient. top_p: the "
               "likeliest until their sum passes the level. threshold: those that reach the level; "
               "threshold_shifted weighs by what exceeds it. relative compares with the likeliest "
               "expert, soft_topk with the k-th. normalised_sigmoid decides on each expert by "
               "itself and shares out."),
           .enabled = mixture,
           .advanced = true});
    v("gate_level", o.gate_level,
      Meta{.label = MOELORA_TEXT("options", "Gate level"),
           .help = MOELORA_TEXT(
               "options",
               "With top_p: the sum of probabilities that is enough. With a threshold: the "
               "probability an expert must reach (where none does, nothing is added). With "
               "relative: the share of the likeliest expert's probability."),
           .max = 1,
           .enabled = o.gate == GateKind::TopP || o.gate == GateKind::Threshold ||
                      o.gate == GateKind::ThresholdShifted || o.gate == GateKind::Relative,
           .advanced = true});
    v("gate_level_learned", o.gate_level_learned,
      Meta{.label = MOELORA_TEXT("options", "Learnt gate level"),
           .help = MOELORA_TEXT("options",
                                "With threshold_shifted: each token's own level, learnt, between "
                                "0 and the gate level (which may be 0 for 1 / experts)."),
           .enabled = o.gate == GateKind::ThresholdShifted,
           .advanced = true});
    v("gate_softness", o.gate_softness,
      Meta{.label = MOELORA_TEXT("options", "Gate softness"),
           .help = MOELORA_TEXT("options",
                                "With relative and soft_topk: how gradually experts below the "
                                "level fade out. relative with 0 drops them."),
           .max = 10,
           .enabled = o.gate == GateKind::Relative || o.gate == GateKind::SoftTopK,
           .advanced = true});
    v("gate_temperature", o.gate_temperature,
      Meta{.label = MOELORA_TEXT("options", "Gate temperature"),
           .help = MOELORA_TEXT("options",
                                "Divides the router's outputs before the softmax: below 1 the "
                                "likeliest expert wins more clearly, above 1 less."),
           .min = 0.01,
           .max = 100,
           .enabled = mixture,
           .advanced = true});
    v("gate_jitter", o.gate_jitter,
      Meta{.label = MOELORA_TEXT("options", "Gate jitter"),
           .help = MOELORA_TEXT("options",
                                "In training, multiplies by random numbers between 1 - this and "
                                "1 + this."),
           .max = 0.99,
           .enabled = mixture,
           .advanced = true});
    v("gate_jitter_on", o.gate_jitter_on,
      Meta{.label = MOELORA_TEXT("options", "Gate jitter on"),
           .help = MOELORA_TEXT("options",
                                "input (what a router of tokens sees) or logits (its outputs)."),
           .enabled = mixture && o.gate_jitter > 0,
           .advanced = true});
    v("gate_relaxed", o.gate_relaxed,
      Meta{.label = MOELORA_TEXT("options", "Relaxed draws"),
           .help = MOELORA_TEXT("options",
                                "With normalised_sigmoid: in training each expert is drawn, as a "
                                "relaxed coin (one draw a sample where the router looks at tasks "
                                "or prompts)."),
           .enabled = o.gate == GateKind::NormalisedSigmoid,
           .advanced = true});
    v("gate_renormalise", o.gate_renormalise,
      Meta{.label = MOELORA_TEXT("options", "Renormalise the chosen"),
           .help = MOELORA_TEXT("options",
                                "With topk and top_p: divide the chosen weights by their sum. With "
                                "k = 1 the router then gets no gradient from the task."),
           .enabled = o.gate == GateKind::TopK || o.gate == GateKind::TopP,
           .advanced = true});
    v("router_bias", o.router_bias,
      Meta{.label = MOELORA_TEXT("options", "Router bias"),
           .help = MOELORA_TEXT("options", "Gives the router a bias for each expert."),
           .enabled = mixture,
           .advanced = true});
    v("router_init_std", o.router_init_std,
      Meta{.label = MOELORA_TEXT("options", "Router initial deviation"),
           .help = MOELORA_TEXT("options",
                                "Standard deviation of the router's first weights. 0 takes the "
                                "usual uniform initialisation."),
           .max = 10,
           .enabled = mixture,
           .advanced = true});
    v("router_mix", o.router_mix,
      Meta{.label = MOELORA_TEXT("options", "Share of the update"),
           .help = MOELORA_TEXT("options",
                                "With zero_param: how far the update decides, the layer's own "
                                "output the rest."),
           .max = 1,
           .enabled = o.router == RouterKind::ZeroParam,
           .advanced = true});
    v("router_norm", o.router_norm,
      Meta{.label = MOELORA_TEXT("options", "Largest value of"),
           .help = MOELORA_TEXT("options",
                                "With zero_param: what its inputs are divided by is taken over "
                                "each token, or, as published, over the whole batch, whose "
                                "samples then depend on one another."),
           .enabled = o.router == RouterKind::ZeroParam,
           .advanced = true});
    v("gate_dropout", o.gate_dropout,
      Meta{.label = MOELORA_TEXT("options", "Gate dropout"),
           .help = MOELORA_TEXT("options", "Share of router outputs dropped in training."),
           .max = 0.95,
           .enabled = mixture,
           .advanced = true});
    v("gate_dropout_on", o.gate_dropout_on,
      Meta{.label = MOELORA_TEXT("options", "Gate dropout on"),
           .help = MOELORA_TEXT("options",
                                "logits (before the softmax) or probs (after it, as the published "
                                "recipe is written)."),
           .enabled = mixture && o.gate_dropout > 0,
           .advanced = true});
    v("balance", o.balance,
      Meta{.label = MOELORA_TEXT("options", "Balance loss"),
           .help = MOELORA_TEXT("options",
                                "switch keeps experts equally busy; localized (LoRAMoE) gives each "
                                "half of them to one sample type; none leaves it to the task. "
                                "importance_cv2, importance_scv and kl_uniform look at mean "
                                "probabilities alone; z_loss keeps the router's outputs small; "
                                "switch_threshold counts what exceeds the threshold (AdaMoLE); "
                                "switch_by_sample keeps them busy within each sample."),
           .enabled = mixture});
    v("balance_coef", o.balance_coef,
      Meta{.label = MOELORA_TEXT("options", "Balance weight"),
           .help = MOELORA_TEXT("options",
                                "Factor of the balance loss. With a batch of one it balances "
                                "within a single sample."),
           .max = 10,
           .enabled = mixture && o.balance != BalanceKind::None});
    v("balance_kl", o.balance_kl,
      Meta{.label = MOELORA_TEXT("options", "Added KL to uniform"),
           .help = MOELORA_TEXT("options",
                                "So much of kl_uniform is added to the balance loss, before its "
                                "weight."),
           .max = 10,
           .enabled = mixture && o.balance != BalanceKind::None,
           .advanced = true});
    v("balance_divide_by_k", o.balance_divide_by_k,
      Meta{.label = MOELORA_TEXT("options", "Divide load by k"),
           .help = MOELORA_TEXT("options", "Balanced value 1 instead of k."),
           .enabled = mixture && o.balance == BalanceKind::Switch,
           .advanced = true});
    v("balance_tokens", o.balance_tokens,
      Meta{.label = MOELORA_TEXT("options", "Balanced tokens"),
           .help = MOELORA_TEXT("options",
                                "all, attention (without padding), response, image (the pictures' "
                                "places) or text (all but those). Routing statistics count the "
                                "same tokens."),
           .enabled = mixture,
           .advanced = true});
    v("balance_reduce", o.balance_reduce,
      Meta{.label = MOELORA_TEXT("options", "Balance over sites"),
           .help =
               MOELORA_TEXT("options",
                            "How the terms of the adapted layers become one number. The last "
                            "two take the tokens of a layer's sites, or of all sites, as if they "
                            "were one site's."),
           .enabled = mixture && o.balance != BalanceKind::None,
           .advanced = true});
    v("balance_delta", o.balance_delta,
      Meta{.label = MOELORA_TEXT("options", "Localized delta"),
           .help = MOELORA_TEXT("options",
                                "How far the localized loss pulls the halves of the experts apart "
                                "for the two sample types."),
           .max = 1,
           .enabled = mixture && o.balance == BalanceKind::Localized});
    v("balance_form", o.balance_form,
      Meta{.label = MOELORA_TEXT("options", "Localized form"),
           .help = MOELORA_TEXT("options",
                                "cv2: variance over squared mean, as the published code. "
                                "var_over_mean: as the paper."),
           .enabled = mixture && o.balance == BalanceKind::Localized,
           .advanced = true});
    v("balance_by_length", o.balance_by_length,
      Meta{.label = MOELORA_TEXT("options", "Localized by length"),
           .help = MOELORA_TEXT("options",
                                "Divide each sample's sums by its tokens, so that unequal lengths "
                                "do not count as imbalance. The published code does not."),
           .enabled = mixture && o.balance == BalanceKind::Localized,
           .advanced = true});
    v("expert_groups", o.expert_groups,
      Meta{.label = MOELORA_TEXT("options", "Expert groups"),
           .help = MOELORA_TEXT("options",
                                "Names of the first and the second half of the experts, for the "
                                "table of gate weights."),
           .enabled = mixture,
           .advanced = true});
    v("rank_rule", o.rank_rule,
      Meta{.label = MOELORA_TEXT("options", "Rank rule"),
           .help = MOELORA_TEXT("options",
                                "per_expert: each expert has rank r. total: r is shared out."),
           .advanced = true});
    v("scale_rule", o.scale_rule,
      Meta{.label = MOELORA_TEXT("options", "Scale rule"),
           .help = MOELORA_TEXT("options", "What alpha is divided by."),
           .advanced = true});
    v("scale", o.scale,
      Meta{.label = MOELORA_TEXT("options", "Fixed scale"),
           .help = MOELORA_TEXT("options", "The scale itself, with the scale rule fixed."),
           .min = 1e-6,
           .max = 65536,
           .enabled = o.scale_rule == ScaleRule::Fixed,
           .advanced = true});
    v("scale_eta", o.scale_eta,
      Meta{.label = MOELORA_TEXT("options", "Eta"),
           .help = MOELORA_TEXT("options",
                                "With the scale rule goat_theory: the scale is the square root of "
                                "3 eta times the layer's inputs over the expert's rank."),
           .min = 1e-6,
           .max = 65536,
           .enabled = o.scale_rule == ScaleRule::GoatTheory,
           .advanced = true});
    v("init", o.init,
      Meta{
          .label = MOELORA_TEXT("options", "Expert initialisation"),
          .help = MOELORA_TEXT("options",
                               "kaiming_zero and normal_zero leave the model unchanged at the "
                               "start; default_both does not. pissa starts from the strongest "
                               "directions of the layer's weight, svd_pieces gives each expert a "
                               "piece of them; what they add at the start is taken off again. "
                               "loftq starts from what quantisation took from the weight. uniform: "
                               "A, or the scaling vectors, between two numbers."),
          .advanced = true});
    v("init_low", o.init_low,
      Meta{.label = MOELORA_TEXT("options", "Initial values from"),
           .help = MOELORA_TEXT("options", "Lowest first value with uniform."),
           .min = -10,
           .max = 10,
           .enabled = o.init == ExpertInit::Uniform,
           .advanced = true});
    v("init_high", o.init_high,
      Meta{.label = MOELORA_TEXT("options", "Initial values to"),
           .help = MOELORA_TEXT("options", "Highest first value with uniform."),
           .min = -10,
           .max = 10,
           .enabled = o.init == ExpertInit::Uniform,
           .advanced = true});
    v("init_divisor", o.init_divisor,
      Meta{.label = MOELORA_TEXT("options", "Singular values divided by"),
           .help = MOELORA_TEXT("options",
                                "With svd_pieces: the experts start from the weight's singular "
                                "values divided by this."),
           .min = 1e-3,
           .max = 1e6,
           .enabled = o.init == ExpertInit::SvdPieces,
           .advanced = true});
    v("init_share", o.init_share,
      Meta{.label = MOELORA_TEXT("options", "Start taken off"),
           .help = MOELORA_TEXT("options",
                                "With svd_pieces: this share of what the experts add at the start "
                                "is taken off the layer. 0: 1 / experts."),
           .max = 1,
           .enabled = o.init == ExpertInit::SvdPieces,
           .advanced = true});
    v("modulation_shared", o.modulation_shared,
      Meta{.label = MOELORA_TEXT("options", "Shared modulation"),
           .help = MOELORA_TEXT("options",
                                "With the expert kind modulation: one more vector that every token "
                                "uses, behind a learnt factor that starts at 0."),
           .enabled = o.bank == BankKind::Modulation,
           .advanced = true});
    v("init_std", o.init_std,
      Meta{.label = MOELORA_TEXT("options", "Initial deviation"),
           .help = MOELORA_TEXT("options", "Standard deviation with normal_zero."),
           .min = 1e-6,
           .max = 10,
           .enabled = o.init == ExpertInit::NormalZero,
           .advanced = true});
    v("dropout_site", o.dropout_site,
      Meta{.label = MOELORA_TEXT("options", "Dropout place"),
           .help = MOELORA_TEXT("options", "input, or rank (between A and B)."),
           .enabled = o.dropout > 0,
           .advanced = true});
    v("dropout_draw", o.dropout_draw,
      Meta{.label = MOELORA_TEXT("options", "Dropout draw"),
           .help = MOELORA_TEXT(
               "options",
               "shared: one draw for all experts, fast. per_expert: as the published systems do."),
           .enabled = o.dropout > 0,
           .advanced = true});
    v("layer_experts", o.layer_experts,
      Meta{.label = MOELORA_TEXT("options", "Experts per layer"),
           .help = MOELORA_TEXT("options",
                                "One number for each text layer. Empty: the same everywhere."),
           .min = 1,
           .max = 64,
           .advanced = true});
    v("allocation", o.allocation,
      Meta{.label = MOELORA_TEXT("options", "Experts per group of layers"),
           .help = MOELORA_TEXT("options",
                                "Experts of equal groups of text layers, from the input up: 2, 4, "
                                "6, 8 puts most at the top. Empty: the same everywhere."),
           .min = 1,
           .max = 64,
           .advanced = true});
    v("layer_ranks", o.layer_ranks,
      Meta{.label = MOELORA_TEXT("options", "Ranks per layer"),
           .help = MOELORA_TEXT("options",
                                "One number for each text layer. Empty: the same everywhere."),
           .min = 1,
           .max = 1024,
           .advanced = true});
    v("site_axes", o.site_axes,
      Meta{.label = MOELORA_TEXT("options", "Single layers"),
           .help = MOELORA_TEXT(
               "options",
               "What differs where, as PATTERN: rank=4, experts=2, top_k=1, alpha=8 (any of them). "
               "Patterns as in the targets; later entries count."),
           .advanced = true});
}

template <class Self, class V>
void TrainOptions::describe(Self& o, V&& v) {
    v("batch_size", o.batch_size,
      Meta{.label = MOELORA_TEXT("options", "Batch size"),
           .help = MOELORA_TEXT("options", "Samples in one forward pass."),
           .min = 1,
           .max = 4096});
    v("gradient_accumulation", o.gradient_accumulation,
      Meta{.label = MOELORA_TEXT("options", "Accumulation"),
           .help = MOELORA_TEXT("options", "Micro-batches of one update."),
           .min = 1,
           .max = 65536});
    v("pack_tokens", o.pack_tokens,
      Meta{.label = MOELORA_TEXT("options", "Tokens in one pass"),
           .help = MOELORA_TEXT(
               "options",
               "Micro-batches of one update are computed together while they have no more tokens "
               "than this: the same gradient in less time, with more memory. 0: up to 1024 where "
               "the base is quantised and it fits, else as 1. 1: each on its own."),
           .max = 1048576,
           .advanced = true});
    v("epochs", o.epochs,
      Meta{
          .label = MOELORA_TEXT("options", "Epochs"),
          .help = MOELORA_TEXT("options", "Passes over the data; ignored when max_steps is given."),
          .min = 1e-6,
          .max = 100000});
    v("max_steps", o.max_steps,
      Meta{.label = MOELORA_TEXT("options", "Updates"),
           .help = MOELORA_TEXT("options", "Number of updates. 0: as the epochs say."),
           .max = 1e9});
    v("learning_rate", o.learning_rate,
      Meta{.label = MOELORA_TEXT("options", "Learning rate"),
           .help = MOELORA_TEXT("options", "The schedule's highest value."),
           .max = 10});
    v("schedule", o.schedule,
      Meta{
          .label = MOELORA_TEXT("options", "Schedule"),
          .help = MOELORA_TEXT("options",
                               "linear and cosine fall to zero, cosine-restarts again and again, "
                               "polynomial to a last rate, inverse-sqrt ever more slowly; constant "
                               "stays.")});
    v("schedule_cycles", o.schedule_cycles,
      Meta{.label = MOELORA_TEXT("options", "Cycles"),
           .help = MOELORA_TEXT("options",
                                "Of cosine, and of cosine-restarts. 0: half a cycle, and one."),
           .max = 1e6,
           .advanced = true});
    v("schedule_power", o.schedule_power,
      Meta{.label = MOELORA_TEXT("options", "Power"),
           .help = MOELORA_TEXT("options", "Of polynomial; 1 falls in a straight line."),
           .max = 100,
           .advanced = true});
    v("schedule_end", o.schedule_end,
      Meta{.label = MOELORA_TEXT("options", "Last learning rate"),
           .help = MOELORA_TEXT("options", "Of polynomial."),
           .max = 10,
           .advanced = true});
    v("schedule_timescale", o.schedule_timescale,
      Meta{.label = MOELORA_TEXT("options", "Time scale"),
           .help = MOELORA_TEXT("options",
                                "Of inverse-sqrt: after three times as many updates the rate has "
                                "halved. 0: the warm-up, or 10,000 without one."),
           .unit = "updates",
           .max = 1e9,
           .advanced = true});
    v("warmup_steps", o.warmup_steps,
      Meta{.label = MOELORA_TEXT("options", "Warm-up"),
           .help = MOELORA_TEXT("options",
                                "Updates of rising learning rate; below 1 a share of all updates."),
           .max = 1e9});
    v("optimizer", o.optimizer,
      Meta{.label = MOELORA_TEXT("options", "Optimizer"),
           .help = MOELORA_TEXT("options",
                                "adamw8bit keeps AdamW's moments of tensors from 4096 values on in "
                                "8 bits, as bitsandbytes does: a quarter of their memory."),
           .advanced = true});
    v("weight_decay", o.weight_decay,
      Meta{.label = MOELORA_TEXT("options", "Weight decay"),
           .help = MOELORA_TEXT("options", "Decoupled, of AdamW."),
           .max = 1,
           .advanced = true});
    v("beta1", o.beta1,
      Meta{.label = MOELORA_TEXT("options", "Beta 1"),
           .help = MOELORA_TEXT("options", "AdamW's decay of the first moment."),
           .max = 0.999999,
           .advanced = true});
    v("beta2", o.beta2,
      Meta{.label = MOELORA_TEXT("options", "Beta 2"),
           .help = MOELORA_TEXT("options", "AdamW's decay of the second moment."),
           .max = 0.9999999,
           .advanced = true});
    v("epsilon", o.epsilon,
      Meta{.label = MOELORA_TEXT("options", "Epsilon"),
           .help = MOELORA_TEXT("options", "AdamW's guard against division by zero."),
           .min = 1e-16,
           .max = 1,
           .advanced = true});
    v("max_grad_norm", o.max_grad_norm,
      Meta{.label = MOELORA_TEXT("options", "Gradient clipping"),
           .help = MOELORA_TEXT("options", "Largest norm of the whole gradient. 0: no clipping."),
           .max = 1e9,
           .advanced = true});
    v("gradient_checkpointing", o.gradient_checkpointing,
      Meta{
          .label = MOELORA_TEXT("options", "Gradient checkpointing"),
          .help = MOELORA_TEXT(
              "options",
              "Recompute each layer in the backward pass: less memory, about a third more time.")});
    v("seed", o.seed,
      Meta{.label = MOELORA_TEXT("options", "Seed"),
           .help = MOELORA_TEXT("options", "Of data order, initial weights and dropout."),
           .max = 4294967295.0});
    v("save_every", o.save_every,
      Meta{.label = MOELORA_TEXT("options", "Save every"),
           .help = MOELORA_TEXT("options", "Updates between checkpoints. 0: only at the end."),
           .unit = "updates",
           .max = 1e9});
    v("eval_every", o.eval_every,
      Meta{.label = MOELORA_TEXT("options", "Evaluate every"),
           .help =
               MOELORA_TEXT("options", "Updates between evaluations. 0: at the end of each epoch."),
           .unit = "updates",
           .max = 1e9});
    v("router_every", o.router_every,
      Meta{
          .label = MOELORA_TEXT("options", "Router record every"),
          .help = MOELORA_TEXT("options", "Updates between records of the gate weights. 0: never."),
          .unit = "updates",
          .max = 1e9,
          .advanced = true});
    v("probe_every", o.probe_every,
      Meta{.label = MOELORA_TEXT("options", "Probe captions every"),
           .help = MOELORA_TEXT(
               "options",
               "Updates between captions of the probe pictures. 0: only at start and end."),
           .unit = "updates",
           .max = 1e9});
    v("probe_images", o.probe_images,
      Meta{.label = MOELORA_TEXT("options", "Probe pictures"),
           .help = MOELORA_TEXT("options", "Fixed pictures that are captioned while training."),
           .max = 64});
    v("keep_last", o.keep_last,
      Meta{.label = MOELORA_TEXT("options", "Checkpoints kept"),
           .help = MOELORA_TEXT("options", "The newest ones; older ones are removed."),
           .min = 1,
           .max = 10000,
           .advanced = true});
    v("keep_best", o.keep_best,
      Meta{.label = MOELORA_TEXT("options", "Keep the best"),
           .help =
               MOELORA_TEXT("options", "Also keep the checkpoint of the lowest evaluation loss."),
           .advanced = true});
    v("disk_reserve", o.disk_reserve,
      Meta{
          .label = MOELORA_TEXT("options", "Disk reserve"),
          .help = MOELORA_TEXT("options",
                               "Space that checkpoints leave free, as in 2GiB or 500MB: a run that "
                               "would need more does not start, and one that meets less pauses "
                               "or stops as on a full disk. Empty: none."),
          .advanced = true});
    v("early_stop_patience", o.early_stop_patience,
      Meta{.label = MOELORA_TEXT("options", "Early stop"),
           .help = MOELORA_TEXT("options",
                                "End the run after so many evaluations without a lower loss; the "
                                "adapter is then the best one, if it is kept. 0: never."),
           .unit = "evaluations",
           .max = 100000,
           .advanced = true});
    v("on_nonfinite", o.on_nonfinite,
      Meta{.label = MOELORA_TEXT("options", "On a loss of NaN, infinity or 0"),
           .help = MOELORA_TEXT(
               "options",
               "stop the run, skip the update, or roll back: go on from the newest checkpoint "
               "with the data behind it. Weights are never touched by it."),
           .advanced = true});
    v("on_out_of_memory", o.on_out_of_memory,
      Meta{.label = MOELORA_TEXT("options", "When the memory is used up"),
           .help = MOELORA_TEXT(
               "options",
               "stop: save and end the run. split: first give unused memory back, then make the "
               "update again with fewer samples at a time, which learns the same. ladder: then "
               "also smaller pictures for the sample that does not fit, then without it."),
           .advanced = true});
}

template <class Self, class V>
void GenerateOptions::describe(Self& o, V&& v) {
    v("max_new_tokens", o.max_new_tokens,
      Meta{.label = MOELORA_TEXT("options", "Longest answer"),
           .help = MOELORA_TEXT("options", "Tokens of an answer at most."),
           .unit = "tokens",
           .min = 1,
           .max = 32768});
    v("do_sample", o.do_sample,
      Meta{.label = MOELORA_TEXT("options", "Sample"),
           .help = MOELORA_TEXT("options",
                                "Off: always the likeliest token, so that answers repeat.")});
    v("temperature", o.temperature,
      Meta{.label = MOELORA_TEXT("options", "Temperature"),
           .help = MOELORA_TEXT("options", "Below 1 sharper, above 1 flatter."),
           .min = 0.01,
           .max = 100,
           .enabled = o.do_sample});
    v("top_k", o.top_k,
      Meta{.label = MOELORA_TEXT("options", "Top-k"),
           .help = MOELORA_TEXT("options", "Sample among the k likeliest. 0: all."),
           .max = 1e6,
           .enabled = o.do_sample});
    v("top_p", o.top_p,
      Meta{.label = MOELORA_TEXT("options", "Top-p"),
           .help = MOELORA_TEXT("options", "Sample among the likeliest that hold this share."),
           .min = 1e-6,
           .max = 1,
           .enabled = o.do_sample});
    v("repetition_penalty", o.repetition_penalty,
      Meta{.label = MOELORA_TEXT("options", "Repetition penalty"),
           .help = MOELORA_TEXT("options", "Above 1: tokens already said become less likely."),
           .min = 0.01,
           .max = 100});
    v("seed", o.seed,
      Meta{.label = MOELORA_TEXT("options", "Sampling seed"),
           .help = MOELORA_TEXT("options", "Of the random draw."),
           .max = 4294967295.0,
           .enabled = o.do_sample});
    v("batch_size", o.batch_size,
      Meta{.label = MOELORA_TEXT("options", "Pictures at once"),
           .help = MOELORA_TEXT("options", "Pictures that are captioned together."),
           .min = 1,
           .max = 1024});
}

template <class Self, class V>
void DeviceOptions::describe(Self& o, V&& v) {
    v("name", o.name,
      Meta{.label = MOELORA_TEXT("options", "Device"),
           .help = MOELORA_TEXT("options",
                                "auto, cpu, cuda or cuda:N. auto takes CUDA where it works."),
           .preset = false});
    v("threads", o.threads,
      Meta{.label = MOELORA_TEXT("options", "Threads"),
           .help = MOELORA_TEXT("options", "Of the CPU. 0: one for each physical core."),
           .max = 1024,
           .preset = false});
    v("memory_budget", o.memory_budget,
      Meta{.label = MOELORA_TEXT("options", "Memory budget"),
           .help = MOELORA_TEXT("options",
                                "A training whose predicted peak is above it is refused before "
                                "anything is loaded, with what would make it fit: 8GiB, 500MB. "
                                "Empty: none."),
           .advanced = true,
           .preset = false});
    v("feature_cache", o.feature_cache,
      Meta{.label = MOELORA_TEXT("options", "Picture features in memory"),
           .help = MOELORA_TEXT("options",
                                "While nothing in the vision tower is trained, what it says of a "
                                "picture is computed once and kept, up to this size: 500MB, 2GiB. "
                                "Results stay the same. Empty: computed each time."),
           .advanced = true,
           .preset = false});
    v("feature_cache_disk", o.feature_cache_disk,
      Meta{.label = MOELORA_TEXT("options", "Picture features on disk"),
           .help = MOELORA_TEXT("options",
                                "The same on disk, for the next run, where memory is full or the "
                                "program starts again: 20GB. Empty: none."),
           .advanced = true,
           .preset = false});
    v("quantized_cache", o.quantized_cache,
      Meta{.label = MOELORA_TEXT("options", "Keep quantised weights"),
           .help = MOELORA_TEXT("options",
                                "A large model that is quantised while it is loaded is kept on "
                                "disk in that form, so that the next start takes seconds "
                                "('moelora cache' lists and removes it)."),
           .advanced = true,
           .preset = false});
    v("evict_vision", o.evict_vision,
      Meta{.label = MOELORA_TEXT("options", "Vision tower leaves memory"),
           .help = MOELORA_TEXT("options",
                                "Every picture is seen once before the first update, its features "
                                "are kept (feature_cache, feature_cache_disk), and the weights of "
                                "the vision tower leave memory; they come back while a picture is "
                                "seen that is not kept. Not where the tower is trained. Results "
                                "stay the same."),
           .advanced = true,
           .preset = false});
    v("cuda_graphs", o.cuda_graphs,
      Meta{.label = MOELORA_TEXT("options", "CUDA graphs"),
           .help = MOELORA_TEXT("options",
                                "While captions are written on a CUDA device, the launches of a "
                                "token are recorded once for each 64 tokens of length and then "
                                "replayed as one. Updates of a training are not recorded. Wants "
                                "a LibTorch that records CUDA devices: 2.15 does not, and the "
                                "option is refused there. Tested on the host alone."),
           .advanced = true,
           .preset = false});
}

}  // namespace moelora
