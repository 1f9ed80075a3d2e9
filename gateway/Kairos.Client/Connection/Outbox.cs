using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Kairos.Client;

/// <summary>
/// What is wanted of the node, and what of it the connection still has to send: one subscription, and one ranking of each kind. Of what waits,
/// the newest of each alone is sent, as fast as a node's limit of messages allows. Thread-safe; state under <c>_lock</c>.
/// </summary>
internal sealed class Outbox(TimeProvider timeProvider)
{
    /// <summary>Messages in a window of time: two fewer than a node allows unless it is told otherwise.</summary>
    public const int MessagesMax = 8;

    private const int SubscriptionSlot = 0;

    private static readonly TimeSpan MessagesWindow = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly byte[]?[] _wanted = new byte[]?[SubscriptionSlot + 1 + Enum.GetValues<MetricsScopeKind>().Length];
    private readonly byte[]?[] _unsent = new byte[]?[SubscriptionSlot + 1 + Enum.GetValues<MetricsScopeKind>().Length];
    private readonly Queue<long> _sentAt = new(MessagesMax);

    // One waiting word is as good as many.
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private MetricsSubscription? _subscription;

    // As a node last confirmed one of ours, and whether that was _subscription itself.
    private MetricsSubscription? _confirmed;
    private bool _isConfirmed;
    private bool _isOpen;

    public void Subscribe(MetricsSubscription subscription)
    {
        // The list may be the caller's own, and change.
        subscription = subscription with { Metrics = [.. subscription.Metrics] };
        var message = MessageWriter.Subscription(subscription);
        lock (_lock)
        {
            _subscription = subscription;
            _isConfirmed = false;
            Put_NeedsLock(SubscriptionSlot, message, message);
        }
    }

    public void Rank(MetricsRanking ranking)
    {
        var message = MessageWriter.Ranking(ranking);
        lock (_lock)
        {
            Put_NeedsLock(SlotOf(ranking.Of), message, message);
        }
    }

    public void Unrank(MetricsScopeKind of)
    {
        lock (_lock)
        {
            if (_wanted[SlotOf(of)] is not null)
            {
                Put_NeedsLock(SlotOf(of), null, MessageWriter.EndOfRanking(of));
            }
        }
    }

    /// <summary>
    /// A connection begins with this subscription, and no ranking. True when the subscription is one that was asked for, even if it is not the
    /// newest.
    /// </summary>
    public bool Open(SessionEvent session)
    {
        lock (_lock)
        {
            _isOpen = true;
            _sentAt.Clear();
            _wanted.CopyTo(_unsent);
            _changed.Writer.TryWrite(true);
            if (_subscription is null)
            {
                return true;
            }

            var restored = session.Subscription;
            var isOurs = restored.Means(_confirmed) || _subscription.Means(restored) || (!_isConfirmed && session.Resumed && _subscription.MayMean(restored));
            if (_isConfirmed ? restored.Means(_confirmed) : restored.Means(_subscription) && !_subscription.IncludeHistory)
            {
                _confirmed = restored;
                _isConfirmed = true;
                _unsent[SubscriptionSlot] = null;
            }

            return isOurs;
        }
    }

    /// <summary>A Session event that answers a message of ours.</summary>
    public void Confirm(SessionEvent session)
    {
        lock (_lock)
        {
            _confirmed = session.Subscription;
            _isConfirmed = _subscription?.MayMean(session.Subscription) ?? false;
        }
    }

    /// <summary>There is no connection: nothing is to be sent until the next one begins.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isOpen = false;
            Array.Clear(_unsent);
        }
    }

    /// <summary>The next message to send, when there is one and it may be sent.</summary>
    public async Task<byte[]> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(out var message, out var wait))
            {
                return message;
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, timeProvider, cancellationToken);
            }
            else
            {
                await _changed.Reader.ReadAsync(cancellationToken);
            }
        }
    }

    /// <summary>False when there is nothing to send; or not yet, then with how long to wait.</summary>
    private bool TryTake([NotNullWhen(true)] out byte[]? message, out TimeSpan wait)
    {
        lock (_lock)
        {
            (message, wait) = (null, TimeSpan.Zero);
            var slot = Array.FindIndex(_unsent, waiting => waiting is not null);
            if (slot < 0)
            {
                return false;
            }

            var now = timeProvider.GetTimestamp();
            while (_sentAt.TryPeek(out var oldest) && timeProvider.GetElapsedTime(oldest, now) >= MessagesWindow)
            {
                _sentAt.Dequeue();
            }

            if (_sentAt.Count == MessagesMax)
            {
                wait = MessagesWindow - timeProvider.GetElapsedTime(_sentAt.Peek(), now);
                return false;
            }

            (message, _unsent[slot]) = (_unsent[slot]!, null);
            _sentAt.Enqueue(now);
            return true;
        }
    }

    private void Put_NeedsLock(int slot, byte[]? wanted, byte[] message)
    {
        _wanted[slot] = wanted;
        if (_isOpen)
        {
            _unsent[slot] = message;
            _changed.Writer.TryWrite(true);
        }
    }

    private static int SlotOf(MetricsScopeKind kind) => SubscriptionSlot + 1 + (int)kind;
}
