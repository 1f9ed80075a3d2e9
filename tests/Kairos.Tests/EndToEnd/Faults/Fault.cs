namespace Kairos.Tests.EndToEnd;

/// <summary>Something that goes wrong, or an operator does, in a cluster under load.</summary>
/// <param name="Name">For the log.</param>
/// <param name="SilenceMax">The longest time without a Snapshot at clients of the gateways that it does not strike.</param>
/// <param name="StrikeAsync">Does it, and makes good again what it took away; under load all the time.</param>
internal sealed record Fault(string Name, TimeSpan SilenceMax, Func<ClusterRig, Random, Task<Damage>> StrikeAsync)
{
    /// <summary>Of a process that ends, and of whatever else the stream should hardly notice.</summary>
    public static readonly TimeSpan ShortSilence = TimeSpan.FromSeconds(3);

    /// <summary>Of a silo that hangs and has to be found dead.</summary>
    public static readonly TimeSpan HangSilence = TimeSpan.FromSeconds(15);

    /// <summary>Of a cluster that has lost every silo.</summary>
    public static readonly TimeSpan TotalSilence = TimeSpan.FromSeconds(20);
}
