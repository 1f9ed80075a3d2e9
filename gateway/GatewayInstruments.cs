using System.Diagnostics.Metrics;

namespace Kairos.Gateway;

/// <summary>The gateway's own measurements, on the meter <c>Kairos.Gateway</c>: one counter a limit. Thread-safe.</summary>
internal sealed class GatewayInstruments
{
    private readonly Counter<long> _seriesOverflows;
    private readonly Counter<long> _ticksFolded;
    private readonly Counter<long> _reports;
    private readonly Counter<long> _silences;
    private readonly Counter<long> _framesSkipped;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _messagesRefused;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _sessionFailures;
    private readonly Counter<long> _catchUps;
    private readonly Counter<long> _missedSent;
    private readonly Counter<long> _missedReads;
    private readonly Counter<long> _scopesRefused;
    private readonly Counter<long> _rankingsRefused;
    private readonly Counter<long> _rankingsFailed;
    private readonly UpDownCounter<long> _connections;

    public GatewayInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("Kairos.Gateway");
        _seriesOverflows = meter.CreateCounter<long>("kairos.metering.overflows", "{request}", "Requests counted in the overflow series");
        _ticksFolded = meter.CreateCounter<long>("kairos.reporting.folded", "{tick}", "Ticks folded into the next because the buffer was full");
        _reports = meter.CreateCounter<long>("kairos.reporting.reports", "{report}", "Reports sent, by outcome");
        _silences = meter.CreateCounter<long>("kairos.fanout.silences", "{silence}", "Times that the stream of snapshots was silent and subscribed anew");
        _framesSkipped = meter.CreateCounter<long>("kairos.sockets.frames.skipped", "{frame}", "Frames replaced by a newer one before a slow socket took them");
        _refused = meter.CreateCounter<long>("kairos.sockets.refused", "{connection}", "Connections refused before the upgrade, by reason");
        _messagesRefused = meter.CreateCounter<long>("kairos.sockets.messages.refused", "{message}", "Client messages answered with an Error");
        _closed = meter.CreateCounter<long>("kairos.sockets.closed", "{connection}", "Connections ended, by reason");
        _sessionFailures = meter.CreateCounter<long>("kairos.sessions.failures", "{update}", "Session grains that could not be told; told again with the heartbeat");
        _catchUps = meter.CreateCounter<long>("kairos.sessions.catchups", "{catchup}", "Times that a session had missed Snapshots: after a reconnect, reading slowly, or where the node lost seconds");
        _missedSent = meter.CreateCounter<long>("kairos.sessions.missed.sent", "{frame}", "Snapshots sent again to sessions that had missed them");
        _missedReads = meter.CreateCounter<long>("kairos.sessions.missed.reads", "{read}", "Readings of the series for them, each shared by all that missed the same");
        _scopesRefused = meter.CreateCounter<long>("kairos.fanout.scopes.refused", "{subscription}", "Subscriptions to one scope more than this node may follow");
        _rankingsRefused = meter.CreateCounter<long>("kairos.fanout.rankings.refused", "{subscription}", "Subscriptions to one ranking more than this node may send");
        _rankingsFailed = meter.CreateCounter<long>("kairos.fanout.rankings.failed", "{ranking}", "Rankings that could not be read from the roll-up");
        _connections = meter.CreateUpDownCounter<long>("kairos.sockets.open", "{connection}", "Open sockets of the metrics stream");
    }

    public void SeriesOverflowed() => _seriesOverflows.Add(1);

    public void TickFolded() => _ticksFolded.Add(1);

    public void ReportSent(string outcome) => _reports.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void StreamSilent() => _silences.Add(1);

    public void FrameSkipped() => _framesSkipped.Add(1);

    public void ConnectionRefused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void MessageRefused() => _messagesRefused.Add(1);

    public void SessionUpdateFailed() => _sessionFailures.Add(1);

    public void CatchUpBegan() => _catchUps.Add(1);

    public void MissedSent(int frames) => _missedSent.Add(frames);

    public void MissedRead() => _missedReads.Add(1);

    public void ScopeRefused() => _scopesRefused.Add(1);

    public void RankingRefused() => _rankingsRefused.Add(1);

    public void RankingFailed() => _rankingsFailed.Add(1);

    public void ConnectionOpened() => _connections.Add(1);

    public void ConnectionClosed(string reason)
    {
        _connections.Add(-1);
        _closed.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }
}
