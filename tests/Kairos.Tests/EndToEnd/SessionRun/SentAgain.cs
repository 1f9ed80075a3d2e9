using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>How many Snapshots the gateways of a cluster have sent again, by their own count; what a process counted after it was last asked is not in it.</summary>
internal sealed partial class SentAgain(ClusterRig rig)
{
    private readonly Dictionary<GatewayProcess, long> _counts = [];

    /// <summary>Asks those that answer; the sum over all processes there were.</summary>
    public async Task<long> CountAsync()
    {
        foreach (var process in rig.Running.Select(node => node.Process))
        {
            var page = await process.Http.GetStringAsync(new Uri("metrics", UriKind.Relative), TestContext.Current.CancellationToken);
            _counts[process] = Sample().Matches(page).Sum(match => (long)double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        }

        return _counts.Values.Sum();
    }

    [GeneratedRegex(@"^kairos_sessions_missed_sent[a-z_]*(?:\{[^}]*\})? (\S+)", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
