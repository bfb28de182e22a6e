// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a type is a plain value through and through: numbers, enumerations, texts, containers and
// aggregates of these. Pointers of any kind, references, views, tensors and classes with something
// to hide are none. Decided by the compiler, field by field.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace moelora::test {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

// Stands for any value of a field. An optional takes it as its content.
struct AnyField {
    template <class T>
    requires(!IsOptional<T>::value) operator T() const;
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
    return requires {
        T{(static_cast<void>(I), AnyField{})...};
    };
}
template <class T, std::size_t N = 0>
constexpr std::size_t field_count() {
    if constexpr (takes<T>(std::make_index_sequence<N + 1>{}))
        return field_count<T, N + 1>();
    else
        return N;
}

// The types of the fields of an aggregate, as a tuple.
#define MOELORA_FIELDS(count, ...)                               \
    if constexpr (field_count<T>() == (count)) {                 \
        auto& [__VA_ARGS__] = value;                             \
        return std::tuple<decltype(field_types(__VA_ARGS__))>(); \
    } else
template <class... F>
std::tuple<std::remove_cvref_t<F>...> field_types(F&&...);

template <class T>
struct IsPlain;
template <class T>
inline constexpr bool is_plain = IsPlain<T>::value;

template <class T>
constexpr auto fields_of(T& value) {
    MOELORA_FIELDS(1, a)
    MOELORA_FIELDS(2, a, b)
    MOELORA_FIELDS(3, a, b, c)
    MOELORA_FIELDS(4, a, b, c, d)
    MOELORA_FIELDS(5, a, b, c, d, e)
    MOELORA_FIELDS(6, a, b, c, d, e, f)
    MOELORA_FIELDS(7, a, b, c, d, e, f, g)
    MOELORA_FIELDS(8, a, b, c, d, e, f, g, h)
    MOELORA_FIELDS(9, a, b, c, d, e, f, g, h, i)
    MOELORA_FIELDS(10, a, b, c, d, e, f, g, h, i, j)
    MOELORA_FIELDS(11, a, b, c, d, e, f, g, h, i, j, k)
    MOELORA_FIELDS(12, a, b, c, d, e, f, g, h, i, j, k, l)
    MOELORA_FIELDS(13, a, b, c, d, e, f, g, h, i, j, k, l, m)
    MOELORA_FIELDS(14, a, b, c, d, e, f, g, h, i, j, k, l, m, n)
    MOELORA_FIELDS(15, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
    MOELORA_FIELDS(16, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
    MOELORA_FIELDS(17, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)
    MOELORA_FIELDS(18, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
    MOELORA_FIELDS(19, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s)
    MOELORA_FIELDS(20, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t)
    MOELORA_FIELDS(21, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u)
    MOELORA_FIELDS(22, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v)
    return 0;  // more fields than are known here: not plain until a line is added
}
#undef MOELORA_FIELDS

template <class T>
struct IsPlain {
    static constexpr bool judge() {
        if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
            return true;
        else if constexpr (std::is_aggregate_v<T> && std::is_class_v<T>)
            return judge_fields(static_cast<decltype(fields_of(std::declval<T&>()))*>(nullptr));
        else
            return false;
    }
    template <class... F>
    static constexpr bool judge_fields(std::tuple<std::tuple<F...>>*) {
        return (is_plain<F> && ...);
    }
    static constexpr bool judge_fields(int*) { return false; }
    static constexpr bool value = judge();
};
template <>
struct IsPlain<std::string> : std::true_type {};
template <class T>
struct IsPlain<std::vector<T>> : IsPlain<T> {};
template <class T>
struct IsPlain<std::optional<T>> : IsPlain<T> {};
template <class T, std::size_t N>
struct IsPlain<std::array<T, N>> : IsPlain<T> {};
template <class A, class B>
struct IsPlain<std::pair<A, B>> : std::bool_constant<is_plain<A> && is_plain<B>> {};
template <class K, class V>
struct IsPlain<std::map<K, V>> : std::bool_constant<is_plain<K> && is_plain<V>> {};
template <class... T>
struct IsPlain<std::variant<T...>> : std::bool_constant<(is_plain<T> && ...)> {};

}  // namespace moelora::test
