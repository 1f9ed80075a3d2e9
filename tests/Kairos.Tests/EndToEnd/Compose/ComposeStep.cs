namespace Kairos.Tests.EndToEnd;

/// <summary>Something that an operator does to the cluster under load, or that happens to it.</summary>
/// <param name="Name">For the log.</param>
/// <param name="SilenceMax">The longest time without a Snapshot at any client.</param>
/// <param name="DoAsync">Does it, and returns when the cluster is whole again.</param>
internal sealed record ComposeStep(string Name, TimeSpan SilenceMax, Func<ComposeStack, ComposeClients, Task<Allowance>> DoAsync);

/// <summary>What a step may cost.</summary>
/// <param name="Failures">Requests that did not get the response that they had to.</param>
/// <param name="Loss">Completed requests that are missing from the totals.</param>
internal sealed record Allowance(int Failures, long Loss)
{
    public static Allowance Nothing { get; } = new(0, 0);

    /// <summary>What was under way when a process ended without a warning.</summary>
    public static Allowance InFlight { get; } = new(ComposeClients.InFlightMax, ComposeClients.InFlightMax);

    /// <summary>Requests fail for as long as a service that exists once is away; what was under way may be counted though its client never heard.</summary>
    public static Allowance Outage { get; } = new(int.MaxValue, ComposeClients.InFlightMax);
}
