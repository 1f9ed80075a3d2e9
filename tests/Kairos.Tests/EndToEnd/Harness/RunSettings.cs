using System.Globalization;

namespace Kairos.Tests.EndToEnd;

/// <summary>What the environment asks of a run.</summary>
internal static class RunSettings
{
    /// <summary>A whole number; null when it is not set.</summary>
    public static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : null;
}
