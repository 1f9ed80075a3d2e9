using System.Net;
using System.Text.Json;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// What one client of a session was sent, over all its connections, held against the protocol as it comes: what is not as promised is a
/// violation. Thread-safe.
/// </summary>
/// <param name="subscription">The client's own; until it is in force, what comes is checked and not kept.</param>
/// <param name="begun">Requests of its scope that have been begun until now.</param>
internal sealed class SessionRecord(ClientSubscription subscription, Func<long> begun)
{
    private readonly Lock _lock = new();
    private readonly List<(long Tick, long Total)> _snapshots = [];
    private readonly List<RecordedGap> _gaps = [];
    private readonly Dictionary<HttpStatusCode, int> _refusals = [];
    private List<string> _violations = [];
    private string _session = "";
    private bool _isMine;
    private int _interval = 1;
    private long _lastTotal;
    private (long FirstTick, string Reason)? _pending;

    /// <summary>The session's id; null before the first Session event.</summary>
    public string? Id { get; private set; }

    /// <summary>Of the last Snapshot read, whatever it was of; null before the first.</summary>
    public long? LastTick { get; private set; }

    /// <summary>The Snapshots of the client's own subscription.</summary>
    public IReadOnlyList<(long Tick, long Total)> Snapshots => Read<IReadOnlyList<(long, long)>>(() => [.. _snapshots]);

    /// <summary>Where Snapshots of its own subscription are missing, as it was told.</summary>
    public IReadOnlyList<RecordedGap> Gaps => Read<IReadOnlyList<RecordedGap>>(() => [.. _gaps]);

    /// <summary>The violations since the last call.</summary>
    public IReadOnlyList<string> TakeViolations() => Read<IReadOnlyList<string>>(() =>
    {
        var taken = _violations;
        _violations = [];
        return taken;
    });

    /// <summary>Attempts that did not become a connection, by the answer; 0 for none.</summary>
    public IReadOnlyDictionary<HttpStatusCode, int> Refusals => Read(_refusals.ToDictionary);

    /// <summary>A gateway did not let the client in, or did not answer.</summary>
    public void AddRefusal(HttpStatusCode answer)
    {
        lock (_lock)
        {
            _refusals[answer] = _refusals.GetValueOrDefault(answer) + 1;
            if (answer is not (0 or HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
                Violate_NeedsLock($"refused with {(int)answer}");
        }
    }

    public void AddViolation(string what) => Read(() =>
    {
        Violate_NeedsLock(what);
        return 0;
    });

    /// <summary>A Session event.</summary>
    /// <param name="session">The event.</param>
    /// <param name="isReturn">It is the first frame of a connection that is not the client's first.</param>
    /// <returns>It shows the client's own subscription.</returns>
    public bool TakeSession(JsonElement session, bool isReturn)
    {
        lock (_lock)
        {
            var id = session.GetProperty("session_id").GetString()!;
            if (id != (Id ??= id))
                Violate_NeedsLock($"it is session {id} now");
            if (isReturn && !session.GetProperty("resumed").GetBoolean())
                Violate_NeedsLock($"not resumed: {session}");
            var isMine = subscription.IsShownBy(session);
            if (_isMine && !isMine)
                Violate_NeedsLock($"another subscription: {session}");

            (_session, _interval) = (Shortened(session), session.GetProperty("subscription").GetProperty("interval_seconds").GetInt32());
            _pending = session.GetProperty("recovered").GetBoolean() ? null : (session.Count("first_tick"), session.Reason());
            if (isMine != _isMine)
                (_isMine, _lastTotal) = (isMine, 0);
            return isMine;
        }
    }

    public void TakeSnapshot(JsonElement snapshot)
    {
        var (tick, total, begunByNow) = (snapshot.SessionTick(), snapshot.Total(), begun());
        lock (_lock)
        {
            if (tick != snapshot.Tick() || snapshot.FieldNames()[^1] != "tick")
                Violate_NeedsLock($"a tick that is not its timestamp: {snapshot}");
            CheckTick_NeedsLock(tick);
            if (total < _lastTotal)
                Violate_NeedsLock($"{total} at {tick}, after {_lastTotal} at {LastTick}");
            if (_isMine && total > begunByNow)
                Violate_NeedsLock($"{total} at {tick}, though only {begunByNow} requests were begun");
            if (_isMine)
                _snapshots.Add((tick, total));
            (LastTick, _lastTotal) = (tick, total);
        }
    }

    private void CheckTick_NeedsLock(long tick)
    {
        if (_pending is not var (firstTick, reason))
        {
            if (tick != LastTick + _interval)
                Violate_NeedsLock($"{tick} came after {LastTick}, at {_interval} s");
            return;
        }

        _pending = null;
        if (tick != firstTick)
            Violate_NeedsLock($"{tick} came, announced was {firstTick}");
        if (_snapshots.Count == 0)
            return;
        _gaps.Add(new RecordedGap(LastTick!.Value, tick, reason));
        if (tick <= LastTick)
            Violate_NeedsLock($"{tick} came after {LastTick}, though it is later: {reason}");
        if ((tick - LastTick) % _interval != 0)
            Violate_NeedsLock($"{tick} is not on the grid of {LastTick} at {_interval} s: {reason}");
    }

    /// <summary>Without the subscription, which is the client's own or a violation.</summary>
    private static string Shortened(JsonElement session) =>
        string.Join(", ", session.EnumerateObject().Where(field => field.Name is "resumed" or "recovered" or "first_tick" or "reason").Select(field => $"{field.Name} {field.Value}"));

    private void Violate_NeedsLock(string what) => _violations.Add($"{Id} ({subscription}): {what}. The last Session event: {_session}");

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }
}
