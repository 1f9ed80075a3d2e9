namespace Kairos.Gateway;

/// <summary>The next frames of a session that has fallen behind. Pure functions.</summary>
internal static class MissedBatch
{
    /// <summary>Frames put into a socket's writer at a time; the next ones when the transport has taken them.</summary>
    public const int FramesMax = 64;

    /// <summary>
    /// Seconds that are missing are given up when later ones have been known for so long: whoever tells of these tells of all that it has not told
    /// yet, so that only a node that could not report meanwhile may still tell of the former.
    /// </summary>
    public const int LateSeconds = 5;

    /// <summary>
    /// The frames on the grid after the last tick that the client has, as far as the reading goes. One that does not follow the frame before
    /// says why. None when nothing is known yet.
    /// </summary>
    /// <param name="reading">What there is.</param>
    /// <param name="metrics">What each frame has.</param>
    /// <param name="intervalSeconds">The width of the grid.</param>
    /// <param name="lastTick">The last tick that the client has.</param>
    /// <param name="missedMax">At most so many are sent again, the newest.</param>
    public static List<(long Tick, byte[] Frame, string? Gap)> Next(MissedReading reading, MetricSet metrics, int intervalSeconds, long lastTick, int missedMax)
    {
        var (tick, gap) = (lastTick + intervalSeconds, default(string));
        var due = (reading.ToTick - lastTick) / intervalSeconds;
        if (due > missedMax)
        {
            tick += (due - missedMax) * intervalSeconds;
            gap = SessionGap.TooMany(missedMax);
        }

        var lacking = reading.AfterTick - (tick - intervalSeconds);
        if (lacking > 0)
        {
            tick += (lacking + intervalSeconds - 1) / intervalSeconds * intervalSeconds;
            gap = SessionGap.TooOld;
        }

        var batch = new List<(long Tick, byte[] Frame, string? Gap)>();
        while (Known(reading, metrics, intervalSeconds, tick) is var (next, frame) && batch.Count < FramesMax)
        {
            if (next != tick)
            {
                if (reading.ToTick - next < LateSeconds)
                {
                    break;
                }

                gap ??= SessionGap.NoSeconds;
            }

            batch.Add((next, frame, gap));
            (tick, gap) = (next + intervalSeconds, null);
        }

        return batch;
    }

    /// <summary>The first tick of the grid of which something is known; null when there is none.</summary>
    private static (long Tick, byte[] Frame)? Known(MissedReading reading, MetricSet metrics, int intervalSeconds, long tick)
    {
        for (; tick <= reading.ToTick; tick += intervalSeconds)
        {
            if (reading.Frame(metrics, intervalSeconds, tick) is { } frame)
            {
                return (tick, frame);
            }
        }

        return null;
    }
}

/// <summary>Why the Snapshots of a session do not continue those before: docs/protocol.md, section "Sessions".</summary>
internal static class SessionGap
{
    public const string New = "The session is new";
    public const string Unknown = "The session is not known: it has expired, was closed or crowded out, or never was";
    public const string NoLastTick = "No last_tick was given";
    public const string Subscribed = "The subscription is new";
    public const string TooOld = "The series does not go back so far: seconds are kept for an hour of the cluster, for 15 minutes of other scopes";
    public const string NoSeconds = "The series has no such seconds: no gateway node reported in them, or no shard was reached for long";
    public const string NoAnswer = "The series does not answer: what was missed cannot be had now";

    public static string TooMany(int max) => $"Too many Snapshots were missed: at most {max} are sent again";
}
