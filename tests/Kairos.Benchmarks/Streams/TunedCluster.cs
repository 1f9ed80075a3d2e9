using System.Globalization;
using Orleans.Streams;

namespace Kairos.Benchmarks;

/// <summary>Silos of one case, a client of theirs in this process, and its subscriptions. Disposing ends them. Used by one thread.</summary>
internal sealed class TunedCluster : IAsyncDisposable
{
    private static readonly TimeSpan SubscribeMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    private readonly List<ChildProcess> _silos = [];
    private readonly List<StreamProbe> _probes = [];
    private ClusterClient? _client;

    private TunedCluster(PullCase its) => Case = its;

    public PullCase Case { get; }

    /// <summary>CPU seconds of all its silos so far.</summary>
    public double Cpu => _silos.Sum(silo => CpuTime.Of(silo.Id));

    public double Megabytes => _silos.Sum(silo => ResidentMemory.OfInMegabytes(silo.Id));

    /// <summary>One on each stream.</summary>
    public IReadOnlyList<StreamProbe> Probes => _probes;

    public static async Task<TunedCluster> StartAsync(PullCase its, string redis, Scratch scratch)
    {
        var cluster = new TunedCluster(its);
        try
        {
            for (var i = 0; i < its.Silos; i++)
            {
                await cluster.StartSiloAsync(redis, scratch);
            }

            cluster._client = await ClusterClient.StartAsync(redis, its.ClusterId, services => TunedSilo.SetQueues(services, its.Queues));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Subscribes to so many streams.</summary>
    public async Task SubscribeAsync(int streams)
    {
        var provider = _client!.Grains.GetStreamProvider(SnapshotStreams.Provider);
        for (var i = 0; i < streams; i++)
        {
            var stream = provider.GetStream<Snapshot>(StreamId.Create("probes", i));
            var probe = new StreamProbe(stream);
            _probes.Add(probe);
            await SubscribeAsync(stream, probe);
        }
    }

    public void ThrowIfOneEnded()
    {
        foreach (var silo in _silos.Where(silo => silo.HasExited))
        {
            throw new BenchmarkException($"A silo of {Case} ended during the benchmark. It printed:\n{silo.Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }
    }

    private async Task StartSiloAsync(string redis, Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = scratch.NewFolder();
        string[] ports = [
            string.Create(CultureInfo.InvariantCulture, $"--Kairos:Silo:Port={FreePort.Next()}"),
            string.Create(CultureInfo.InvariantCulture, $"--Kairos:Silo:GatewayPort={FreePort.Next()}"),
        ];
        string[] tuned = [
            string.Create(CultureInfo.InvariantCulture, $"--{TunedSilo.PullMilliseconds}={Case.Milliseconds}"),
            string.Create(CultureInfo.InvariantCulture, $"--{TunedSilo.Queues}={Case.Queues}"),
        ];
        string[] joining = [$"--ConnectionStrings:Redis={redis}", $"--Kairos:Cluster:ClusterId={Case.ClusterId}"];
        var process = ChildProcess.Start(
            Repository.Dotnet, [Repository.Benchmarks, TunedSilo.Command, .. joining, .. ports, .. tuned, $"--urls={url}", $"--contentRoot={folder}"], folder);
        _silos.Add(process);
        await Readiness.WaitAsync(process, $"{url}health/ready");
    }

    private static async Task SubscribeAsync(IAsyncStream<Snapshot> stream, StreamProbe probe)
    {
        for (var began = TimeProvider.System.GetTimestamp(); ; await Task.Delay(Retry, TimeProvider.System))
        {
            try
            {
                await stream.SubscribeAsync(probe.TookAsync);
                return;
            }
            catch (Exception) when (TimeProvider.System.GetElapsedTime(began) < SubscribeMax)
            {
                // Of any kind: the client is not connected yet, or the silo is busy.
            }
        }
    }
}
