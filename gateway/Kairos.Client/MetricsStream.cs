using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Kairos.Client;

/// <summary>
/// A client of Kairos's metrics stream (docs/protocol.md) with a session: it connects again by itself, to any of the nodes that it was given,
/// and continues without a gap, or tells of one by a <see cref="GapEvent"/>. It is connected while it is read. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// var stream = new MetricsStream(new MetricsStreamOptions { Urls = [new("ws://gw-1:5900/ws/metrics"), new("ws://gw-2:5900/ws/metrics")] });
/// stream.Subscribe(new MetricsSubscription { Metrics = ["requests_per_second"], Scope = MetricsScope.Route("orders") });
/// await foreach (var e in stream.ReadAllAsync(cancellationToken))
/// {
///     if (e is SnapshotEvent snapshot)
///     {
///         Console.WriteLine($"{snapshot.Tick} {snapshot.Values["requests_per_second"]}");
///     }
/// }
/// </code>
/// </example>
[SuppressMessage("Naming", "CA1711", Justification = "It is the metrics stream that it reads, in all documents.")]
public sealed class MetricsStream
{
    /// <summary>Events that wait for the reader. While there are so many, the socket is not read.</summary>
    internal const int QueuedEventsMax = 256;

    private const long NoTick = -1;

    private readonly MetricsStreamOptions _options;
    private readonly Outbox _outbox;
    private int _isRead;
    private long _lastTick;

    /// <summary>Connects to nothing yet.</summary>
    /// <exception cref="ArgumentException">With a sentence for each mistake in the options.</exception>
    public MetricsStream(MetricsStreamOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _options = options with { Urls = [.. options.Urls] };
        _outbox = new Outbox(options.TimeProvider);
        (SessionId, _lastTick) = (options.SessionId, options.LastTick ?? NoTick);
    }

    /// <summary>Called after each change of <see cref="State"/>, by whoever makes it. What it throws ends the reading.</summary>
    public event Action<MetricsStreamState>? StateChanged;

    /// <summary>How it stands.</summary>
    public MetricsStreamState State { get; private set; } = new(MetricsStreamPhase.Closed);

    /// <summary>What to come back with after a restart; null until a node has chosen it. It is in each <see cref="SessionEvent"/> too.</summary>
    public string? SessionId { get; private set; }

    /// <summary>
    /// The tick of the last Snapshot that the reader is done with, in Unix seconds: it has asked for the next event. Whoever reads again continues
    /// after it; null before the first.
    /// </summary>
    public long? LastTick => Volatile.Read(ref _lastTick) is >= 0 and var tick ? tick : null;

    /// <summary>
    /// Replaces the subscription, now and on every further connection; without one a node's default holds. Snapshots of the one before may
    /// still come; the answer is a <see cref="SessionEvent"/>, the history where it was asked for, and the first Snapshot. A subscription that a
    /// node refuses (<see cref="ErrorEvent"/>) leaves the one before in force; where there is none, it is asked for again, of the next node.
    /// </summary>
    public void Subscribe(MetricsSubscription subscription)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        _outbox.Subscribe(subscription);
    }

    /// <summary>Asks for a ranking, now and on every further connection. It replaces another one of the same kind.</summary>
    public void Rank(MetricsRanking ranking)
    {
        ArgumentNullException.ThrowIfNull(ranking);
        _outbox.Rank(ranking);
    }

    /// <summary>Ends the ranking of a kind.</summary>
    public void Unrank(MetricsScopeKind of) => _outbox.Unrank(of);

    /// <summary>
    /// The events, from a first connection on until whoever reads stops. Heartbeats, and events that this client does not know, are left out.
    /// Snapshots come once each, in the order of their ticks. One reader at a time; a later one continues after <see cref="LastTick"/>.
    /// </summary>
    /// <exception cref="MetricsSessionEndedException">The session was taken over, or closed by an operator.</exception>
    /// <exception cref="MetricsStreamRefusedException">Every node refused the session's id or the last tick.</exception>
    /// <exception cref="InvalidOperationException">Somebody reads already.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<MetricsEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) == 1)
        {
            throw new InvalidOperationException("The stream is read already: it has one reader at a time.");
        }

        var cursor = new SessionCursor(SessionId, LastTick);
        var queue = Channel.CreateBounded<MetricsEvent>(new BoundedChannelOptions(QueuedEventsMax) { SingleReader = true, SingleWriter = true });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new StreamRun(_options, _outbox, cursor, queue.Writer, Enter).RunAsync(over.Token);
        try
        {
            await foreach (var e in queue.Reader.ReadAllAsync(cancellationToken))
            {
                SessionId = e is SessionEvent session ? session.SessionId : SessionId;
                yield return e;
                Volatile.Write(ref _lastTick, e is SnapshotEvent snapshot ? snapshot.Tick : _lastTick);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            await over.CancelAsync();
            await running;
            try
            {
                Enter(new MetricsStreamState(MetricsStreamPhase.Closed, State.Url));
            }
            finally
            {
                Volatile.Write(ref _isRead, 0);
            }
        }
    }

    private void Enter(MetricsStreamState state)
    {
        State = state;
        StateChanged?.Invoke(state);
    }
}
