namespace Kairos.Gateway;

/// <summary>One socket's part in a session, from before the upgrade until it has ended.</summary>
internal sealed class SocketSession(string id, long connectedAt)
{
    /// <summary>Characters of an id, at least.</summary>
    public const int IdLengthMin = 16;

    /// <summary>At most.</summary>
    public const int IdLengthMax = 64;

    /// <summary>The session grain's key.</summary>
    public string Id => id;

    /// <summary>Different for every socket.</summary>
    public Guid Connection { get; } = Guid.NewGuid();

    /// <summary>Unix seconds.</summary>
    public long ConnectedAt => connectedAt;

    /// <summary>As granted; 1 for a session that begins with this socket.</summary>
    public long Epoch { get; set; } = 1;

    /// <summary>The cluster knew the session.</summary>
    public bool IsResumed { get; set; }

    /// <summary>Set with the upgrade.</summary>
    public MetricsSocket? Socket { get; set; }

    /// <summary>The grain may know of it; of <see cref="ClientSessions"/>.</summary>
    public bool HasReported { get; set; }

    /// <summary>The grain awaits an update; of <see cref="ClientSessions"/>.</summary>
    public int UpdatePending;

    /// <summary>The last call to the grain: the next one comes after it. Of <see cref="ClientSessions"/>.</summary>
    public Task Told { get; set; } = Task.CompletedTask;

    /// <summary>Characters that need no escape in a URL, and not too few to be drawn at random.</summary>
    public static bool IsId(string text) =>
        text.Length is >= IdLengthMin and <= IdLengthMax && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
