using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>How often so many silos look into how many queues.</summary>
internal sealed record PullCase(int Silos, int Milliseconds, int Queues)
{
    /// <summary>Each on a cluster of its own, all at once: what disturbs one disturbs all.</summary>
    public static readonly PullCase[] OneSilo =
        [new(1, 5, 1), new(1, 10, 1), new(1, 20, 1), new(1, 50, 1), new(1, 100, 1), new(1, 10, 2), new(1, 10, 8), new(1, 100, 8)];

    public static readonly PullCase[] TwoSilos = [new(2, 10, 1), new(2, 10, 8), new(2, 100, 8)];

    public string ClusterId => string.Create(CultureInfo.InvariantCulture, $"pull-{Silos}-{Milliseconds}-{Queues}");
}
