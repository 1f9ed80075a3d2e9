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

    /// <summary>
    /// To just after the next whole multiple of a period on the clock: one of them is the end of the tick. Timers count whole milliseconds
    /// and drop the rest; a wake-up just before the end would leave the tick open for another period.
    /// </summary>
    public TimeSpan UntilNext(TimeSpan period)
    {
        var left = TimeSpan.FromTicks(period.Ticks - (timeProvider.GetUtcNow().Ticks % period.Ticks));
        return TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds) + 1);
    }
}
