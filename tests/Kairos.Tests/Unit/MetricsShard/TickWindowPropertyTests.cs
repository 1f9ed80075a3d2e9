using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What a rollup has after any questions, lost answers and restarts of a shard.</summary>
public sealed class TickWindowPropertyTests
{
    private const long T = Make.Tick;

    [Fact]
    public void Tell_ARollupThatAsksNowAndThenAndMayMissAnswers_EndsWithEverythingOnce() =>
        Gen.Select(Gen.Int[0, 13], Gen.Int[0, 260], Gen.Int[0, 3]).Array[1, 120].Sample(steps =>
        {
            var (window, caller) = (new TickWindow(), new Caller());
            var (counted, now) = (0L, T);
            foreach (var (act, size, bucket) in steps)
            {
                switch (act)
                {
                    case 0:
                        // A while with a tick each second, in which nobody asks.
                        for (var second = 0; second < size; second++)
                            window.Note(++now + 1, "gw-2", default);
                        break;
                    case < 4: now++; break;
                    case < 6: window.Note(now + 1, "gw-1", new Gauges(size)); break;
                    case < 10:
                        // Up to 260 s late, or in the tick now open.
                        window.Add(act < 8 ? now + 1 : now - size, Make.Key with { Route = $"{bucket}" }, $"gw-{bucket}", Make.Counters(1), Make.Sketch((bucket, 1)));
                        counted++;
                        break;
                    case 10: caller.Ask(window, now, lost: true); break;
                    case 11: window = Serialization.RoundTrip(window.ToStored()); caller.Forget(); break;
                    default: caller.Ask(window, now, lost: false); break;
                }
            }

            caller.Ask(window, now + 1, lost: false);
            Assert.Equal(Make.Counters(counted), window.Total);
            Assert.Equal((Make.Counters(counted), counted), (caller.Sum.Counters, caller.Sum.Durations.Count));
        });

    private sealed class Caller
    {
        private ShardCursor _cursor = Make.FirstCursor;
        private bool _known;

        public Counts Sum { get; private set; } = new();

        public void Forget() => _known = false;

        public void Ask(TickWindow window, long upToTick, bool lost)
        {
            var (baseline, ticks) = window.Tell(_cursor, _known, upToTick);
            if (lost)
                return;
            Sum = baseline is null ? Sum : Shown.SumOf(Serialization.RoundTrip(baseline).Parts);
            foreach (var tick in ticks)
                Sum.Add(Shown.SumOf(Serialization.RoundTrip(tick).Added));
            (_cursor, _known) = (new ShardCursor(Guid.Empty, window.Version, upToTick, upToTick - 3), true);
        }
    }
}
