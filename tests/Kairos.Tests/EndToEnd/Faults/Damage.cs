namespace Kairos.Tests.EndToEnd;

/// <summary>What a fault has done that is allowed.</summary>
/// <param name="LossMax">So many completed requests may be missing from the totals.</param>
/// <param name="Struck">Gateways whose own clients are allowed any silence.</param>
internal sealed record Damage(long LossMax, params IReadOnlyList<GatewayNode> Struck)
{
    public static Damage None { get; } = new(0);
}
