using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class NodeTicksTests
{
    private readonly SettableClock _time = new(DateTimeOffset.FromUnixTimeSeconds(Make.Tick).AddMilliseconds(400));

    [Fact]
    public void Open_WithinASecond_IsTheSecondThatEnds()
    {
        var ticks = new NodeTicks(_time);
        Assert.Equal(Make.Tick + 1, ticks.Open());
        _time.Advance(TimeSpan.FromMilliseconds(599));
        Assert.Equal(Make.Tick + 1, ticks.Open());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Make.Tick + 2, ticks.Open());
    }

    [Fact]
    public void Open_AClockSetBack_GoesOnFromWhereItWas()
    {
        var ticks = new NodeTicks(_time);
        ticks.Open();
        _time.Set(TimeSpan.FromHours(-1));
        Assert.Equal(Make.Tick + 1, ticks.Open());
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(Make.Tick + 91, ticks.Open());

        // Beyond the moment at which the clock has caught up with where it was.
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(Make.Tick + 91 + 7_200, ticks.Open());
    }

    [Fact]
    public void Open_AClockSetForward_FollowsIt()
    {
        var ticks = new NodeTicks(_time);
        ticks.Open();
        _time.Set(TimeSpan.FromHours(1));
        Assert.Equal(Make.Tick + 3_601, ticks.Open());
    }

    [Fact]
    public void UntilNext_AtAnyInstant_EndsJustAfterThePeriodThoughTimersDropPartsOfAMillisecond()
    {
        var (ticks, period) = (new NodeTicks(_time), TimeSpan.FromMilliseconds(250));
        for (var i = 0; i < 5_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(1_234_567));
            var begun = _time.GetUtcNow().Ticks / period.Ticks;
            _time.Advance(TimeSpan.FromMilliseconds((long)ticks.UntilNext(period).TotalMilliseconds));

            Assert.Equal(begun + 1, _time.GetUtcNow().Ticks / period.Ticks);
            Assert.InRange(_time.GetUtcNow().Ticks % period.Ticks, TimeSpan.TicksPerMillisecond, 2 * TimeSpan.TicksPerMillisecond);
        }
    }

    /// <summary>A clock that can be set while time elapses.</summary>
    private sealed class SettableClock(DateTimeOffset now) : TimeProvider
    {
        private TimeSpan _elapsed;
        private TimeSpan _set;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _elapsed += by;

        public void Set(TimeSpan by) => _set += by;

        public override DateTimeOffset GetUtcNow() => now + _elapsed + _set;

        public override long GetTimestamp() => _elapsed.Ticks;
    }
}
