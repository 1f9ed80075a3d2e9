using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class TickWindowTests
{
    private const long T = Make.Tick;

    private readonly TickWindow _window = new();

    [Fact]
    public void Add_ALateCount_LandsInItsOwnTickAndRaisesAllLaterOnes()
    {
        Add(T, 1);
        Add(T + 2, 4);
        var version = _window.Version;
        Add(T + 1, 10);
        Assert.Equal([(T, 1), (T + 1, 11), (T + 2, 15)], Successes(All()));
        Assert.Equal([(T + 1, 11), (T + 2, 15)], Successes(_window.ChangedSince(version, T + 2, long.MaxValue, _ => 0)));
    }

    [Fact]
    public void Note_ATickWithoutRequests_IsATick()
    {
        _window.Note(T, "gw-1", 3);
        _window.Note(T, "gw-2", 4);
        var tick = Assert.Single(_window.ChangedSince(-1, -1, long.MaxValue, entry => entry.InFlight.Values.Sum()));
        Assert.Equal((T, 7, 2), (tick.Tick, tick.InFlight, tick.Nodes));
    }

    [Fact]
    public void Note_ARepeat_ChangesNothing()
    {
        _window.Note(T, "gw-1", 3);
        var version = _window.Version;
        _window.Note(T, "gw-1", 3);
        Assert.Equal(version, _window.Version);
        _window.Note(T, "gw-1", 4);
        Assert.NotEqual(version, _window.Version);
    }

    [Fact]
    public void Open_BeyondTheLength_FoldsTheOldestIntoTheBase()
    {
        for (var i = 0; i < TickWindow.LengthMax + 10; i++)
            Add(T + i, 1);
        var ticks = All();
        Assert.Equal((TickWindow.LengthMax, T + 10, 11), (ticks.Count, ticks[0].Tick, ticks[0].Counters.Successes));
        Assert.Equal(11, ticks[0].Changed[700]);
        Assert.Equal(Make.Counters(TickWindow.LengthMax + 10), _window.Total);

        // What is older than the window is counted in its oldest tick.
        Add(T, 5);
        Assert.Equal((T + 10, 16), Successes(All())[0]);
        Assert.Equal(Make.Counters(TickWindow.LengthMax + 15), _window.Total);
    }

    [Fact]
    public void ChangedSince_ACallerBehindTheWindow_GetsEveryBucketAnew()
    {
        Add(T, 1, bucket: 100);
        var version = _window.Version;
        for (var i = 1; i <= TickWindow.LengthMax; i++)
            Add(T + i, 1);

        // Up to date with the tick that was folded: only what it lacks.
        Assert.Equal(0, _window.ChangedSince(version, T, long.MaxValue, _ => 0)[0].Changed[100]);

        // The folded tick changed after the caller last asked: its buckets come with the first tick.
        Add(T + 1, 1, bucket: 101);
        version = _window.Version - 1;
        Add(T + TickWindow.LengthMax + 1, 1);
        var ticks = _window.ChangedSince(version, T + TickWindow.LengthMax, long.MaxValue, _ => 0);
        Assert.Equal((1, 1), (ticks[0].Changed[100], ticks[0].Changed[101]));

        // It never asked for the tick that was folded.
        Assert.Equal(1, _window.ChangedSince(_window.Version, T, long.MaxValue, _ => 0)[0].Changed[100]);
    }

    [Fact]
    public void ChangedSince_UpToATick_HoldsLaterOnesBack()
    {
        Add(T, 1);
        Add(T + 1, 1);
        Assert.Equal([(T, 1)], Successes(_window.ChangedSince(-1, -1, T, _ => 0)));
        Assert.Equal([(T + 1, 2)], Successes(_window.ChangedSince(_window.Version, T, T + 1, _ => 0)));
        Assert.Empty(_window.ChangedSince(_window.Version, T + 1, T + 1, _ => 0));
    }

    [Fact]
    public void ChangedSince_ARollupThatAsksNowAndThen_EndsWithEverything() =>
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 260], Gen.Int[0, 3]).Array[1, 120].Sample(steps =>
        {
            var window = new TickWindow();
            var caller = new ShardSeries();
            var (counted, now) = (0L, T);
            foreach (var (act, size, bucket) in steps)
            {
                switch (act)
                {
                    case 0:
                        // A while with a tick each second: the caller may fall behind the window.
                        for (var second = 0; second < size; second++)
                            window.Note(++now + 1, "gw-2", 0);
                        break;
                    case < 4: now++; break;
                    case < 6: window.Note(now + 1, "gw-1", size); break;
                    case < 11:
                        // Up to 260 s late, or in the tick now open.
                        window.Add(act < 8 ? now + 1 : now - size, Make.Counters(1), Make.Sketch((bucket, 1)));
                        counted++;
                        break;
                    default: Collect(window, caller, now); break;
                }
            }

            Collect(window, caller, now + 1);
            Assert.Equal(Make.Counters(counted), window.Total);
            Assert.Equal(Make.Counters(counted), caller.Latest);
            Assert.Equal(counted, caller.Durations.Count);
        });

    private static void Collect(TickWindow window, ShardSeries caller, long upToTick)
    {
        foreach (var tick in window.ChangedSince(caller.Cursor.Version, caller.Cursor.Tick, upToTick, _ => 0))
            caller.Merge(Serialization.RoundTrip(tick));
        caller.Cursor = new ShardCursor(Guid.Empty, window.Version, upToTick);
    }

    private static List<(long Tick, long Successes)> Successes(List<ShardTick> ticks) => [.. ticks.Select(t => (t.Tick, t.Counters.Successes))];

    private void Add(long tick, long successes, int bucket = 700) => _window.Add(tick, Make.Counters(successes), Make.Sketch((bucket, successes)));

    private List<ShardTick> All() => _window.ChangedSince(-1, -1, long.MaxValue, _ => 0);
}
