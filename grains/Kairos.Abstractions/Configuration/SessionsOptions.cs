using System.ComponentModel.DataAnnotations;

namespace Kairos;

/// <summary><c>Kairos:Sessions</c>: how sessions are kept. Of the silos, and of a standalone gateway.</summary>
public sealed class SessionsOptions
{
    /// <summary>A session without a connection is kept for so long.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Sessions kept; one more crowds out the one that has been without a connection for longest.</summary>
    [Range(1, 200_000)]
    public int Max { get; set; } = 20_000;
}
