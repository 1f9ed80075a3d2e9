using Kairos.Silo;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Kairos.Benchmarks;

/// <summary>The product's silo, put together as it does itself, but for how often it looks into how many queues of the stream.</summary>
internal static class TunedSilo
{
    public const string Command = "tuned-silo";

    public const string PullMilliseconds = "Streams:PullMilliseconds";
    public const string Queues = "Streams:Queues";

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = SiloProgram.CreateBuilder(args);
        var settings = SiloSettings.Read(builder.Configuration);
        var redisOptions = RedisConnection.Read(builder.Configuration);
        var address = await SiloAddresses.ResolveAsync(settings.Silo.AdvertisedAddress);
        builder.ListenOn(settings.Silo, address);
        await using var redis = await RedisConnection.OpenAsync(redisOptions);
        builder.AddClusterSilo(settings, redis, address);
        builder.AddMetrics(settings.Silo, address);
        builder.AddHealth();

        var period = TimeSpan.FromMilliseconds(builder.Configuration.GetValue<int>(PullMilliseconds));
        builder.Services.PostConfigure<StreamPullingAgentOptions>(SnapshotStreams.Provider, agent => agent.GetQueueMsgsTimerPeriod = period);
        SetQueues(builder.Services, builder.Configuration.GetValue<int>(Queues));

        await using var app = builder.Build();
        app.MapPrometheus();
        app.MapLiveAndReady();
        await app.RunAsync();
        return 0;
    }

    /// <summary>Who publishes must have as many as the silos.</summary>
    public static void SetQueues(IServiceCollection services, int queues) =>
        services.PostConfigure<HashRingStreamQueueMapperOptions>(SnapshotStreams.Provider, mapper => mapper.TotalQueueCount = queues);
}
