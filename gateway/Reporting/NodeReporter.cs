using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>
/// Captures the meter several times a tick and right after its end, and reports to the node's shard: one report in flight, each with what
/// storage lacks, so that a lost one costs nothing. One loop; proxying never waits for it.
/// </summary>
internal sealed class NodeReporter(
    IGrainFactory grains,
    GatewaySettings settings,
    RequestMeter meter,
    NodeGauges gauges,
    GatewayInstruments instruments,
    NodeLife life,
    TimeProvider timeProvider,
    ILogger<NodeReporter> logger) : BackgroundService
{
    /// <summary>A report that has no answer by then is given up for the next: its silo may be lost, and a repeat does no harm.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveAnswerTimeout = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaveRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Two processes of one name: the lease of a killed one (5 s) has run out by then, so that the other must be alive.</summary>
    private static readonly TimeSpan NameWait = TimeSpan.FromSeconds(6);

    /// <summary>A refused report is not tried again sooner: it takes an operator to change that.</summary>
    private static readonly TimeSpan RefusedWait = TimeSpan.FromSeconds(5);

    private readonly ReportBuffer _buffer = new(settings.Node.Id, settings.Shards.Count, settings.Reporting.BufferTicks, meter, gauges, instruments);
    private readonly NodeTicks _ticks = new(timeProvider);
    private bool _failing;
    private long? _nameTakenSince;
    private long? _refusedAt;

    /// <summary>Reports for the last time and waits, for a bounded time, until storage has everything: a graceful stop loses nothing.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // The host's time may be up already; the buffer is this method's only once the loop has ended.
        await (ExecuteTask ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var deadline = timeProvider.GetUtcNow() + LeaveTimeout;
        _buffer.Capture(_ticks.Open());
        while (timeProvider.GetUtcNow() < deadline && !IsRefused())
        {
            var last = _buffer.Build(leaving: true, draining: true);
            Settle(await SendAsync(last, LeaveAnswerTimeout));
            if (last.Leaving && _buffer.DurableTick >= last.ClosedTick)
            {
                return;
            }

            await Task.Delay(LeaveRetry, timeProvider, CancellationToken.None);
        }

        logger.LeftUnreported(LeaveTimeout.TotalSeconds);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task<ReportAck?>? inFlight = null;
        long reported = -1;
        while (!stoppingToken.IsCancellationRequested)
        {
            var wake = Task.Delay(_ticks.UntilNext(settings.Reporting.Period), timeProvider, stoppingToken);
            await Task.WhenAny(inFlight is null ? [wake] : [wake, inFlight]);
            if (inFlight is { IsCompleted: true })
            {
                Settle(await inFlight);
                inFlight = null;
            }

            // The end of a tick that came while a report was under way is reported at once, not a period later.
            if (wake.IsCompleted || (inFlight is null && _ticks.Open() - 1 > reported))
            {
                _buffer.Capture(_ticks.Open());
                if (inFlight is null && !IsRefused())
                {
                    reported = _buffer.ClosedTick;
                    inFlight = SendAsync(_buffer.Build(leaving: false, life.IsDraining), AnswerTimeout);
                }
            }
        }

        if (inFlight is not null)
        {
            Settle(await inFlight);
        }
    }

    private async Task<ReportAck?> SendAsync(NodeReport report, TimeSpan timeout)
    {
        try
        {
            // Looked up each time: before the first silo is reached nobody knows the grain.
            var shard = grains.GetGrain<IMetricsShardGrain>(settings.Shards.ShardOf(settings.Node.Id));
            return await shard.ReportAsync(report).WaitAsync(timeout, timeProvider);
        }
        catch (Exception e)
        {
            instruments.ReportSent("failed");
            if (!_failing)
            {
                // Orleans knows no grain before it has reached its first silo.
                logger.ReportingFailed(e is ArgumentException ? "no silo has been reached yet" : e.Reason());
            }

            _failing = true;
            return null;
        }
    }

    private void Settle(ReportAck? ack)
    {
        switch (ack)
        {
            case null:
                return;
            case { Outcome: ReportOutcome.Closed }:
                instruments.ReportSent("closed");
                logger.IncarnationClosed();
                _buffer.Reincarnate(ack.ClosedAt);
                break;
            case { Outcome: ReportOutcome.NameTaken }:
                instruments.ReportSent("name_taken");
                _buffer.Acknowledge(ack.DurableTick);
                WaitForName();
                return;
            case { Outcome: ReportOutcome.Refused }:
                instruments.ReportSent("refused");
                logger.ReportRefused(ack.Reason);
                _refusedAt = timeProvider.GetTimestamp();
                return;
            default:
                instruments.ReportSent("merged");
                _buffer.Acknowledge(ack.DurableTick);
                _nameTakenSince = null;
                break;
        }

        if (_failing)
        {
            logger.ReportingResumed();
        }

        _failing = false;
    }

    private void WaitForName()
    {
        if (_nameTakenSince is not { } since)
        {
            _nameTakenSince = timeProvider.GetTimestamp();
            logger.NameTaken(settings.Node.Id, NameWait.TotalSeconds);
        }
        else if (timeProvider.GetElapsedTime(since) >= NameWait)
        {
            life.StopWith(
                $"Kairos:Node:Id is '{settings.Node.Id}', and another running gateway of this cluster reports under that name; give each gateway a name of its own.");
        }
    }

    private bool IsRefused() => _refusedAt is { } at && timeProvider.GetElapsedTime(at) < RefusedWait;
}
