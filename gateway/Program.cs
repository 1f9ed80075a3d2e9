using Kairos;
using Kairos.Gateway;
using Kairos.Silo;

try
{
    var builder = GatewayHosting.CreateBuilder(args);
    var settings = GatewaySettings.Read(builder.Configuration);
    builder.ListenOn(settings.Http2);

    // Standalone: the silo is inside. Stopped last, so that the last report and the last snapshot reach it.
    var dataPath = Path.GetFullPath(settings.Data.Path, builder.Environment.ContentRootPath);
    using var store = SqliteStore.Open(dataPath);
    builder.AddStandaloneSilo(store, settings.Shards);

    builder.AddNode(settings);
    builder.AddMetering(settings);
    builder.AddReporting();
    builder.AddFanout();
    builder.AddSockets(settings);
    var proxy = builder.AddProxy();

    await using var demo = settings.Demo.Enabled ? await DemoDestinations.StartAsync() : null;
    if (demo is not null)
    {
        proxy.LoadFromMemory(demo.Routes, demo.Clusters);
        builder.Services.AddHostedService<DemoTraffic>();
    }

    await using var app = builder.Build();
    app.UseRouting();
    app.UseMiddleware<MeteringMiddleware>();
    app.MapMetricsStream();
    app.MapHealth();
    app.MapProxy();
    app.LogStart(settings, dataPath);
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
