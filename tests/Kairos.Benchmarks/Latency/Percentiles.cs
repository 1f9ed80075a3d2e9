namespace Kairos.Benchmarks;

/// <summary>Where most of some figures lie, and the worst of them.</summary>
internal readonly record struct Percentiles(int Count, double P50, double P90, double P99, double Max)
{
    public static Percentiles Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return new(sorted.Length, Spread.Quantile(sorted, 0.5), Spread.Quantile(sorted, 0.9), Spread.Quantile(sorted, 0.99), sorted[^1]);
    }
}
