namespace Kairos.Gateway;

/// <summary>Where this node is between start and stop. Thread-safe.</summary>
internal sealed class NodeLife(IHostApplicationLifetime lifetime, TimeProvider timeProvider)
{
    private readonly long _startedAt = timeProvider.GetTimestamp();
    private volatile string? _mistake;

    /// <summary>The node is stopping: not ready, and no new sockets.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Since the host was built.</summary>
    public TimeSpan Age => timeProvider.GetElapsedTime(_startedAt);

    /// <summary>Why the node stopped by itself, for the user; null when it was told to.</summary>
    public string? Mistake => _mistake;

    public void Drain() => IsDraining = true;

    /// <summary>Stops the node in the regular way because of something that only its operator can mend.</summary>
    public void StopWith(string mistake)
    {
        if (Interlocked.CompareExchange(ref _mistake, mistake, null) is null)
        {
            lifetime.StopApplication();
        }
    }
}
