using Kairos;
using Kairos.Silo;

try
{
    var builder = SiloProgram.CreateBuilder(args);
    var settings = SiloSettings.Read(builder.Configuration);
    var redisOptions = RedisConnection.Read(builder.Configuration);
    OtlpSettings.Read(builder.Configuration);
    var address = await SiloAddresses.ResolveAsync(settings.Silo.AdvertisedAddress);
    builder.ListenOn(settings.Silo, address);

    await SiloProgram.WaitForRedisAsync(redisOptions);
    await using var redis = await RedisConnection.OpenAsync(redisOptions);
    await ClusterAgreement.CheckAsync(redis, settings.Cluster.ClusterId, settings.Shards);
    builder.AddClusterSilo(settings, redis, address);
    builder.AddMetrics(settings.Silo, address);
    builder.AddHealth();

    await using var app = builder.Build();
    app.MapPrometheus();
    app.MapLiveAndReady();
    app.LogStart(settings, address, redisOptions);
    await app.RunAsync();
    return 0;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Stopped before the start was complete.");
    return 0;
}
catch (ConfigurationMistakeException mistake)
{
    await Console.Error.WriteLineAsync(mistake.Message);
    return 2;
}
