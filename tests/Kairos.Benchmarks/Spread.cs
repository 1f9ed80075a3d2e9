namespace Kairos.Benchmarks;

/// <summary>The middle of some figures and how far they scatter.</summary>
internal readonly record struct Spread(int Count, double Min, double LowerQuartile, double Median, double UpperQuartile, double Max)
{
    public static Spread Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return new(sorted.Length, sorted[0], Quantile(sorted, 0.25), Quantile(sorted, 0.5), Quantile(sorted, 0.75), sorted[^1]);
    }

    public string ToString(string format) => FormattableString.Invariant(
        $"{Median.ToString(format)} (quartiles {LowerQuartile.ToString(format)} to {UpperQuartile.ToString(format)}, all {Min.ToString(format)} to {Max.ToString(format)}, n {Count})");

    public static double Quantile(double[] sorted, double q)
    {
        var at = q * (sorted.Length - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
