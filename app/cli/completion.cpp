// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "core/options/config.h"
#include "core/options/presets.h"

namespace moelora::cli {
namespace {

using Names = std::vector<std::string>;

struct Flag {
    std::string name, help;  // without dashes
    bool takes_value = false, takes_files = false;
    Names values;  // of a fixed choice
};

struct Verb {
    std::string path;  // "dataset check", "" for the program
    std::string help;
    Names sub_verbs, positional_values;
    bool takes_files = false;
    std::vector<Flag> flags;  // those of the program: of every verb
};

// "TEXT:{auto,cpu,cuda}", as a validator of choices describes itself.
Names choices_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t begin = type.find('{'), end = type.find('}');
    if (begin == std::string::npos || end == std::string::npos) return {};
    return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

// What --set of a verb begins with.
std::string keys_of(const std::string& verb) {
    if (verb == "resume") return "train.max_steps";
    return verb == "dataset check" ? "data." : verb == "adapter params" ? "adapter." : "";
}

Names values_of(const CLI::Option& option, const std::string& name, const std::string& verb) {
    if (name == "device") return {"auto", "cpu", "cuda"};
    if (name == "preset") return preset_names();
    if (name != "set") return choices_of(option);
    Names keys;
    const Json schema = options_schema();
    for (const Json& group : schema.at("groups"))
        for (const Json& field : group.at("fields"))
            keys.push_back(group.at("name").get<std::string>() + "." +
                           field.at("name").get<std::string>() + "=");
    std::erase_if(
        keys, [begin = keys_of(verb)](const std::string& key) { return !key.starts_with(begin); });
    return keys;
}

Flag flag_of(const CLI::Option& option, const std::string& name, const std::string& verb) {
    Flag flag{name, option.get_description(), option.get_expected_max() != 0, false,
              values_of(option, name, verb)};
    flag.takes_files =
        flag.takes_value && flag.values.empty() && option.get_type_name().starts_with("TEXT");
    return flag;
}

// The verb and those below it, the deepest last.
void collect(const CLI::App& app, const std::string& path, std::vector<Verb>& out) {
    Verb verb{path, app.get_description(), {}, {}, false, {}};
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) {
            verb.positional_values = choices_of(*option);
            verb.takes_files = verb.positional_values.empty();
        }
        for (const std::string& name : option->get_lnames())
            if (name != "help" || path.empty())  // the program's does for all
                verb.flags.push_back(flag_of(*option, name, path));
    }
    const auto below = app.get_subcommands({});
    for (const CLI::App* sub : below) verb.sub_verbs.push_back(sub->get_name());
    out.push_back(std::move(verb));
    for (const CLI::App* sub : below)
        collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
}

// ---- bash and zsh: one function tells what may follow the words before the cursor

std::string offer(const Names& words, bool files) {
    if (words.empty()) return files ? "echo FILES" : ":";
    return fmt::format("printf '%s\\n' {}{}", files ? "FILES " : "", fmt::join(words, " "));
}

// One branch for all options of a verb that take the same values.
std::string value_branches(const Verb& verb) {
    std::map<std::pair<Names, bool>, Names> by_values;
    for (const Flag& flag : verb.flags)
        if (flag.takes_value)
            by_values[{flag.values, flag.takes_files}].push_back(
                fmt::format("\"{}{}--{}\"", verb.path, verb.path.empty() ? "" : " ", flag.name));
    std::string out;
    for (const auto& [offered, patterns] : by_values)
        out += fmt::format("    {}) {}; return ;;\n", fmt::join(patterns, "|"),
                           offer(offered.first, offered.second));
    return out;
}

std::string offers_function(const std::vector<Verb>& verbs) {
    Names common, paths;
    for (const Flag& flag : verbs.front().flags) common.push_back("--" + flag.name);
    std::string values, words;
    for (const Verb& verb : verbs) {
        for (const std::string& sub : verb.sub_verbs)
            paths.push_back(fmt::format("\"{} {}\"", verb.path, sub));
        if (!verb.path.empty()) values += value_branches(verb);
        Names next = verb.sub_verbs;
        next.insert(next.end(), verb.positional_values.begin(), verb.positional_values.end());
        if (!verb.path.empty())
            for (const Flag& flag : verb.flags) next.push_back("--" + flag.name);
        next.insert(next.end(), common.begin(), common.end());
        words += fmt::format("    \"{}\") {} ;;\n", verb.path, offer(next, verb.takes_files));
    }
    return fmt::format(
        "# What may follow the words, one a line; FILES stands for files.\n"
        "_moelora_offers() {{\n"
        "  local given verb=\"\" last=\"\"\n"
        "  for given in \"$@\"; do\n"
        "    [ \"$given\" != \"=\" ] || continue\n"
        "    last=$given\n"
        "    case \"$verb $given\" in\n      {}) verb=\"${{verb:+$verb }}$given\" ;;\n    esac\n"
        "  done\n"
        "  case $last in -*) ;; *) last=\"\" ;; esac\n"
        "  case \"${{verb:+$verb }}$last\" in\n{}  esac\n"
        "  case $last in\n{}  esac\n"
        "  case $verb in\n{}  esac\n"
        "}}\n",
        fmt::join(paths, "|"), values, value_branches(verbs.front()), words);
}

