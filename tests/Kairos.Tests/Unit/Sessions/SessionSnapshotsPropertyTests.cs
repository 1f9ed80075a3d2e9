using CsCheck;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Whatever happens to a session, the ticks that its client has read are a grid without a hole, and no total falls.</summary>
public sealed class SessionSnapshotsPropertyTests
{
    private const long T = Make.Tick;

    private enum Step
    {
        /// <summary>A second passes, and the node has it.</summary>
        Publish,

        /// <summary>A second passes, and the node misses it.</summary>
        Miss,

        /// <summary>Requests of the second before are told late.</summary>
        Late,

        /// <summary>The client reads what there is.</summary>
        Read,

        /// <summary>The client loses its connection, with whatever it has not read, and comes back.</summary>
        Reconnect,

        /// <summary>The node fetches all that it has missed, as after silence.</summary>
        Backfill,
    }

    [Fact]
    public async Task Any_steps_leave_a_client_with_every_tick_once() =>
        await Gen.Select(Gen.Enum<Step>().Array[5, 60], Gen.Int[1, 4]).SampleAsync(
            async (steps, interval) =>
            {
                await using var run = new Run(interval);
                foreach (var step in steps)
                    await run.DoAsync(step);
                await run.EndAsync();
            },
            iter: 300,
            threads: 1);

    /// <summary>One node, one series and one client.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly SocketBed _bed = new();
        private readonly SeriesModel _series = new();
        private readonly SnapshotChoice _choice;
        private Peer _peer;
        private long _last = T;
        private long _total;

        public Run(int interval)
        {
            _choice = new SnapshotChoice(MetricTable.Guide | MetricTable.Find("requests_per_second")!.Value, interval, Scope.Cluster);
            _bed.Series.Seconds = (_, afterTick, _) => _series.Seconds(afterTick);
            _bed.Hub.Publish(_series.Snapshot(T));
            _peer = _bed.ConnectSession(_choice, T);
        }

        public async Task DoAsync(Step step)
        {
            switch (step)
            {
                case Step.Publish:
                    _bed.Hub.Publish(_series.Next(3));
                    break;
                case Step.Miss:
                    _series.Next(5);
                    break;
                case Step.Late when _series.Now > T + 1:
                    _series.Late(_series.Now - 1, 7);
                    break;
                case Step.Read:
                    await ReadAsync(_bed.Hub.Latest!.Tick);
                    break;
                case Step.Reconnect:
                    _peer.Vanish();
                    await _peer.EndAsync();
                    _peer = _bed.ConnectSession(_choice, _last);
                    break;
                case Step.Backfill:
                    _bed.Hub.Backfill([.. Enumerable.Range(0, (int)(_series.Now - T)).Select(i => _series.Snapshot(T + i))]);
                    _bed.Hub.Publish(_series.Snapshot(_series.Now));
                    break;
            }
        }

        public async Task EndAsync()
        {
            _bed.Hub.Publish(_series.Next(1));
            await ReadAsync(_series.Now);
            Assert.True(_series.Now - _last < _choice.IntervalSeconds);
        }

        public ValueTask DisposeAsync() => _bed.DisposeAsync();

        /// <summary>Reads up to the last tick of the grid that there is by then.</summary>
        private async Task ReadAsync(long upTo)
        {
            while (_last + _choice.IntervalSeconds <= upTo)
            {
                var message = await _peer.ReceiveAsync();
                if (message.GetProperty("type").GetString() == "Session")
                {
                    Assert.True(message.GetProperty("recovered").GetBoolean(), $"{message}");
                    continue;
                }

                Assert.Equal(_last + _choice.IntervalSeconds, message.GetProperty("tick").GetInt64());
                _last += _choice.IntervalSeconds;
                var total = message.GetProperty("requests_total").GetInt64();
                Assert.True(total >= _total, $"{total} at {_last}, after {_total}");
                _total = total;
            }
        }
    }
}
