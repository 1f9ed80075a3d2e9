using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>Figures with their spread, a line each.</summary>
internal static class FigureTable
{
    public static void PrintHeader() => Console.WriteLine($"{"",-44} {"median",8} {"p95",8} {"min",8} {"max",8} {"n",4}  bound");

    public static void Print(string what, string format, IEnumerable<double> figures, string bound = "")
    {
        double[] sorted = [.. figures.Order()];
        double[] spread = [Spread.Quantile(sorted, 0.5), Spread.Quantile(sorted, 0.95), sorted[0], sorted[^1]];
        var columns = string.Join(' ', spread.Select(figure => figure.ToString(format, CultureInfo.InvariantCulture).PadLeft(8)));
        Console.WriteLine($"{what,-44} {columns} {sorted.Length,4}  {bound}".TrimEnd());
    }
}