constexpr const char* bash_glue = R"sh(_moelora() {
  local IFS=$'\n' now=${COMP_WORDS[COMP_CWORD]} offers
  [ "$now" != "=" ] || now=""
  offers=$(_moelora_offers "${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=($(compgen -W "${offers#FILES}" -- "$now"))
  case $offers in FILES*)
    case $now in -*) ;; *)
      COMPREPLY+=($(compgen -f -- "$now"))
      compopt -o filenames 2>/dev/null ;;
    esac ;;
  esac
  case ${COMPREPLY[0]} in *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _moelora moelora
)sh";

constexpr const char* zsh_glue = R"sh(_moelora() {
  local text found=1
  text=$(_moelora_offers "${(@)words[2,CURRENT-1]}")
  local -a offers=(${(f)text})
  [[ $offers[1] = FILES ]] && _files && found=0
  offers=(${offers:#FILES})
  compadd -S '' -- ${(M)offers:#*=} && found=0
  compadd -- ${offers:#*=} && found=0
  return found
}
if [[ $funcstack[1] = _moelora ]]; then
  _moelora "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _moelora moelora
fi
)sh";

// ---- fish: one line for each word

std::string quoted(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return "'" + out + "'";
}

// True where the verb was given and none below it; `inspect` is not `adapter inspect`.
std::string fish_condition(const Verb& verb, const std::vector<Verb>& all) {
    if (verb.path.empty()) return "__fish_use_subcommand";
    std::string out;
    for (const std::string& part : CLI::detail::split(verb.path, ' '))
        out += (out.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + part);
    Names others = verb.sub_verbs;
    for (const Verb& other : all)
        if (other.path != "" && std::find(other.sub_verbs.begin(), other.sub_verbs.end(),
                                          verb.path) != other.sub_verbs.end())
            others.push_back(other.path);
    if (!others.empty())
        out += fmt::format("; and not __fish_seen_subcommand_from {}", fmt::join(others, " "));
    return out;
}

std::string fish_flag(const Flag& flag, const std::string& condition) {
    std::string out = "complete -c moelora";
    if (!condition.empty()) out += " -n " + quoted(condition);
    out += " -l " + flag.name;
    if (flag.takes_value) out += flag.takes_files ? " -r -F" : " -x";
    if (!flag.values.empty())
        out += " -a " + quoted(fmt::format("{}", fmt::join(flag.values, " ")));
    return out + " -d " + quoted(flag.help) + "\n";
}

std::string fish_script(const std::vector<Verb>& verbs) {
    std::string out = "complete -c moelora -f\n";
    for (const Verb& verb : verbs) {
        const bool program = verb.path.empty();
        const std::string condition = fish_condition(verb, verbs);
        const std::string head = "complete -c moelora -n " + quoted(condition);
        for (const Verb& sub : verbs) {
            const std::string up = program ? "" : verb.path + " ";
            const bool below = !sub.path.empty() && sub.path.starts_with(up) &&
                               sub.path.find(' ', up.size()) == std::string::npos;
            if (below)
                out += fmt::format("{} -a {} -d {}\n", head, sub.path.substr(up.size()),
                                   quoted(sub.help));
        }
        for (const std::string& value : verb.positional_values)
            out += fmt::format("{} -a {}\n", head, value);
        if (verb.takes_files) out += head + " -F\n";
        for (const Flag& flag : verb.flags) out += fish_flag(flag, program ? "" : condition);
    }
    return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
    std::vector<Verb> verbs;
    collect(app, "", verbs);
    if (shell == "fish") return fish_script(verbs);
    const std::string offers = offers_function(verbs);
    return shell == "zsh" ? "#compdef moelora\n" + offers + zsh_glue : offers + bash_glue;
}

}  // namespace moelora::cli
