namespace Kairos.Gateway;

/// <summary>The tick now open, by the clock; where that is set back, by the time elapsed since. Used by one loop at a time.</summary>
internal sealed class NodeTicks(TimeProvider timeProvider)
{
    private long _tick;
    private long _at;

    /// <summary>Unix seconds of its end. Never goes back, and never stands still for long: a count belongs to a second that passes.</summary>
    public long Open()
    {
        var byClock = timeProvider.GetUtcNow().ToUnixTimeSeconds() + 1;
        var byTime = _tick + (long)timeProvider.GetElapsedTime(_at).TotalSeconds;
        if (byClock < byTime)
        {
            return byTime;
        }

        (_tick, _at) = (byClock, timeProvider.GetTimestamp());
        return byClock;
    }
}
