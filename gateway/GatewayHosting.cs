using System.Text.Json;
using Kairos.Silo;
using Microsoft.Extensions.Logging.Console;

namespace Kairos.Gateway;

/// <summary>How the gateway is put together: one method a stage.</summary>
internal static class GatewayHosting
{
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        // What Orleans says of each lost connection, call and event, this node's reporter and feed say once, and what follows from it.
        ["Logging:LogLevel:Orleans.Messaging"] = "Error",
        ["Logging:LogLevel:Orleans.Messaging.GatewayManager"] = "None",
        ["Logging:LogLevel:Orleans.Runtime.CallbackData"] = "Error",
        ["Logging:LogLevel:Orleans.Streams.StreamConsumerExtension"] = "Error",
        ["Logging:LogLevel:Yarp"] = "Warning",

        // Where it is logged, each request has a span of its own, which nobody collects: it costs 4 % of a request, and would be the missing
        // parent of what the destinations' traces show.
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",

        // A destination that fails thousands of requests must not make the proxy wait for the console.
        ["Logging:Console:QueueFullMode"] = nameof(ConsoleLoggerQueueFullMode.DropWrite),
    };

    /// <exception cref="ConfigurationMistakeException">A configuration file cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        // Files and data are looked for where the process was started, or else beside the program.
        var here = Directory.GetCurrentDirectory();
        var root = File.Exists(Path.Combine(here, "appsettings.json")) ? here : AppContext.BaseDirectory;
        string[] expanded = [.. args.Select(arg => arg == "--demo" ? "--Kairos:Demo:Enabled=true" : arg)];
        var asked = new ConfigurationBuilder().AddCommandLine(expanded).Build()["contentRoot"];
        return HostBuilding.Create(new WebApplicationOptions { Args = expanded, ContentRootPath = asked ?? root }, Defaults);
    }

    public static void AddNode(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<GatewayInstruments>();
        builder.Services.AddSingleton<NodeLife>();
        var stream = settings.MetricsStream;
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = settings.IsStandalone ? stream.DrainTimeout : stream.DrainTimeout + stream.DrainPeriod);
    }

    public static void AddMetering(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        builder.Services.AddSingleton(settings.Metering);
        builder.Services.AddSingleton<RequestMeter>();
    }

    public static void AddReporting(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ClientConnections>();
        builder.Services.AddSingleton<NodeGauges>();
        builder.Services.AddHostedService<NodeReporter>();
    }

    public static void AddFanout(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new SnapshotHub(Scope.Cluster, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<ScopeDirectory>();
        builder.Services.AddSingleton<ScopeHubs>();
        builder.Services.AddSingleton<TopBoard>();
        builder.Services.AddSingleton<HistoryFrames>();
        builder.Services.AddSingleton<MissedSnapshots>();
        builder.Services.AddHostedService<SnapshotFeed>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ScopeHubs>());
        builder.Services.AddHostedService(services => services.GetRequiredService<TopBoard>());
    }

    public static void AddSockets(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        builder.Services.AddSingleton(settings.MetricsStream);
        builder.Services.AddSingleton<SocketServices>();
        builder.Services.AddSingleton<ClientSessions>();
        builder.Services.AddSingleton<SocketRegistry>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ClientSessions>());
        builder.Services.AddHostedService(services => services.GetRequiredService<SocketRegistry>());
        builder.Services.AddHealthChecks().AddCheck<Readiness>("snapshot", tags: [HealthMapping.ReadyTag]);
    }

    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<NodeDirectory>();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
        });
        builder.Services.AddApiDocument();
    }

    /// <summary>What to look at first, once the server listens.</summary>
    public static void LogStart(this WebApplication app, GatewaySettings settings, string cluster) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        app.Logger.NodeStarts(settings.Node.Id, cluster);
        foreach (var url in app.Urls)
        {
            app.Logger.StreamsAt(url.Replace("http", "ws", StringComparison.Ordinal));
            if (DashboardFile.All.Count > 0)
            {
                app.Logger.DashboardAt(url);
            }
        }
    });
}
