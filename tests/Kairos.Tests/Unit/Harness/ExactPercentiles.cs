namespace Kairos.Tests.Unit;

/// <summary>Percentiles of durations that are all known, by nearest rank.</summary>
internal sealed class ExactPercentiles(IEnumerable<double> seconds)
{
    /// <summary>The metrics that tell percentiles, and which.</summary>
    public static readonly IReadOnlyDictionary<string, double> Metrics = new Dictionary<string, double>
    {
        ["response_time_p50"] = 0.5,
        ["response_time_p90"] = 0.9,
        ["response_time_p95"] = 0.95,
        ["response_time_p99"] = 0.99,
        ["response_time_p999"] = 0.999,
        ["response_time_max"] = 1,
    };

    private readonly double[] _sorted = [.. seconds.Order()];

    public int Count => _sorted.Length;

    /// <summary>In seconds.</summary>
    public double this[double quantile] => _sorted[Math.Max((int)Math.Ceiling(quantile * _sorted.Length) - 1, 0)];
}
