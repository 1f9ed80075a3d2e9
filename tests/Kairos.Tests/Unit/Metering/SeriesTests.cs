using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SeriesTests
{
    [Theory]
    [InlineData(100, 0)]
    [InlineData(101, 0)]
    [InlineData(199, 0)]
    [InlineData(200, 1)]
    [InlineData(299, 1)]
    [InlineData(304, 2)]
    [InlineData(404, 3)]
    [InlineData(499, 3)]
    [InlineData(500, 4)]
    [InlineData(599, 4)]
    [InlineData(99, 5)]
    [InlineData(600, 5)]
    [InlineData(999, 5)]
    [InlineData(0, 5)]
    [InlineData(-1, 5)]
    [InlineData(int.MinValue, 5)]
    public void Record_AStatus_CountsInItsClass(int status, int statusClass)
    {
        var series = new Series(Make.Key);
        series.Record(status, 0.5);
        series.RecordUntimed(status);
        var counted = new long[6];
        counted[statusClass] = 2;
        Assert.Equal(
            new RequestCounters(counted[0], counted[1], counted[2], counted[3], counted[4], counted[5], 1, 500_000), series.Counters(timedRequests: 1));
        Assert.Equal(2, series.Requests);
    }

    [Fact]
    public void Record_ADuration_IsRoundedToMicrosecondsAndFallsInItsBucket()
    {
        var series = new Series(Make.Key);
        series.Record(200, 0.000_001_4);
        series.Record(200, 0.000_001_6);
        series.Record(200, 2);
        Assert.Equal(1 + 2 + 2_000_000, series.Counters(3).DurationMicroseconds);
        Assert.Equal(2, series.Buckets[SketchLayout.ZeroBucket]);
        Assert.Equal(1, series.Buckets[SketchLayout.BucketOf(2)]);
    }

    [Fact]
    public void RecordUntimed_ALongLivedRequest_EntersNeitherDurationNorSketch()
    {
        var series = new Series(Make.Key);
        series.RecordUntimed(101);
        Assert.Equal(new RequestCounters(1, 0, 0, 0, 0, 0, 0, 0), series.Counters(0));
        Assert.All(series.Buckets, count => Assert.Equal(0, count));
    }

    [Fact]
    public void Counters_BytesAndErrors_AreEachCountedByThemselves()
    {
        var series = new Series(Make.Key);
        series.AddReceived(3);
        series.AddReceived(4);
        series.AddSent(10_000_000_000);
        series.RecordError(DestinationError.None);
        series.RecordError(DestinationError.Connect);
        for (var i = 0; i < 2; i++)
            series.RecordError(DestinationError.Timeout);
        for (var i = 0; i < 3; i++)
            series.RecordError(DestinationError.Reset);
        Assert.Equal(
            new RequestCounters { BytesReceived = 7, BytesSent = 10_000_000_000, ConnectErrors = 1, TimeoutErrors = 2, ResetErrors = 3 }, series.Counters(0));
        Assert.Equal(0, series.Requests);
    }

    [Fact]
    public async Task Record_FromSeveralThreads_LosesNothing()
    {
        const int Threads = 8;
        const int Each = 30_000;
        int[] statuses = [101, 200, 301, 404, 500, 999];
        var series = new Series(Make.Key);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                series.Record(statuses[i % statuses.Length], 0.001 * (1 + (i % 100)));
                series.AddReceived(1);
                series.AddSent(2);
            }
        })));

        const long Class = Threads * Each / 6;
        var durations = Threads * Enumerable.Range(0, Each).Sum(i => 1_000L * (1 + (i % 100)));
        Assert.Equal(new RequestCounters(Class, Class, Class, Class, Class, Class, 0, durations) { BytesReceived = Threads * Each, BytesSent = 2 * Threads * Each }, series.Counters(0));
        Assert.Equal(Threads * Each, series.Buckets.Sum());
    }
}
