using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Kairos;

/// <summary>
/// Reads options from .NET configuration and collects one sentence a mistake: the key, the value, and what is allowed.
/// Each property of an options class states its limits by <see cref="RangeAttribute"/>, <see cref="AllowedValuesAttribute"/> or
/// <see cref="RegularExpressionAttribute"/> (with a message that completes "it must be …").
/// </summary>
public sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> _mistakes = [];
    private readonly Dictionary<string, HashSet<string>> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sentences for the user; empty when all is well.</summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>Reads one section, such as <c>Kairos:Reporting</c>.</summary>
    public T Read<T>(string section)
        where T : class, new()
    {
        var options = new T();
        var known = _known[section] = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in typeof(T).GetProperties().Where(p => p.CanWrite))
        {
            known.Add(property.Name);
            var from = configuration.GetSection($"{section}:{property.Name}");
            if (property.PropertyType == typeof(string[]))
            {
                ReadList(options, property, from);
            }
            else if (from.Value is { } text)
            {
                ReadValue(options, property, from.Path, text);
            }
            else if (from.GetChildren().Any())
            {
                _mistakes.Add($"{from.Path} is a section; it must be {Allowed(property)}.");
            }
        }

        return options;
    }

    /// <summary>Adds a sentence for each key under <paramref name="root"/> that no read section has.</summary>
    public void RefuseUnknown(string root)
    {
        var sections = _known.Keys.Select(section => section[(root.Length + 1)..]).ToList();
        foreach (var section in configuration.GetSection(root).GetChildren())
        {
            if (!_known.TryGetValue(section.Path, out var keys))
            {
                _mistakes.Add($"{section.Path} is not a setting; those of {root} are {Listed(sections)}.");
                continue;
            }

            if (section.Value is { Length: > 0 } value)
            {
                _mistakes.Add($"{section.Path} is '{value}'; it must be a section with {Listed(keys)}.");
            }

            foreach (var unknown in section.GetChildren().Where(key => !keys.Contains(key.Key)))
            {
                _mistakes.Add($"{unknown.Path} is not a setting; those of {section.Path} are {Listed(keys)}.");
            }
        }
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));

    private void ReadValue(object options, PropertyInfo property, string path, string text)
    {
        if (TryParse(property.PropertyType, text.Trim(), out var value)
            && property.GetCustomAttributes<ValidationAttribute>().All(rule => Allows(rule, value)))
        {
            property.SetValue(options, value);
            return;
        }

        var means = value is TimeSpan { TotalDays: >= 1 } span && !text.Contains(':', StringComparison.Ordinal) ? $" ({span.TotalDays:0} days)" : "";
        _mistakes.Add($"{path} is '{text}'{means}; it must be {Allowed(property)}.");
    }

    private void ReadList(object options, PropertyInfo property, IConfigurationSection from)
    {
        // A list is an array in a file, or one text with commas on the command line and in the environment.
        var items = from.Value is { } text
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [.. from.GetChildren().Select(child => child.Value ?? "")];
        var rules = property.GetCustomAttributes<ValidationAttribute>().ToList();
        foreach (var item in items.Where(item => !rules.All(rule => Allows(rule, item))))
        {
            _mistakes.Add($"{from.Path} holds '{item}'; each of it must be {Allowed(property)}.");
        }

        if (items.Length > 0)
        {
            property.SetValue(options, items);
        }
    }

    // An empty text passes every RegularExpressionAttribute, whatever its pattern.
    private static bool Allows(ValidationAttribute rule, object? value) => rule is RegularExpressionAttribute expression && value is ""
        ? Regex.IsMatch("", $"^(?:{expression.Pattern})$")
        : rule.IsValid(value);

    private static bool TryParse(Type type, string text, out object? value)
    {
        value = null;
        try
        {
            value = type == typeof(string) ? text : TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            return true;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    private static string Allowed(PropertyInfo property)
    {
        var rules = property.GetCustomAttributes<ValidationAttribute>().ToList();
        return rules switch
        {
            [RangeAttribute range, ..] when property.PropertyType == typeof(TimeSpan) =>
                $"a duration from {range.Minimum} to {range.Maximum}, written hh:mm:ss or hh:mm:ss.fff",
            [RangeAttribute range, ..] => string.Create(CultureInfo.InvariantCulture, $"a whole number from {range.Minimum} to {range.Maximum}"),
            [AllowedValuesAttribute allowed, ..] => string.Join(" or ", allowed.Values.Select(v => $"'{v}'")),
            [{ ErrorMessage: { } message }, ..] => message,
            _ when property.PropertyType == typeof(bool) => "true or false",
            _ => "a text",
        };
    }
}
