namespace Kairos.Client;

/// <summary>What a <see cref="MetricsStream"/> gives its reader: the events of docs/protocol.md, and <see cref="GapEvent"/>.</summary>
public abstract record MetricsEvent;

/// <summary>Values of the chosen metrics at one second ("On arrival" and "Further metrics" in docs/protocol.md).</summary>
/// <param name="Tick">Unix seconds, the same instant as the timestamp. Of one subscription each is the one before plus its interval.</param>
/// <param name="Timestamp">UTC, whole seconds: the end of the second that it includes.</param>
/// <param name="Values">By metric name, each in the metric's unit; null is a percentile of no request.</param>
public sealed record SnapshotEvent(long Tick, DateTimeOffset Timestamp, IReadOnlyDictionary<string, double?> Values) : MetricsEvent;

/// <summary>
/// Stands where Snapshots are lost, or may be: the next one does not continue the last one. Where a new subscription of one's own begins, there
/// is none.
/// </summary>
/// <param name="FromTick">Of the last Snapshot before; what is lost is after it.</param>
/// <param name="FirstTick">
/// Of the Snapshot that follows. It may be any, even <paramref name="FromTick"/> itself or one before, where the session had to begin anew.
/// </param>
/// <param name="Reason">One sentence of the node's ("Sessions" in docs/protocol.md).</param>
public sealed record GapEvent(long FromTick, long FirstTick, string Reason) : MetricsEvent;

/// <summary>Which session it is, and what the Snapshots from here on are of ("Sessions" in docs/protocol.md).</summary>
/// <param name="SessionId">What to come back with.</param>
/// <param name="Resumed">The cluster knew the session when this connection was made.</param>
/// <param name="Recovered">No Snapshot is missing between the last one and the next.</param>
/// <param name="Subscription">With its metrics' names resolved: aliases, and what <c>[]</c> and <c>["*"]</c> stand for.</param>
/// <param name="FirstTick">Of the next Snapshot, in Unix seconds; null when recovered.</param>
/// <param name="Reason">Why it is not recovered, in one sentence; null when it is.</param>
public sealed record SessionEvent(
    string SessionId,
    bool Resumed,
    bool Recovered,
    MetricsSubscription Subscription,
    long? FirstTick,
    string? Reason) : MetricsEvent;

/// <summary>The history of one metric ("History" in docs/protocol.md).</summary>
/// <param name="MetricName">Which.</param>
/// <param name="Points">Ascending, at most 720.</param>
public sealed record TimeSeriesEvent(string MetricName, IReadOnlyList<MetricsPoint> Points) : MetricsEvent;

/// <summary>A point of a history.</summary>
/// <param name="Timestamp">UTC: the last second of its step in which a node ran.</param>
/// <param name="Value">In the metric's unit.</param>
public readonly record struct MetricsPoint(DateTimeOffset Timestamp, double Value);

/// <summary>A ranking ("Rankings" in docs/protocol.md).</summary>
/// <param name="Timestamp">UTC, whole seconds.</param>
/// <param name="Of">Which scopes are ranked.</param>
/// <param name="By">The metric that ranks them.</param>
/// <param name="Items">Highest first.</param>
public sealed record TopNEvent(DateTimeOffset Timestamp, MetricsScopeKind Of, string By, IReadOnlyList<RankedScope> Items) : MetricsEvent;

/// <summary>One scope of a ranking.</summary>
/// <param name="Scope">Which.</param>
/// <param name="Value">Of the metric that ranks it.</param>
/// <param name="Values">Of the further metrics that were asked for, by name.</param>
public sealed record RankedScope(MetricsScope Scope, double Value, IReadOnlyDictionary<string, double?> Values);

/// <summary>A mistake in what was asked for, or a warning; the stream goes on ("Errors" in docs/protocol.md).</summary>
/// <param name="Message">One sentence.</param>
public sealed record ErrorEvent(string Message) : MetricsEvent;
