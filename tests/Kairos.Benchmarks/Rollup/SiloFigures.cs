using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>Reads what a silo measures of itself, as Prometheus does.</summary>
internal static class SiloFigures
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>The sum over all labels of the measurement whose name begins so; 0 where there is none yet.</summary>
    public static async Task<double> ReadAsync(string silo, string name)
    {
        var text = await Client.GetStringAsync(new Uri($"{silo}metrics"));
        return text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(ValueOf(line), CultureInfo.InvariantCulture));
    }

    /// <summary>Behind the labels; a timestamp may follow.</summary>
    private static string ValueOf(string line) => line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is var words
        && line.Contains('}', StringComparison.Ordinal) ? words[0] : words[1];
}
