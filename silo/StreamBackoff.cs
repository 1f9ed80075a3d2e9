using Orleans.Runtime.Providers;

namespace Kairos.Silo;

/// <summary>How long a pulling agent waits before it tries again: by default up to 20 s, far too long for a snapshot a second.</summary>
internal sealed class StreamBackoff : IMessageDeliveryBackoffProvider, IQueueReaderBackoffProvider
{
    public static readonly StreamBackoff Instance = new();

    private static readonly TimeSpan Max = TimeSpan.FromMilliseconds(500);

    public TimeSpan Next(int attempt)
    {
        var wait = TimeSpan.FromMilliseconds(100 * Math.Clamp(attempt, 1, 5));
        return wait < Max ? wait : Max;
    }
}
