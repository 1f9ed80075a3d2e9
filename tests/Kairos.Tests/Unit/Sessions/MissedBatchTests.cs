using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class MissedBatchTests
{
    private const long T = Make.Tick;

    /// <summary>Seconds of which nothing is known are lost only once later ones have been known for some time.</summary>
    [Theory]
    [InlineData(7, "1 2")]
    [InlineData(8, "1 2")]
    [InlineData(10, "1 2")]
    [InlineData(12, "1 2")]
    [InlineData(13, "1 2 !8 9 10 11 12 13")]
    [InlineData(20, "1 2 !8 9 10 11 12 13 14 15 16 17 18 19 20")]
    public void Next_SecondsThreeToSevenAreMissing_WaitsAndThenSaysSo(int now, string expected) =>
        Assert.Equal(expected, Shown(Next(Reading(now, 3, 4, 5, 6, 7), 1, T)));

    [Fact]
    public void Next_AnIntervalWithOneKnownSecond_IsKnown() => Assert.Equal("5 10", Shown(Next(Reading(10, 2, 3, 4, 5, 6, 8), 5, T)));

    [Fact]
    public void Next_SeveralHoles_SaysSoAtEach() => Assert.Equal("!2 3 !5 6 7 8 9 10", Shown(Next(Reading(10, 1, 4), 1, T)));

    [Fact]
    public void Next_MoreThanABatch_IsABatch() => Assert.Equal(MissedBatch.FramesMax, Next(Reading(500), 1, T).Count);

    [Fact]
    public void Next_MoreThanIsSentAgain_BeginsOnTheGrid() =>
        Assert.Equal("!103 106 109 112 115 118", Shown(MissedBatch.Next(Reading(120), MetricTable.Guide, 3, T + 1, missedMax: 6)));

    [Fact]
    public void Next_NothingNew_IsNothing() => Assert.Empty(Next(Reading(10), 4, T + 8));

    private static List<(long Tick, byte[] Frame, string? Gap)> Next(MissedReading reading, int interval, long lastTick) =>
        MissedBatch.Next(reading, MetricTable.Guide, interval, lastTick, missedMax: 3_600);

    /// <summary>Ticks after T, with a mark before those that do not follow.</summary>
    private static string Shown(List<(long Tick, byte[] Frame, string? Gap)> batch) =>
        string.Join(' ', batch.Select(frame => $"{(frame.Gap is null ? "" : "!")}{frame.Tick - T}"));

    private static MissedReading Reading(int seconds, params int[] absent)
    {
        var series = new SeriesModel();
        series.Absent.UnionWith(absent.Select(second => T + second));
        for (var i = 0; i < seconds; i++)
            series.Next(1);
        return MissedReading.Of(series.Seconds(T));
    }
}
