using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Kairos.Gateway;
using Microsoft.Extensions.DependencyInjection;

namespace Kairos.Benchmarks;

/// <summary>The benchmarks of one measurement. Public and open since BenchmarkDotNet derives from it.</summary>
public class MeasurementRounds : IDisposable
{
    /// <summary>Measurements of one call: enough that a switch of threads at its start weighs nothing.</summary>
    private const int Calls = 1_000_000;
    private const int SeriesCount = 20;

    // A power of two, so that taking the next costs a mask; more than the branch predictor learns by heart.
    private const int Durations = 1 << 14;

    private readonly double[] _seconds = new double[Durations];
    private readonly int[] _at = new int[Durations];
    private readonly (string Route, string Cluster, string Destination)[] _ids = new (string, string, string)[SeriesCount];
    private readonly RouteInFlight[] _routes = new RouteInFlight[SeriesCount];
    private ServiceProvider _services = null!;
    private RequestMeter _meter = null!;
    private Series _series = null!;
    private TwoThreads _threads = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _meter = new RequestMeter(new MeteringOptions(), new GatewayInstruments(_services.GetRequiredService<IMeterFactory>()));
        var random = new Random(5900);
        for (var i = 0; i < SeriesCount; i++)
        {
            _ids[i] = ($"orders-api-v{i}", $"orders-cluster-{i}", $"orders-{i}.shop.svc:8080");
            _meter.SeriesOf(_ids[i].Route, _ids[i].Cluster, _ids[i].Destination);
            _routes[i] = _meter.RouteOf(_ids[i].Route);
        }

        for (var i = 0; i < Durations; i++)
        {
            // Log-normal around 5 ms, as response times are: most within a factor of three, a long tail.
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            _seconds[i] = 0.005 * Math.Exp(normal);
            _at[i] = random.Next(SeriesCount);
        }

        _series = _meter.SeriesOf(_ids[0].Route, _ids[0].Cluster, _ids[0].Destination);
        _threads = new TwoThreads(() => RecordCalls(_series));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _threads.Dispose();
        _services.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Description = "counters and sketch of a known series", OperationsPerInvoke = Calls)]
    public void Record() => RecordCalls(_series);

    [Benchmark(Description = "lookup among 20 series, counters, sketch", OperationsPerInvoke = Calls)]
    public void LookupAndRecord()
    {
        for (var i = 0; i < Calls; i++)
        {
            var (route, cluster, destination) = _ids[_at[i & (Durations - 1)]];
            _meter.SeriesOf(route, cluster, destination).Record(200, _seconds[i & (Durations - 1)]);
        }
    }

    /// <summary>All that a request costs in the meter: in progress, lookup, body bytes, counters and sketch, not in progress.</summary>
    [Benchmark(Description = "begin, lookup, bytes in and out, counters, sketch, end", OperationsPerInvoke = Calls)]
    public void Request()
    {
        for (var i = 0; i < Calls; i++)
        {
            var at = _at[i & (Durations - 1)];
            var inFlight = _routes[at];
            inFlight.Begin();
            var (route, cluster, destination) = _ids[at];
            var series = _meter.SeriesOf(route, cluster, destination);
            series.AddReceived(500);
            series.AddSent(2_000);
            series.Record(200, _seconds[i & (Durations - 1)]);
            inFlight.End();
        }
    }

    /// <summary>Time of one thread for each of its own measurements, while the other does as many.</summary>
    [Benchmark(Description = "counters and sketch, 2 threads on one series", OperationsPerInvoke = Calls)]
    public void RecordOnTwoThreads() => _threads.Run();

    private void RecordCalls(Series series)
    {
        for (var i = 0; i < Calls; i++)
        {
            series.Record(200, _seconds[i & (Durations - 1)]);
        }
    }
}
