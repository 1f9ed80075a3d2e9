using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>All of <c>Kairos:</c>, read once at start.</summary>
internal sealed record GatewaySettings(
    NodeOptions Node,
    OrleansClusterOptions Cluster,
    DataOptions Data,
    ShardsOptions Shards,
    SessionsOptions Sessions,
    MeteringOptions Metering,
    ReportingOptions Reporting,
    Http2Options Http2,
    MetricsStreamOptions MetricsStream,
    DemoOptions Demo)
{
    /// <summary>The silo is inside this process.</summary>
    public bool IsStandalone => Cluster.Mode == OrleansClusterOptions.Standalone;

    /// <exception cref="ConfigurationMistakeException">One sentence for each mistake.</exception>
    public static GatewaySettings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var settings = new GatewaySettings(
            reader.Read<NodeOptions>("Kairos:Node"),
            reader.Read<OrleansClusterOptions>("Kairos:Cluster"),
            reader.Read<DataOptions>("Kairos:Data"),
            reader.Read<ShardsOptions>("Kairos:Shards"),
            reader.Read<SessionsOptions>("Kairos:Sessions"),
            reader.Read<MeteringOptions>("Kairos:Metering"),
            reader.Read<ReportingOptions>("Kairos:Reporting"),
            reader.Read<Http2Options>("Kairos:Http2"),
            reader.Read<MetricsStreamOptions>("Kairos:MetricsStream"),
            reader.Read<DemoOptions>("Kairos:Demo"));
        reader.RefuseUnknown("Kairos");
        return reader.Mistakes.Count == 0 ? settings : throw new ConfigurationMistakeException(string.Join('\n', reader.Mistakes));
    }
}
