namespace Kairos.Gateway;

/// <summary>
/// Captures the meter several times a tick and right after its end, and reports to the node's shard: one report in flight, each with all
/// that storage lacks, so that a lost one costs nothing. One loop; proxying never waits for it.
/// </summary>
internal sealed class NodeReporter(
    IGrainFactory grains,
    GatewaySettings settings,
    RequestMeter meter,
    GatewayInstruments instruments,
    TimeProvider timeProvider,
    ILogger<NodeReporter> logger) : BackgroundService
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaveRetry = TimeSpan.FromMilliseconds(100);

    private readonly IMetricsShardGrain _shard = grains.GetGrain<IMetricsShardGrain>(settings.Shards.ShardOf(settings.Node.Id));
    private readonly ReportBuffer _buffer = new(settings.Node.Id, settings.Reporting.BufferTicks, meter, instruments);
    private bool _failing;

    /// <summary>Reports for the last time and waits, for a bounded time, until storage has everything: a graceful stop loses nothing.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // The host's time may be up already; the buffer is this method's only once the loop has ended.
        await (ExecuteTask ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var deadline = timeProvider.GetUtcNow() + LeaveTimeout;
        _buffer.Capture(OpenTick());
        while (timeProvider.GetUtcNow() < deadline)
        {
            var last = _buffer.Build(leaving: true);
            Settle(await SendAsync(last));
            if (_buffer.DurableTick >= last.ClosedTick)
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
            var wake = Task.Delay(UntilNext(), timeProvider, stoppingToken);
            await Task.WhenAny(inFlight is null ? [wake] : [wake, inFlight]);
            if (inFlight is { IsCompleted: true })
            {
                Settle(await inFlight);
                inFlight = null;
            }

            // The end of a tick that came while a report was under way is reported at once, not a period later.
            if (wake.IsCompleted || (inFlight is null && _buffer.ClosedTick > reported))
            {
                _buffer.Capture(OpenTick());
                if (inFlight is null)
                {
                    reported = _buffer.ClosedTick;
                    inFlight = SendAsync(_buffer.Build(leaving: false));
                }
            }
        }

        if (inFlight is not null)
        {
            Settle(await inFlight);
        }
    }

    private async Task<ReportAck?> SendAsync(NodeReport report)
    {
        try
        {
            return await _shard.ReportAsync(report).WaitAsync(AnswerTimeout, timeProvider);
        }
        catch (Exception e)
        {
            instruments.ReportSent("failed");
            if (!_failing)
            {
                logger.ReportingFailed(e);
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
            default:
                instruments.ReportSent("merged");
                _buffer.Acknowledge(ack.DurableTick);
                break;
        }

        if (_failing)
        {
            logger.ReportingResumed();
        }

        _failing = false;
    }

    private long OpenTick() => timeProvider.GetUtcNow().ToUnixTimeSeconds() + 1;

    /// <summary>To the next whole multiple of the period on the clock: one of them is the end of the tick.</summary>
    private TimeSpan UntilNext()
    {
        var period = settings.Reporting.Period.Ticks;
        return TimeSpan.FromTicks(period - (timeProvider.GetUtcNow().Ticks % period));
    }
}
