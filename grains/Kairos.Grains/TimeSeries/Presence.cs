namespace Kairos.Grains;

/// <summary>In which of the last ticks a gateway node ran. Runs on the grain scheduler.</summary>
internal sealed class Presence
{
    /// <summary>More than an hour: beyond what can be open.</summary>
    public const int Ticks = 4_096;

    private readonly long[] _ticks = new long[Ticks];

    public void Add(long tick) => _ticks[tick % Ticks] = Math.Max(_ticks[tick % Ticks], tick);

    public bool Has(long tick) => _ticks[tick % Ticks] == tick;
}
