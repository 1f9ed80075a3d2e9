using Kairos;
using Kairos.Gateway;
using Kairos.Silo;

try
{
    var builder = GatewayHosting.CreateBuilder(args);
    var settings = GatewaySettings.Read(builder.Configuration);
    OtlpSettings.Read(builder.Configuration);
    builder.ListenOn(settings.Http2);

    // The silo inside, or the client of silos elsewhere. Stopped last, so that the last report reaches it.
    await using var cluster = await builder.JoinClusterAsync(settings);

    builder.AddNode(settings);
    builder.AddMetering(settings);
    builder.AddReporting();
    builder.AddFanout();
    builder.AddSockets(settings);
    builder.AddApi();
    builder.AddMetrics(settings);
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
    app.MapApi();
    app.MapDashboard();
    app.MapHealth();
    app.MapPrometheus(settings);
    app.MapProxy();
    app.LogStart(settings, cluster.Description);

    // The host is gone when it has run.
    var life = app.Services.GetRequiredService<NodeLife>();
    await app.RunAsync();
    return life.Mistake is { } mistake ? throw new ConfigurationMistakeException(mistake) : 0;
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
