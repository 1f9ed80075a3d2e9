namespace Kairos.Grains;

/// <summary>What storage holds of the sessions of a page.</summary>
[GenerateSerializer, Alias("Kairos.StoredSessions")]
internal sealed record StoredSessions([property: Id(0)] List<SessionState> Sessions);

/// <summary>
/// The sessions that are kept: so many, for so long, and each on its page of storage. Without storage and clock; instants are Unix seconds.
/// Runs on the grain scheduler.
/// </summary>
internal sealed class SessionTable(SessionsOptions options, GrainInstruments instruments)
{
    /// <summary>A change writes one of them, not everything. Storage knows the number: another one would not find what is there.</summary>
    public const int PageCount = 64;

    /// <summary>Of a session that looks connected nothing was told for so long: its node has died.</summary>
    public const int SilentSecondsMax = 300;

    private readonly Dictionary<string, (SessionState State, long ToldAt)>[] _pages =
        [.. Enumerable.Range(0, PageCount).Select(_ => new Dictionary<string, (SessionState, long)>())];

    // Without a connection, the longest first.
    private readonly SortedSet<SessionState> _idle = new(Comparer<SessionState>.Create((a, b) =>
        a.Since != b.Since ? a.Since.CompareTo(b.Since) : string.CompareOrdinal(a.Id, b.Id)));

    private readonly HashSet<int> _unwritten = [];

    // Made anew when it is asked for after a session has come or gone: that costs less than to keep it in order.
    private string[]? _ids;

    public int Count { get; private set; }

    /// <summary>Pages that storage does not have as they are.</summary>
    public IReadOnlyList<int> Unwritten => [.. _unwritten];

    /// <summary>They differ in what is worth a write: in more than how far their connection is.</summary>
    public static bool Differ(SessionState former, SessionState latter) =>
        former with { Progress = latter.Progress } != latter || !IsSame(former.Progress.Subscription, latter.Progress.Subscription);

    /// <summary>Takes over what storage has of a page.</summary>
    public void Restore(StoredSessions stored, long now)
    {
        foreach (var session in stored.Sessions)
        {
            Put(session, now);
        }
    }

    public SessionState? Find(string id, long now)
    {
        Expire(now);
        return PageOf(id).TryGetValue(id, out var kept) ? kept.State : null;
    }

    /// <summary>False when there is no room.</summary>
    public bool Keep(SessionState session, long now)
    {
        Expire(now);
        var page = PageOf(session.Id);
        if (page.TryGetValue(session.Id, out var kept))
        {
            // An older epoch was told late, and is not what holds.
            if (kept.State.Epoch <= session.Epoch)
            {
                Put(session, now);
                if (Differ(kept.State, session))
                {
                    MarkUnwritten(session.Id);
                }
            }

            return true;
        }

        while (Count >= options.Max)
        {
            if (_idle.Min is not { } longest)
            {
                instruments.SessionNotKept();
                return false;
            }

            Forget(longest.Id);
            instruments.SessionCrowdedOut();
        }

        Put(session, now);
        MarkUnwritten(session.Id);
        return true;
    }

    public void Forget(string id)
    {
        if (PageOf(id).Remove(id, out var kept))
        {
            _idle.Remove(kept.State);
            _ids = null;
            Count--;
            MarkUnwritten(id);
        }
    }

    /// <summary>In the order of their ids, from the one after <paramref name="after"/> on.</summary>
    public SessionPage List(string after, int max, long now)
    {
        Expire(now);
        if (_ids is null)
        {
            _ids = [.. _pages.SelectMany(page => page.Keys)];
            Array.Sort(_ids, string.CompareOrdinal);
        }

        var found = Array.BinarySearch(_ids, after, StringComparer.Ordinal);
        return new SessionPage(Count, [.. _ids.Skip(found < 0 ? ~found : found + 1).Take(max).Select(id => PageOf(id)[id].State)]);
    }

    /// <summary>Finds the sessions whose node died, and forgets those that were without a connection for too long. To be called now and then.</summary>
    public void Sweep(long now)
    {
        var silent = _pages.SelectMany(page => page.Values).Where(kept => kept.State.IsConnected && now - kept.ToldAt > SilentSecondsMax).ToList();
        foreach (var (session, toldAt) in silent)
        {
            Put(session with { IsConnected = false, Since = toldAt }, toldAt);
            MarkUnwritten(session.Id);
        }

        Expire(now);
    }

    /// <summary>What is to be written of a page; it counts as written from now on.</summary>
    public StoredSessions TakeUnwritten(int page)
    {
        _unwritten.Remove(page);
        return new StoredSessions([.. _pages[page].Values.Select(kept => kept.State)]);
    }

    /// <summary>A page could not be written.</summary>
    public void PutBack(int page) => _unwritten.Add(page);

    private static bool IsSame(Subscription a, Subscription b) =>
        a.IntervalSeconds == b.IntervalSeconds && a.Scope == b.Scope && a.Metrics.SequenceEqual(b.Metrics);

    private static int PageNumber(string id) => (int)(StableHash.Of(id) % PageCount);

    private Dictionary<string, (SessionState State, long ToldAt)> PageOf(string id) => _pages[PageNumber(id)];

    private void Expire(long now)
    {
        while (_idle.Min is { } longest && now - longest.Since > options.Retention.TotalSeconds)
        {
            Forget(longest.Id);
        }
    }

    private void Put(SessionState session, long toldAt)
    {
        var page = PageOf(session.Id);
        if (page.TryGetValue(session.Id, out var former))
        {
            _idle.Remove(former.State);
        }
        else
        {
            _ids = null;
            Count++;
        }

        page[session.Id] = (session, toldAt);
        if (!session.IsConnected)
        {
            _idle.Add(session);
        }
    }

    private void MarkUnwritten(string id) => _unwritten.Add(PageNumber(id));
}
