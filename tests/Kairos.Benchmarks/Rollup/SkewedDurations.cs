namespace Kairos.Benchmarks;

/// <summary>Durations as services have them: log-normal, most within a factor of three, and a long tail. Used by one thread.</summary>
internal sealed class SkewedDurations(int seed)
{
    private const double MedianSeconds = 0.02;

    private readonly Random _random = new(seed);

    /// <summary>A duration in seconds of a route: each is a little slower than the one before.</summary>
    public double Next(int route)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return MedianSeconds * (1 + (route % 10)) * Math.Exp(normal);
    }

    /// <summary>Whole requests whose mean is this: at least one, since every route is active.</summary>
    public int Requests(double mean) => Math.Max(1, (int)mean + (_random.NextDouble() < mean % 1 ? 1 : 0));
}
