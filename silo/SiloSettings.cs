using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Kairos.Silo;

/// <summary><c>Kairos:Cluster</c>: which Orleans cluster this process belongs to.</summary>
public sealed class OrleansClusterOptions
{
    /// <summary><c>Standalone</c>: silo and gateway in one process, state in SQLite. <c>Redis</c>: processes of their own.</summary>
    [AllowedValues(Standalone, Redis)]
    public string Mode { get; set; } = Standalone;

    /// <summary>The cluster's name. Clusters of different names on one Redis share nothing.</summary>
    [RegularExpression(@"[A-Za-z0-9._\-]{1,100}", ErrorMessage = "1 to 100 letters, digits, dots, dashes or underscores")]
    public string ClusterId { get; set; } = "kairos";

    /// <summary>The default of a gateway.</summary>
    public const string Standalone = "Standalone";

    /// <summary>The only mode of a silo process.</summary>
    public const string Redis = "Redis";
}

/// <summary><c>Kairos:Data</c>: where standalone mode keeps its state.</summary>
public sealed class DataOptions
{
    /// <summary>A folder; relative to the content root (the folder of <c>appsettings.json</c>).</summary>
    [RegularExpression(".+", ErrorMessage = "the path of a folder")]
    public string Path { get; set; } = "data";
}

/// <summary><c>Kairos:Silo</c>: where a silo process listens to other silos and to gateway nodes. Both ports belong on a private network.</summary>
public sealed class SiloOptions
{
    /// <summary>For other silos.</summary>
    [Range(1, 65_535)]
    public int Port { get; set; } = 11_111;

    /// <summary>For gateway nodes, as Orleans clients.</summary>
    [Range(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>
    /// The address at which silos and gateway nodes reach this one: an IP address, a host name, or <c>auto</c> for what this host's own
    /// name resolves to. By default reachable from this machine alone.
    /// </summary>
    [RegularExpression(@"[A-Za-z0-9._:\-]{1,255}", ErrorMessage = "an IP address, a host name, or 'auto' for this host's own address")]
    public string AdvertisedAddress { get; set; } = "127.0.0.1";
}

/// <summary>All settings of a silo process, read once at start.</summary>
public sealed record SiloSettings(OrleansClusterOptions Cluster, SiloOptions Silo, ShardsOptions Shards, SessionsOptions Sessions)
{
    /// <exception cref="ConfigurationMistakeException">One sentence for each mistake.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var settings = new SiloSettings(
            reader.Read<OrleansClusterOptions>("Kairos:Cluster"),
            reader.Read<SiloOptions>("Kairos:Silo"),
            reader.Read<ShardsOptions>("Kairos:Shards"),
            reader.Read<SessionsOptions>("Kairos:Sessions"));
        reader.RefuseUnknown("Kairos");
        List<string> mistakes = [.. reader.Mistakes];
        if (settings.Cluster.Mode != OrleansClusterOptions.Redis)
        {
            mistakes.Add($"Kairos:Cluster:Mode is '{settings.Cluster.Mode}'; a silo of its own needs 'Redis', only a gateway can be standalone.");
        }

        if (settings.Silo.Port == settings.Silo.GatewayPort)
        {
            mistakes.Add($"Kairos:Silo:GatewayPort is '{settings.Silo.GatewayPort}'; it must be another port than Kairos:Silo:Port.");
        }

        return mistakes.Count == 0 ? settings : throw new ConfigurationMistakeException(string.Join('\n', mistakes));
    }
}
